"""Batch jobs that survive restarts: their store, runner and webhooks."""
