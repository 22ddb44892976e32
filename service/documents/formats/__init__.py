"""Formats of archives: a module a format, each with `open_document`.

A module reads a file into units of text in document order, and writes the file again with their
English. `registry.py` finds the module by the file's name.
"""
