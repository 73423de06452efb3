"""The rule book of a policy, for people who read no YAML: gathered as one plain value, which templates lay out."""
