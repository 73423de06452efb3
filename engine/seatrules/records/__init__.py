"""Decides kept records again, and says what has become different; nothing that decides imports it."""
