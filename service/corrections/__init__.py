"""What editors corrected: kept for good, used for the same sentence, carried over as TMX."""
