"""The version of this package, as the project says it."""

__version__ = "0.1.0"
