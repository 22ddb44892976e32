"""The main path from an article to its English."""
