"""Layers whose weights all have the same size, so that one learning rate suits all of them.

Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and Variation", 2018, section 4.1: weights
are drawn with unit variance and divided by the square root of their number when they are used.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["EqualConv", "EqualLinear"]


class EqualConv(nn.Module):
    """A square filter with zero padding.

    Args:
        inputs, outputs: channels.
        kernel, stride, padding: pixels.
        bias: whether it has one, which begins at 0.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, padding: int = 0, bias: bool = True
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.gain = 1.0 / math.sqrt(inputs * kernel**2)
        self.stride, self.padding = stride, padding

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H', W')."""
        return F.conv2d(features, self.weight * self.gain, self.bias, self.stride, self.padding)


class EqualLinear(nn.Module):
    """A fully connected layer.

    Args:
        inputs, outputs: numbers.
        bias: its first values.
        pace: factor on the learning rate.
    """

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, pace: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / pace)
        self.bias = nn.Parameter(torch.full((outputs,), bias / pace))
        self.gain, self.pace = pace / math.sqrt(inputs), pace

    def forward(self, numbers: Tensor) -> Tensor:
        """(B, inputs) -> (B, outputs)."""
        return F.linear(numbers, self.weight * self.gain, self.bias * self.pace)
