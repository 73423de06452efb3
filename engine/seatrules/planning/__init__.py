"""Plans: sequences of actions and what comes of them, what can be done, and when."""
