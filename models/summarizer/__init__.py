"""The extractive summarizer, which selects the sentences with the news."""

from models.summarizer.extractive import ExtractiveSummarizer, Summarizer
from models.summarizer.terms import STOP_WORDS

__all__ = ["STOP_WORDS", "ExtractiveSummarizer", "Summarizer"]
