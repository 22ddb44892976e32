"""A newsroom's terms: files of them, where they stand in a source, and what becomes of them."""
