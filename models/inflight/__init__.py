"""A native engine for Gemma 3 270M: in-flight batching on the CPU."""
