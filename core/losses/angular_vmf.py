"""The angular von Mises-Fisher distribution: a predicted normal that says how sure it is.

Bae, Budvytis and Cipolla, "Estimating and Exploiting the Aleatoric Uncertainty in Surface Normal Estimation",
ICCV 2021, equations 6 to 8. With the angle t (radians, 0..pi) to the predicted direction and the concentration k > 0
the density on the unit sphere is

    p(t) = (k^2 + 1) exp(-k t) / (2 pi (1 + exp(-k pi)))     per steradian

The von Mises-Fisher density falls with the cosine instead, so that its likelihood asks for small squared angles; this
one asks for small angles, which is what is measured. The same formulas for numpy are in `core.evaluation.confidence`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from core.losses.angular import angle
from core.losses.precision import at_least_float32

__all__ = [
    "SMALLEST_KAPPA",
    "angular_vmf_loss",
    "angular_vmf_nll",
    "expected_angle",
    "kappa_from_raw",
    "matching_temperature",
    "share_within",
]

SMALLEST_KAPPA = 0.01
"""Below it the distribution is uniform over the sphere for every practical purpose (expected angle 89.1 degrees)."""


def kappa_from_raw(raw: Tensor) -> Tensor:
    """A network's free output as a concentration: `elu(raw) + 1 + 0.01`, which the paper's implementation uses.

    Linear above 0, so that a sure network is not pushed by exponentially growing gradients.

    Args:
        raw: any shape, any value.

    Returns:
        The same shape, float32 or better, above `SMALLEST_KAPPA`.
    """
    return F.elu(at_least_float32(raw)) + (1.0 + SMALLEST_KAPPA)


def angular_vmf_nll(theta: Tensor, kappa: Tensor) -> Tensor:
    """Negative logarithm of the density, in nats per steradian: `-log(k^2 + 1) + k t + log(1 + exp(-k pi)) + log 2 pi`.

    Args:
        theta: angles, radians, 0..pi.
        kappa: concentrations, at least 0, of a shape that broadcasts.

    Returns:
        Float32 or better; below 0 where the density is above 1.
    """
    t, k = at_least_float32(theta), at_least_float32(kappa)
    # Squares of concentrations above 1e19 leave float32; hypot does not square.
    spread = 2.0 * torch.log(torch.hypot(k, torch.ones_like(k)))
    return k * t - spread + torch.log1p(torch.exp(-math.pi * k)) + math.log(2.0 * math.pi)


def angular_vmf_loss(prediction: Tensor, kappa: Tensor, reference: Tensor, mask: Tensor) -> Tensor:
    """Mean negative log-likelihood of the reference over the pixels of `mask`.

    At 0 and at 180 degrees the direction gets no gradient (see `core.losses.angular.angle`), the concentration does.

    Args:
        prediction, reference: (B, 3, H, W), need not be unit.
        kappa: (B, 1, H, W), at least 0; see `kappa_from_raw`.
        mask: (B, 1, H, W) of 0 and 1, or bool.

    Returns:
        A scalar of float32 or better; 0 if the mask is empty. It can be negative.
    """
    found = angular_vmf_nll(angle(prediction, reference), kappa[:, 0])
    weight = mask[:, 0].to(found.dtype)
    return (found * weight).sum() / weight.sum().clamp_min(1.0)


def expected_angle(kappa: Tensor) -> Tensor:
    """Mean angle of the distribution, radians: `2 k / (k^2 + 1) + pi exp(-k pi) / (1 + exp(-k pi))`.

    pi / 2 for k = 0 and about 2 / k for large k.

    Args:
        kappa: any shape, at least 0.

    Returns:
        The same shape, float32 or better, 0..pi / 2.
    """
    k = at_least_float32(kappa)
    return 2.0 * k / (k * k + 1.0) + math.pi * torch.sigmoid(-math.pi * k)


def share_within(kappa: Tensor, degrees: float = 11.25) -> Tensor:
    """Probability that the angle is below a limit T: `(1 - exp(-k T) (cos T + k sin T)) / (1 + exp(-k pi))`.

    The integral of the density over the cap. With the usual limit it is the confidence that models export.

    Args:
        kappa: any shape, at least 0.
        degrees: the limit, 0..180.

    Returns:
        The same shape, float32 or better, 0..1.
    """
    k = at_least_float32(kappa)
    limit = math.radians(degrees)
    outside = torch.exp(-limit * k) * (math.cos(limit) + math.sin(limit) * k)
    return (1.0 - outside) / (1.0 + torch.exp(-math.pi * k))


def matching_temperature(kappa: Tensor, theta: Tensor) -> float:
    """The divisor of all concentrations under which the mean expected angle is the mean angle that was found.

    By bisection, between 1/64 and 64. `core.evaluation.calibration` finds the likeliest one, from histograms; this one
    is quick enough for every validation.

    Args:
        kappa, theta: concentrations and angles (radians) of the same pixels.

    Returns:
        The divisor: above 1 for a network that is too sure of itself; 1 without pixels.
    """
    if not kappa.numel():
        return 1.0
    k, wanted = at_least_float32(kappa), float(theta.mean())
    low, high = -6.0, 6.0  # powers of two
    for _ in range(20):
        middle = 0.5 * (low + high)
        if float(expected_angle(k * 2.0**-middle).mean()) < wanted:
            low = middle
        else:
            high = middle
    return float(2.0 ** (0.5 * (low + high)))
