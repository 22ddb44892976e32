"""Training, evaluation and benchmarks: run by people, never imported by the service."""
