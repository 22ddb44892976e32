"""Training, evaluation and benchmarks; the service imports none of it."""
