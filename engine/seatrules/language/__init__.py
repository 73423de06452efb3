"""The expression language: what an expression may say, what it means, and what its values are."""
