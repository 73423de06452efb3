"""The policy as written: which files it has, what may stand in them, and how versions build on each other."""
