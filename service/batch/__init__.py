"""Runs over many files: one shared batch, resumable, in bounded memory."""
