"""Losses are worked out in float32 or better, also where a network runs in half precision."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["at_least_float32"]


def at_least_float32(values: Tensor) -> Tensor:
    """`values` in float32 if they are half, bfloat16, bool or integer; float32 and float64 are returned as they are.

    In half precision a sum over more than 65504 pixels is infinite and 1 minus a cosine has no digits left under
    2.5 degrees.
    """
    return values if values.dtype in (torch.float32, torch.float64) else values.float()
