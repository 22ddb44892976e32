"""What must not be printed unseen: finding it, mending it, and trying another way."""
