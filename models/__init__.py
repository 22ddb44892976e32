"""Everything that knows tensors; nothing of HTTP, articles or caches."""
