"""Proofs about conditions: that they hold, or fail, whatever the request."""
