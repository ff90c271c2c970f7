"""Augmentation: what is done to a sample, by its random generator alone, before a network sees it."""
