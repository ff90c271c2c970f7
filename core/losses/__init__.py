"""Losses: plain functions, one idea and its source per file."""
