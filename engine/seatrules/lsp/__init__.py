"""A language server for policy files: what an editor asks of a text that is written; it has no rules of its own."""
