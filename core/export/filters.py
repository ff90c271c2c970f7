"""Layers as old TorchScript runtimes know them: weights, numbers and one operator, batch norms folded in.

What is here is compiled by TorchScript, with the operators of torch 1.12 only. Weights are brought to the type of what
they are applied to, so that a module whose weights are half still computes in float where the arithmetic asks for it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Filter", "FilterUp", "InstanceNorm", "Linear", "Norm", "Rectified", "folded"]


class Filter(nn.Module):
    """A convolution, with edges of zeros that may differ before and after.

    Args:
        weight: (outputs, inputs / groups, K, K).
        bias: (outputs,).
        stride: pixels, for both axes.
        before, after: rows and columns of zeros above and left, below and right of the image.
        groups: of channels.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, stride: int = 1, before: int = 0, after: int = 0, groups: int = 1
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach(), requires_grad=False)
        self.bias = nn.Parameter(bias.detach(), requires_grad=False)
        self.stride = stride
        self.padding = before if before == after else 0
        self.before = 0 if before == after else before
        self.after = 0 if before == after else after
        self.groups = groups

    def forward(self, image: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, h, w), of the input's type."""
        if self.before + self.after > 0:
            image = torch.constant_pad_nd(image, [self.before, self.after, self.before, self.after], 0.0)
        weight, bias = self.weight.to(image.dtype), self.bias.to(image.dtype)
        step, edge = [self.stride, self.stride], [self.padding, self.padding]
        return torch.conv2d(image, weight, bias, step, edge, [1, 1], self.groups)


class FilterUp(nn.Module):
    """A transposed convolution.

    Args:
        weight: (inputs, outputs, K, K).
        bias: (outputs,).
        stride, padding: pixels, for both axes.
    """

    def __init__(self, weight: Tensor, bias: Tensor, stride: int, padding: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach(), requires_grad=False)
        self.bias = nn.Parameter(bias.detach(), requires_grad=False)
        self.stride = stride
        self.padding = padding

    def forward(self, image: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, h, w), of the input's type."""
        weight, bias = self.weight.to(image.dtype), self.bias.to(image.dtype)
        step, edge = [self.stride, self.stride], [self.padding, self.padding]
        return torch.conv_transpose2d(image, weight, bias, step, edge)


class Rectified(nn.Module):
    """A filter, and nothing below zero (ReLU)."""

    def __init__(self, inner: Filter) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, image: Tensor) -> Tensor:
        """As `Filter`."""
        found: Tensor = self.inner(image)
        return torch.relu(found)


class Norm(nn.Module):
    """Layer normalisation over the last axis."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.weight = nn.Parameter(norm.weight.detach(), requires_grad=False)
        self.bias = nn.Parameter(norm.bias.detach(), requires_grad=False)
        self.channels = int(norm.normalized_shape[0])
        self.epsilon = float(norm.eps)

    def forward(self, places: Tensor) -> Tensor:
        weight, bias = self.weight.to(places.dtype), self.bias.to(places.dtype)
        return torch.layer_norm(places, [self.channels], weight, bias, self.epsilon)


class Linear(nn.Module):
    """A linear layer over the last axis."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight = nn.Parameter(linear.weight.detach(), requires_grad=False)
        self.bias = nn.Parameter(linear.bias.detach(), requires_grad=False)

    def forward(self, places: Tensor) -> Tensor:
        # `linear` was a Python function in the oldest runtimes; a product and a sum are known to all.
        return torch.matmul(places, self.weight.to(places.dtype).t()) + self.bias.to(places.dtype)


class InstanceNorm(nn.Module):
    """Each channel of the picture to mean 0 and deviation 1, then a learnt scale and offset."""

    def __init__(self, norm: nn.InstanceNorm2d) -> None:
        super().__init__()
        self.weight = nn.Parameter(norm.weight.detach(), requires_grad=False)
        self.bias = nn.Parameter(norm.bias.detach(), requires_grad=False)
        self.epsilon = float(norm.eps)

    def forward(self, features: Tensor) -> Tensor:
        wide = features.to(torch.float32)  # sums over a frame leave half precision
        mean = wide.mean([2, 3], keepdim=True)
        spread = ((wide - mean) * (wide - mean)).mean([2, 3], keepdim=True)
        wide = (wide - mean) * torch.rsqrt(spread + self.epsilon)
        weight, bias = self.weight.to(torch.float32), self.bias.to(torch.float32)
        return (wide * weight.reshape(1, -1, 1, 1) + bias.reshape(1, -1, 1, 1)).to(features.dtype)


@torch.no_grad()
def folded(weight: Tensor, bias: Tensor | None, norm: nn.Module | None, outputs: int = 0) -> tuple[Tensor, Tensor]:
    """Weight and bias of a filter with the batch norm after it folded in, as it is in evaluation.

    Args:
        weight: of the filter.
        bias: of the filter; None: zeros.
        norm: a batch norm; None or any other module: nothing is folded.
        outputs: the axis of `weight` that counts its outputs: 0, or 1 for a transposed convolution.

    Returns:
        New tensors, or `weight` itself where nothing is folded.
    """
    shift = bias if bias is not None else torch.zeros(weight.shape[outputs], dtype=weight.dtype)
    if not isinstance(norm, nn.BatchNorm2d):
        return weight, shift
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = torch.rsqrt(norm.running_var + norm.eps)
    offset = -norm.running_mean * scale
    if norm.weight is not None:
        scale, offset = scale * norm.weight, offset * norm.weight + norm.bias
    shape = [1] * weight.dim()
    shape[outputs] = -1
    return weight * scale.reshape(shape), shift * scale + offset
