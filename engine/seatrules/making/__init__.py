"""Makes new files of policies: each whole, laid out, checked with everything around it before it is written."""
