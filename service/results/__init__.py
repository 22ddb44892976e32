"""Results: each order becomes a document, made once, found by its id."""
