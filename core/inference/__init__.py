"""Models at work: ONNX Runtime sessions, the working size and tiles of a plate, frames and sequences of files."""
