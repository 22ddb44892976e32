"""A small word alignment of Indonesian and English, without torch."""
