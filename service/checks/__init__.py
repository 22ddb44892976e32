"""Checks of a target: numbers, names, quotations and faults."""
