"""Engines and summarizers for other checkpoints (an optional extra)."""
