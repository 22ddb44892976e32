"""Segmentation, language identification and word lists."""
