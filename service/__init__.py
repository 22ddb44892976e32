"""Everything that knows articles; nothing of tensors."""
