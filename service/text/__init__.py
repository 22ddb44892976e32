"""Segmentation, language identification and word lists of Indonesian and English."""
