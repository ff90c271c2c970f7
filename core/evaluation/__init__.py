"""How good a model is, against references it has not seen. Needs no torch."""
