"""Bullets with receipts: sentences of an article, chosen, put into words that stand alone, checked
against their sources, and delivered in the form that a newsletter takes."""
