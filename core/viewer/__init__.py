"""One page that shows a texture and its normal maps under a light that can be moved; nothing is fetched by it."""
