"""Training: one loop for every task, and the parts it is made of."""
