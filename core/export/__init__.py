"""From a trained run to a model file with its card: ONNX, checked against torch before the card is written."""
