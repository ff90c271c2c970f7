"""Training sets from Maya: what is asked for, what it costs, and the process that makes it."""
