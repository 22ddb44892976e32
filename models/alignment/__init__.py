"""Which English words stand for which Indonesian ones: a small model of our own, without torch."""
