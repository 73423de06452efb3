"""Says what a change of a policy does before it is in force: what is written otherwise, and what that means."""
