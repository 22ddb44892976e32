"""Comparing engines: one process for each side, and the tables and pictures that come of it."""
