"""Glossaries: their files, and the use of their terms in translations."""
