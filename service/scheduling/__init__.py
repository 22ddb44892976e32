"""Scheduling of engine work: admission, lanes, batches and single flight."""
