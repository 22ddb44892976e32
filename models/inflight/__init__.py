"""An engine in torch for Gemma-like models: in-flight batching on the CPU."""
