"""Word lists, each in one place."""
