"""From a policy version as written to its program."""
