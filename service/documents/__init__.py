"""Readers of text, HTML and fields into an `Article`, and its writers."""
