"""Batch normalisation over the samples of all processes, so that it is the same however many there are."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from core.training.ranks import add_up, gather

__all__ = ["SharedBatchNorm2d", "share_batch_norms"]


class SharedBatchNorm2d(nn.BatchNorm2d):
    """`nn.BatchNorm2d` whose statistics in training are those of the samples of all ranks together.

    Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    2015, algorithm 1 and the gradients of section 3; means and sums of squares of parts are joined as in Chan, Golub
    and LeVeque, "Algorithms for Computing the Sample Variance", 1983. torch's own SyncBatchNorm is for GPUs only, and
    is no BatchNorm2d to those who look for one.

    In evaluation it is `nn.BatchNorm2d`. In training all ranks must call it equally often, forwards and backwards; a
    rank may have fewer samples than another.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape and kind of number; computed in float32."""
        if not self.training:
            return super().forward(input)
        output, mean, variance, count = _normalise(input, self.weight, self.bias, self.eps)
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            with torch.no_grad():
                self.num_batches_tracked.add_(1)
                share = self.momentum if self.momentum is not None else 1.0 / float(self.num_batches_tracked)
                self.running_mean.lerp_(mean, share)
                self.running_var.lerp_(variance * (count / (count - 1.0)), share)
        return output


def share_batch_norms(module: nn.Module) -> None:
    """Turn every `nn.BatchNorm2d` of a module into a `SharedBatchNorm2d`, in place, parameters and all."""
    for part in module.modules():
        if type(part) is nn.BatchNorm2d:
            # The object stays: others may hold it, or its parameters, by reference.
            part.__class__ = SharedBatchNorm2d


def _normalise(
    values: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return _Normalise.apply(values, weight, bias, eps)  # type: ignore[no-any-return, no-untyped-call]


class _Normalise(torch.autograd.Function):
    """(values, weight, bias, eps) -> (output, mean, variance, count); the last three, of all ranks, not differentiable.

    The gradients of weight and bias are of this rank's samples alone, as those of every other parameter: the loop adds
    them up.
    """

    @staticmethod
    def forward(
        ctx: Any, values: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        exact = values.float()
        here = exact.new_tensor(exact.numel() / exact.shape[1])
        mean_here = exact.mean((0, 2, 3))
        squares_here = (exact - _broad(mean_here)).square().sum((0, 2, 3))
        parts = gather(torch.cat([here.reshape(1), mean_here, squares_here]))
        counts, (means, squares) = parts[:, :1], parts[:, 1:].chunk(2, dim=1)
        count = counts.sum()
        if count <= 1:
            raise ValueError(f"batch normalisation needs more than one value a channel; got {tuple(values.shape)}")
        mean = (counts * means).sum(0) / count
        variance = (squares + counts * (means - mean).square()).sum(0) / count
        scale = torch.rsqrt(variance + eps)
        gain = scale if weight is None else scale * weight
        offset = -mean * gain if bias is None else bias - mean * gain
        ctx.save_for_backward(values, mean, scale, gain, count)
        ctx.mark_non_differentiable(mean, variance, count)
        return torch.addcmul(_broad(offset), exact, _broad(gain)).to(values.dtype), mean, variance, count

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        values, mean, scale, gain, count = ctx.saved_tensors
        slope = gradients[0].float()
        normal = (values.float() - _broad(mean)) * _broad(scale)
        sums_here = torch.stack([slope.sum((0, 2, 3)), (slope * normal).sum((0, 2, 3))])
        to_values = None
        if ctx.needs_input_grad[0]:
            sums = sums_here.clone()
            add_up(sums)
            level, tilt = (sums / count).unbind(0)
            to_values = ((slope - _broad(level) - normal * _broad(tilt)) * _broad(gain)).to(values.dtype)
        to_weight = sums_here[1] if ctx.needs_input_grad[1] else None
        to_bias = sums_here[0] if ctx.needs_input_grad[2] else None
        return to_values, to_weight, to_bias, None


def _broad(channels: Tensor) -> Tensor:
    return channels[None, :, None, None]
