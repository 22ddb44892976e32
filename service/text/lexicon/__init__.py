"""The word lists, each in one place."""
