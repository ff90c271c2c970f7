"""How good a material model is: errors of what can be seen, of all ten numbers, of pictures, and of its own doubts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.materials.ball import UNSEEN, ball_normals, displayed, shade
from core.materials.parameters import COUNT, GROUPS, PARAMETERS, from_quantities, to_quantities
from core.materials.seen import seen

__all__ = ["CHANCE", "Errors", "ambiguity_floor", "calibration", "measure", "rerender_error", "split_products"]

FloatArray = npt.NDArray[np.float32]

CHANCE = 0.25
"""Mean absolute error of the answer 0.5 to a number that is uniform 0..1."""

LEVELS = (0.5, 0.8, 0.95)
"""Shares of answers that are to lie within the interval stated for them."""


def split_products(quantities: npt.ArrayLike) -> FloatArray:
    """The best ten numbers for eight, where the ten were uniform and independent.

    A weight w that multiplies three uniform colours to the products p has, given them, a density of w^-3 between the
    largest of them and 1; its median is sqrt(2 / (1 + m^-2)) with m that largest one, and the mean absolute error asks
    for medians.

    Args:
        quantities: (..., 8) of `core.materials.parameters.QUANTITIES`.

    Returns:
        (..., 10) of `core.materials.parameters.PARAMETERS`.
    """
    made = from_quantities(quantities)
    for weight, colors in ((0, slice(1, 4)), (4, slice(5, 8))):
        largest = np.clip(made[..., colors].max(-1), 1e-4, 1.0)
        made[..., weight] = np.sqrt(2.0 / (1.0 + largest**-2.0))
        made[..., colors] = np.clip(made[..., colors] / made[..., weight : weight + 1], 0.0, 1.0)
    return made


def ambiguity_floor(count: int = 200_000, seed: int = 0) -> FloatArray:
    """(10,) mean absolute error of `split_products` where the eight numbers are known without error: what no model of
    pictures can beat with ten uniform numbers but by chance."""
    drawn = np.random.default_rng(seed).uniform(size=(count, COUNT)).astype(np.float32)
    return np.asarray(np.abs(split_products(to_quantities(drawn)) - drawn).mean(0), np.float32)


def rerender_error(found: npt.ArrayLike, wanted: npt.ArrayLike) -> FloatArray:
    """(B,) mean absolute difference of balls under the four lights of `core.materials.ball.UNSEEN`, sRGB-encoded.

    Args:
        found, wanted: (B, 8) of `core.materials.parameters.QUANTITIES`.
    """
    normals, _ = ball_normals(24)
    first, second = np.asarray(found, np.float32), np.asarray(wanted, np.float32)
    total = np.zeros(len(first), np.float64)
    for start in range(0, len(first), 256):
        part = slice(start, start + 256)
        for light in UNSEEN:
            given = (normals, light.directions, light.radiance, light.ambient)
            apart = displayed(shade(first[part], *given)) - displayed(shade(second[part], *given))
            total[part] += np.abs(apart).mean((1, 2)) / len(UNSEEN)
    return total.astype(np.float32)


@dataclass(frozen=True)
class Errors:
    """Figures over some samples.

    Attributes:
        count: samples.
        ten: PARAMETERS -> mean absolute error of the ten numbers, products split by `split_products` unless the model
            says all ten itself.
        groups: `GROUPS` -> mean absolute error of the identifiable numbers, over those that are seen.
        groups_all: the same over all, seen or not.
        identifiable: mean absolute error over all identifiable numbers that are seen, each weighing the same.
        rerender: mean of `rerender_error`.
    """

    count: int
    ten: dict[str, float]
    groups: dict[str, float]
    groups_all: dict[str, float]
    identifiable: float
    rerender: float

    @property
    def mean_of_ten(self) -> float:
        """Mean over the ten numbers: what the experiment reported."""
        return float(np.mean(list(self.ten.values())))

    def to_json(self) -> dict[str, Any]:
        """Plain values, rounded."""
        return {
            "samples": self.count,
            "mean_of_ten": round(self.mean_of_ten, 4),
            "identifiable": round(self.identifiable, 4),
            "rerender_unseen_lights": round(self.rerender, 4),
            "seen": {name: round(value, 4) for name, value in self.groups.items()},
            "seen_or_not": {name: round(value, 4) for name, value in self.groups_all.items()},
            "ten": {name: round(value, 4) for name, value in self.ten.items()},
        }


def measure(parameters: npt.ArrayLike, quantities: npt.ArrayLike, ten: npt.ArrayLike | None = None) -> Errors:
    """Compare.

    Args:
        parameters: (B, 10) the truth.
        quantities: (B, 8) the model's answer.
        ten: (B, 10) its answer for all ten numbers, if it gives one.
    """
    truth, found = np.asarray(parameters, np.float32), np.asarray(quantities, np.float32)
    wanted = to_quantities(truth)
    shown = seen(wanted)
    error = np.abs(found - wanted)
    split = split_products(found) if ten is None else np.asarray(ten, np.float32)
    return Errors(
        len(truth),
        dict(zip(PARAMETERS, (float(value) for value in np.abs(split - truth).mean(0)), strict=True)),
        {name: _mean(error[:, place], shown[:, place]) for name, place in GROUPS.items()},
        {name: float(error[:, place].mean()) for name, place in GROUPS.items()},
        _mean(error, shown),
        float(rerender_error(found, wanted).mean()),
    )


def calibration(parameters: npt.ArrayLike, quantities: npt.ArrayLike, expected_error: npt.ArrayLike) -> dict[str, Any]:
    """How true a model's doubts are.

    Args:
        parameters: (B, 10) the truth. quantities, expected_error: (B, 8) the answer.

    Returns:
        For each group, over the numbers that are seen: `expected` and `found` mean absolute error, and the share of
        answers `within` the interval stated for 50, 80 and 95 % (Laplace's distribution of that mean error). Under
        `by_doubt` the same two errors for fifths of all seen numbers, the surest first.
    """
    wanted = to_quantities(parameters)
    shown = seen(wanted)
    error = np.abs(np.asarray(quantities, np.float32) - wanted)
    doubt = np.asarray(expected_error, np.float32)
    told: dict[str, Any] = {}
    for name, place in GROUPS.items():
        here = shown[:, place]
        within = {
            f"{100 * level:.0f} %": round(_mean(error[:, place] <= -doubt[:, place] * np.log(1 - level), here), 3)
            for level in LEVELS
        }
        told[name] = {
            "expected": round(_mean(doubt[:, place], here), 4),
            "found": round(_mean(error[:, place], here), 4),
            "within": within,
        }
    order = np.argsort(doubt[shown], kind="stable")
    told["by_doubt"] = [
        [round(float(doubt[shown][part].mean()), 4), round(float(error[shown][part].mean()), 4)]
        for part in np.array_split(order, 5)
        if len(part)
    ]
    return told


def _mean(values: npt.NDArray[Any], where: npt.NDArray[np.bool_]) -> float:
    return float((values * where).sum() / max(1, int(where.sum())))
