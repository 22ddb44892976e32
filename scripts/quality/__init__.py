"""Measures of translation quality."""
