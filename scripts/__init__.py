"""Scripts for training, evaluation and benchmarks. The service imports none of them."""
