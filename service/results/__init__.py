"""Results: an order goes in, a document comes out, made once and found again by its id."""
