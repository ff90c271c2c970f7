"""Sets of samples on disk: from a plan to shards, manifest, contact sheet and report; resumed, divided, mended."""
