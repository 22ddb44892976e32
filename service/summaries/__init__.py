"""Summaries in bullets that cite their source sentences."""
