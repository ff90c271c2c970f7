"""Whether a model's confidence is true: reliability, sparsification, and the one number that mends it.

All of it is worked out from pairs of a predicted concentration kappa and a measured angle, gathered image by image into
two histograms of fixed size, so that any number of images fits into memory. Every image weighs the same.

    table = Calibration()
    for image in held_out:
        table.add(kappa, measured_degrees)      # of the trusted pixels
    report = table.report()
    table.temperature()                         # kappa / temperature is calibrated on these images

Which numbers: the *reliability table* has ten bins of equal weight from the most to the least confident pixels, with
the mean predicted and the mean measured angle of each; the *expected calibration error* is the mean distance of the two
over the bins (Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015; Guo et al., "On
Calibration of Modern Neural Networks", 2017, section 2), once in degrees and once for the confidence against the share
of pixels that are within 11.25 degrees. The *sparsification curve* is the mean angle of what is left when the least
confident share is taken away; AUSE is the area between it and the curve of an oracle that takes away the worst pixels
(Ilg et al., "Uncertainty Estimates and Multi-Hypotheses Networks for Optical Flow", 2018, section 4), 0 for a perfect
order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.confidence import CONFIDENT_WITHIN, confidence_from_kappa, expected_degrees

__all__ = ["BINS", "SPARSIFICATION_SHARES", "Calibration", "CalibrationReport", "ReliabilityBin"]

DoubleArray = npt.NDArray[np.float64]

BINS = 10
"""Rows of the reliability table."""

SPARSIFICATION_SHARES = tuple(step / 20.0 for step in range(20))
"""Shares of the pixels that are taken away, 0 to 0.95."""

_KAPPA_RANGE = (1e-3, 1e5)
_KAPPA_BINS = 2048  # steps of 0.9 %
_ANGLE_BINS = 3600  # steps of 0.05 degrees
_TEMPERATURES = (1.0 / 64.0, 64.0)


@dataclass(frozen=True)
class ReliabilityBin:
    """One row of the reliability table: means over its pixels.

    Attributes:
        weight: share of all pixels, 0..1.
        predicted_degrees, measured_degrees: the angle that was expected, and the one that was found.
        confidence, within: the confidence, and the share of pixels within 11.25 degrees, 0..1.
    """

    weight: float
    predicted_degrees: float
    measured_degrees: float
    confidence: float
    within: float


@dataclass(frozen=True)
class CalibrationReport:
    """What there is to say about a model's confidence on a set of images.

    Attributes:
        reliability: from the most to the least confident pixels.
        error_degrees: expected calibration error of the expected angle, degrees.
        error_confidence: the same of the confidence, 0..1.
        ause_degrees: area between the sparsification curve and the oracle's, degrees.
        ause_relative: the same divided by the mean angle: 0 is the best order; a random order gives the area under
            1 minus the oracle's curve.
        sparsification, oracle: mean angle in degrees of what is left after taking `SPARSIFICATION_SHARES` away, least
            confident or worst pixels first.
        nll: mean negative log-likelihood of the angles, nats per steradian.
        temperature: see `Calibration.temperature`.
    """

    reliability: tuple[ReliabilityBin, ...]
    error_degrees: float
    error_confidence: float
    ause_degrees: float
    ause_relative: float
    sparsification: tuple[float, ...]
    oracle: tuple[float, ...]
    nll: float
    temperature: float

    def to_json(self) -> dict[str, Any]:
        """Plain values, rounded to what means something."""
        return {
            "error_degrees": round(self.error_degrees, 3),
            "error_confidence": round(self.error_confidence, 4),
            "ause_degrees": round(self.ause_degrees, 3),
            "ause_relative": round(self.ause_relative, 4),
            "nll": round(self.nll, 4),
            "temperature": round(self.temperature, 4),
            "reliability": [{name: round(value, 4) for name, value in vars(row).items()} for row in self.reliability],
            "sparsification": {
                "share_removed": list(SPARSIFICATION_SHARES),
                "degrees": [round(value, 3) for value in self.sparsification],
                "oracle_degrees": [round(value, 3) for value in self.oracle],
            },
        }


class Calibration:
    """Pairs of predicted concentration and measured angle, summed up in fixed memory."""

    def __init__(self) -> None:
        zeros = np.zeros(_KAPPA_BINS)
        self._sums: Mapping[str, DoubleArray] = {
            name: zeros.copy() for name in ("weight", "kappa", "degrees", "within", "expected", "confidence")
        }
        self._angle_weight = np.zeros(_ANGLE_BINS)
        self._angle_degrees = np.zeros(_ANGLE_BINS)

    @property
    def empty(self) -> bool:
        """Whether no pixel has been added."""
        return not self._angle_weight.any()

    def add(self, kappa: npt.ArrayLike, degrees: npt.ArrayLike) -> None:
        """Add one image, which weighs 1 whatever its size; without pixels it changes nothing.

        Args:
            kappa: concentrations of the trusted pixels, any shape; brought to 0.001..100000.
            degrees: their measured angles, the same shape, 0..180.

        Raises:
            ValueError: the shapes differ, or a value is no number.
        """
        k, angle = np.asarray(kappa, np.float64).ravel(), np.asarray(degrees, np.float64).ravel()
        if k.shape != angle.shape or not (np.isfinite(k).all() and np.isfinite(angle).all()):
            raise ValueError(f"{k.size} concentrations and {angle.size} angles; both must be finite and of one shape")
        if k.size == 0:
            return
        k = k.clip(*_KAPPA_RANGE)
        low, high = np.log(_KAPPA_RANGE)
        place = ((np.log(k) - low) / (high - low) * _KAPPA_BINS).astype(int).clip(0, _KAPPA_BINS - 1)
        values = {
            "weight": np.ones_like(k),
            "kappa": k,
            "degrees": angle,
            "within": angle < CONFIDENT_WITHIN,
            "expected": expected_degrees(k),
            "confidence": confidence_from_kappa(k),
        }
        for name, value in values.items():
            self._sums[name][:] += np.bincount(place, value, _KAPPA_BINS) / k.size
        place = (angle / 180.0 * _ANGLE_BINS).astype(int).clip(0, _ANGLE_BINS - 1)
        self._angle_weight += np.bincount(place, minlength=_ANGLE_BINS) / k.size
        self._angle_degrees += np.bincount(place, angle, _ANGLE_BINS) / k.size

    def merge(self, other: Calibration) -> None:
        """Add all images of another table."""
        for name, values in other._sums.items():
            self._sums[name][:] += values
        self._angle_weight += other._angle_weight
        self._angle_degrees += other._angle_degrees

    def nll(self, temperature: float = 1.0) -> float:
        """Mean negative log-likelihood of the angles if every concentration is divided by `temperature`.

        Nats per steradian; see `core.losses.angular_vmf`.

        Raises:
            ValueError: nothing has been added.
        """
        weight = self._total()
        filled = self._sums["weight"] > 0
        mass = self._sums["weight"][filled]
        k = self._sums["kappa"][filled] / mass / temperature
        # The likelihood is linear in the angle, so that the sums of a bin say all there is to know about its pixels.
        constant = np.log1p(np.exp(-math.pi * k)) - np.log1p(k * k) + math.log(2.0 * math.pi)
        found = mass * constant + k * np.radians(self._sums["degrees"][filled])
        return float(found.sum() / weight)

    def temperature(self) -> float:
        """The divisor of all concentrations under which the measured angles are likeliest, 1/64..64.

        Above 1 the model was too sure of itself, below 1 too modest. Fit it on scenes that the model was not trained
        on, and report calibration on yet others. Temperature scaling: Guo et al., 2017, section 4.2, there for logits.

        Raises:
            ValueError: nothing has been added.
        """
        grid = np.geomspace(*_TEMPERATURES, 121)
        best = int(np.argmin([self.nll(float(value)) for value in grid]))
        low, high = np.log(grid[max(best - 1, 0)]), np.log(grid[min(best + 1, len(grid) - 1)])
        golden = (math.sqrt(5.0) - 1.0) / 2.0
        for _ in range(40):
            left, right = high - golden * (high - low), low + golden * (high - low)
            if self.nll(math.exp(left)) < self.nll(math.exp(right)):
                high = right
            else:
                low = left
        return math.exp(0.5 * (low + high))

    def report(self) -> CalibrationReport:
        """Everything at once. Raises ValueError if nothing has been added."""
        weight = self._total()
        rows = self._reliability(weight)
        curve = _left_over(self._sums["weight"], self._sums["degrees"])
        oracle = _left_over(self._angle_weight[::-1], self._angle_degrees[::-1])
        area = float(np.trapezoid(np.subtract(curve, oracle), SPARSIFICATION_SHARES)) / SPARSIFICATION_SHARES[-1]
        mean = float(self._sums["degrees"].sum() / weight)
        return CalibrationReport(
            reliability=rows,
            error_degrees=sum(row.weight * abs(row.predicted_degrees - row.measured_degrees) for row in rows),
            error_confidence=sum(row.weight * abs(row.confidence - row.within) for row in rows),
            ause_degrees=area,
            ause_relative=area / mean if mean > 0 else 0.0,
            sparsification=curve,
            oracle=oracle,
            nll=self.nll(),
            temperature=self.temperature(),
        )

    def _total(self) -> float:
        total = float(self._sums["weight"].sum())
        if total <= 0.0:
            raise ValueError("no pixels have been added; there is nothing to calibrate on")
        return total

    def _reliability(self, weight: float) -> tuple[ReliabilityBin, ...]:
        names = ("weight", "expected", "degrees", "confidence", "within")
        sure_first = np.stack([self._sums[name][::-1] for name in names])
        edges = np.linspace(0.0, weight, BINS + 1)
        upto = np.stack([_cumulative(sure_first[0], values, edges) for values in sure_first])
        rows = []
        for inside in np.diff(upto, axis=1).T:
            mass = inside[0]
            rows.append(ReliabilityBin(float(mass / weight), *(float(value / mass) for value in inside[1:])))
        return tuple(rows)


def _cumulative(mass: DoubleArray, values: DoubleArray, edges: DoubleArray) -> DoubleArray:
    """Sum of `values` over the first `edges` of mass; a histogram bin that an edge cuts is shared out evenly."""
    filled = mass > 0
    x = np.concatenate([[0.0], np.cumsum(mass[filled])])
    y = np.concatenate([[0.0], np.cumsum(values[filled])])
    return np.asarray(np.interp(edges, x, y), np.float64)


def _left_over(mass: DoubleArray, degrees: DoubleArray) -> tuple[float, ...]:
    """Mean angle after taking shares away from the front."""
    total = float(mass.sum())
    removed = np.asarray(SPARSIFICATION_SHARES) * total
    gone = _cumulative(mass, degrees, removed)
    return tuple(float(value) for value in (degrees.sum() - gone) / (total - removed))
