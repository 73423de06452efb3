"""Whether the tests notice when the engine's code is changed."""
