"""Editors' corrections: their store, proposed terms, and TMX files."""
