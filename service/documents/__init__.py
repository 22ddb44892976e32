"""One reader per format: bytes or fields in, an `Article` of typed blocks out."""
