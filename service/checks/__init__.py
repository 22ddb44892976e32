"""What a sentence states and a reader could check: numbers, names and quotations."""
