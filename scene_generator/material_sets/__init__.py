"""Training data for `material`: single objects of one plain material each, under many lights."""
