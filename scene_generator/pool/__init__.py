"""Worker processes that render samples, and the pipe to them."""
