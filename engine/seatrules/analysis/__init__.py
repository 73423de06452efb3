"""What looks over a whole policy, its suites and several steps ahead: lint, goals, probing."""
