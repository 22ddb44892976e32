"""The translation of an article: the main path and its steps."""
