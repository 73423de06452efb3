"""Decides whole files of requests: reads them in chunks, decides each row, and writes the answers beside the rows."""
