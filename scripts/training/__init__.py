"""Training of the adapter, the word alignment and the summarizer."""
