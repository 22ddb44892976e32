"""Engines for checkpoints other than the embedded model (an optional extra)."""
