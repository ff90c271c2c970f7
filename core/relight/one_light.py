"""Which single directional light explains a plate best, whatever the albedo of each group of pixels.

A pixel of albedo a(group) under ambient light and one directional light of k times its strength has

    log I = log a + log(1 + up n.y + k max(n.d, 0)) + noise        lit
    log I = log a + log(1 + up n.y) + noise                        in a cast shadow

For every direction d of a grid over the sphere and some k, the groups' log albedos are found by iteratively reweighted
averages with Cauchy's weights (Holland and Welsch, "Robust Regression Using Iteratively Reweighted Least-Squares",
Communications in Statistics 6(9), 1977), each pixel counting as lit or as shadowed, whichever fits better, with a
charge for the second. A direction's cost is the mean of log(1 + (r / sigma)^2). The answer is the mean direction under
the weights exp(-EVIDENCE x cost): where several directions explain a plate about as well, as with normals that are
predicted, the mean errs less than the best of them; `spread_degrees` says how far they lie apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.relight.chroma_groups import LUMINANCE, LightSamples
from core.relight.harmonics import sphere_directions

__all__ = ["OneLight", "find_one_light"]

DoubleArray: TypeAlias = npt.NDArray[np.float64]
FloatArray: TypeAlias = npt.NDArray[np.float32]

KEY_STRENGTHS = (2.0, 5.0, 12.0)
UP = 0.2
"""How much more ambient light comes from above than from the side, relative: skies and ceilings are bright."""
SIGMA = 0.3
"""Scale of the noise in log luminance, texture included. Fixed: taken from the residuals it made the search too sure
of itself on plates that fit well by accident, and directions on rendered scenes twice as wrong."""
SHADOW_CHARGE = 2.0
EVIDENCE = 200.0
"""Independent observations that a plate counts for; its pixels are far from independent. Tuned, as the numbers above,
on rendered scenes other than those that docs/light-estimation.md reports."""

_GRID = 400
_LEAST_Z = -0.8
_CONE_POINTS = 60
_ROUNDS = 4


@dataclass(frozen=True)
class OneLight:
    """What the search found.

    Attributes:
        toward: (3,) unit vector to the light, camera space.
        strength: k, key over ambient irradiance face on.
        spread_degrees: RMS angle of the directions that fit about as well; uncalibrated.
        sigma: scale of the residuals in log luminance (natural).
        lit: (n,) float64 0 or 1: pixels that are better explained as lit than as shadowed.
        log_albedo: (groups,) float64, log luminance of each group under ambient light of 1.
    """

    toward: DoubleArray
    strength: float
    spread_degrees: float
    sigma: float
    lit: DoubleArray
    log_albedo: DoubleArray


def find_one_light(samples: LightSamples) -> OneLight:
    """Search the direction. See the module.

    Args:
        samples: some hundred pixels or more; the cost grows with their number times about 1200.
    """
    fit = _Fit(samples)
    directions = sphere_directions(_GRID)
    directions = directions[directions[:, 2] > _LEAST_Z]  # a light right behind the scene lights nothing that is seen
    costs = fit.costs(directions, KEY_STRENGTHS)
    toward, spread = _mean(directions, costs)
    # The grid is about 9 degrees wide: where the answer is sharper, look closer.
    strengths: tuple[float, ...] = KEY_STRENGTHS
    reach = 14.0
    while spread < 0.75 * reach and reach > 0.2:
        strength, best = _best(costs, directions, strengths)
        directions = _cone(best, reach)
        strengths = (strength / 1.3, strength, strength * 1.3)
        costs = fit.costs(directions, strengths)
        toward, spread = _mean(directions, costs)
        reach *= 0.45
    strength = _best(costs, directions, strengths)[0]
    lit, log_albedo, sigma = fit.explained(toward, strength)
    return OneLight(toward, strength, spread, sigma, lit, log_albedo)


class _Fit:
    """Costs of directions for one sample of pixels."""

    def __init__(self, samples: LightSamples) -> None:
        self._y = np.log(samples.color @ LUMINANCE).astype(np.float32)[:, None]
        self._normals = samples.normals
        self._weights = samples.weights.astype(np.float32)[:, None]
        self._group = samples.group
        members = np.zeros((len(samples), samples.groups), dtype=np.float32)
        members[np.arange(len(samples)), samples.group] = 1.0
        self._members = members
        self._around = np.log(1.0 + UP * samples.normals[:, 1:2]).astype(np.float32)
        self._sigma = np.float32(SIGMA)

    def costs(self, directions: DoubleArray, strengths: tuple[float, ...]) -> DoubleArray:
        """(strengths, directions) float64."""
        total = float(self._weights.sum())
        found = []
        for strength in strengths:
            q, _, _ = self._solve(directions, strength)
            found.append(np.sum(self._weights * np.log1p(q), axis=0, dtype=np.float64) / total)
        return np.array(found)

    def explained(self, direction: DoubleArray, strength: float) -> tuple[DoubleArray, DoubleArray, float]:
        """Which pixels are lit, (n,), the groups' log albedo, and the residuals' scale, for one light."""
        q, shadowed, offset = self._solve(direction[None, :], strength)
        scale = float(self._sigma * 1.4826 * np.median(np.sqrt(q[:, 0])))
        return 1.0 - shadowed[:, 0].astype(np.float64), offset[:, 0].astype(np.float64), scale

    def _solve(self, directions: DoubleArray, strength: float) -> tuple[FloatArray, npt.NDArray[np.bool_], FloatArray]:
        facing = np.maximum(self._normals @ directions.T, 0.0).astype(np.float32)
        shading = np.log(np.exp(self._around) + np.float32(strength) * facing)
        lit = self._y - shading
        gain = (shading - self._around) / self._sigma  # what a pixel would lose by being shadowed, in sigmas
        middle = np.median(lit, axis=0)
        weight = np.broadcast_to(self._weights, lit.shape)
        # Groups of a few pixels lean on the frame's median, with the weight of one and a half pixels.
        for _ in range(_ROUNDS):
            lean = (self._members.T @ (weight * (lit - middle))) / (self._members.T @ weight + np.float32(1.5))
            residual = (lit - middle - lean[self._group]) / self._sigma
            q = residual * residual
            dark = residual + gain
            q_dark = dark * dark + np.float32(SHADOW_CHARGE)
            shadowed = (q_dark < q) & (facing > 0.05)
            q = np.where(shadowed, q_dark, q)
            weight = np.where(shadowed, np.float32(0.0), self._weights / (1.0 + q))
        return q, shadowed, lean + middle


def _best(costs: DoubleArray, directions: DoubleArray, strengths: tuple[float, ...]) -> tuple[float, DoubleArray]:
    row, column = np.unravel_index(int(np.argmin(costs)), costs.shape)
    return strengths[int(row)], directions[int(column)]


def _mean(directions: DoubleArray, costs: DoubleArray) -> tuple[DoubleArray, float]:
    share = np.exp(-EVIDENCE * (costs - costs.min())).sum(axis=0)
    share /= share.sum()
    mean = share @ directions
    mean /= max(float(np.linalg.norm(mean)), 1e-12)
    cosine = np.clip(directions @ mean, -1.0, 1.0)
    return mean, float(np.degrees(np.sqrt(share @ np.arccos(cosine) ** 2)))


def _cone(axis: DoubleArray, degrees: float) -> DoubleArray:
    """Directions within an angle of `axis`, evenly spread, the axis among them, (n, 3)."""
    other = np.array([1.0, 0.0, 0.0]) if abs(axis[0]) < 0.8 else np.array([0.0, 1.0, 0.0])
    side = np.cross(axis, other)
    side /= np.linalg.norm(side)
    rise = np.cross(axis, side)
    k = np.arange(_CONE_POINTS)
    ring = np.tan(np.radians(degrees)) * np.sqrt(k / _CONE_POINTS)
    turn = k * (np.pi * (3.0 - np.sqrt(5.0)))
    found = axis + (ring * np.cos(turn))[:, None] * side + (ring * np.sin(turn))[:, None] * rise
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))
