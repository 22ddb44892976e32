"""The queue in front of the engine: admission, lanes, batches and the sentence cache."""
