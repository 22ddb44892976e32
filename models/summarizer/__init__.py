"""Choosing the sentences that carry the news: `ExtractiveSummarizer`, behind `Summarizer`."""

from models.summarizer.extractive import ExtractiveSummarizer, Summarizer
from models.summarizer.terms import STOP_WORDS

__all__ = ["STOP_WORDS", "ExtractiveSummarizer", "Summarizer"]
