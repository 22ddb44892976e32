"""Batch jobs that survive the end of the process: kept in a file, worked off, called back."""
