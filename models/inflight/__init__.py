"""Our own engine for Gemma-like translation models, in torch: in-flight batching on the CPU."""
