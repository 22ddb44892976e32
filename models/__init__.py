"""Models and engines. They know tensors, and no HTTP, articles or caches."""
