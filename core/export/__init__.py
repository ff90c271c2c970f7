"""A trained model as files that others run: ONNX with its card, checked against torch before the card is written."""

from __future__ import annotations

from core.export.run import export_run

__all__ = ["export_run"]
