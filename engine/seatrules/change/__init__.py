"""What an allowed action changes: effects, and the events that time brings."""
