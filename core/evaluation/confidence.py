"""What a concentration says in degrees and in percent: the angular von Mises-Fisher formulas for numpy.

The distribution and its source are described in `core.losses.angular_vmf`: Bae, Budvytis and Cipolla, "Estimating and
Exploiting the Aleatoric Uncertainty in Surface Normal Estimation", ICCV 2021. The *confidence* of a predicted normal is
the probability that its error is below 11.25 degrees: 1 is certain, 0.0096 knows nothing (that share of the sphere lies
within 11.25 degrees of any direction).
"""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

__all__ = [
    "CONFIDENT_WITHIN",
    "LARGEST_KAPPA",
    "confidence_from_kappa",
    "expected_degrees",
    "kappa_from_confidence",
]

DoubleArray = npt.NDArray[np.float64]

CONFIDENT_WITHIN = 11.25
"""Degrees: the limit that confidence speaks of."""

LARGEST_KAPPA = 1e4
"""Concentration of a confidence of 1 (expected error 0.011 degrees)."""

_STEPS = 8192


def expected_degrees(kappa: npt.ArrayLike) -> DoubleArray:
    """Mean angle between a normal of the distribution and the predicted one.

    `2 k / (k^2 + 1) + pi exp(-k pi) / (1 + exp(-k pi))`, in degrees.

    Args:
        kappa: concentrations, at least 0.

    Returns:
        The same shape, float64, 0..90.
    """
    k = np.asarray(kappa, np.float64)
    tail = np.exp(-math.pi * k)
    return np.degrees(2.0 * k / (k * k + 1.0) + math.pi * tail / (1.0 + tail))


def confidence_from_kappa(kappa: npt.ArrayLike) -> DoubleArray:
    """Probability that the angle is below `CONFIDENT_WITHIN`: with T that limit in radians,
    `(1 - exp(-k T) (cos T + k sin T)) / (1 + exp(-k pi))`.

    Args:
        kappa: concentrations, at least 0.

    Returns:
        The same shape, float64, 0.0096..1, rising with kappa.
    """
    k = np.asarray(kappa, np.float64)
    limit = math.radians(CONFIDENT_WITHIN)
    outside = np.exp(-limit * k) * (math.cos(limit) + math.sin(limit) * k)
    return np.asarray((1.0 - outside) / (1.0 + np.exp(-math.pi * k)), np.float64)


def kappa_from_confidence(confidence: npt.ArrayLike) -> DoubleArray:
    """The inverse of `confidence_from_kappa`, from a table (better than 0.1 % between 0.01 and 0.9999).

    Close to 1 a confidence hardly tells concentrations apart: in half precision, whose last value under 1 is 0.9995,
    expected errors below 2.2 degrees cannot be told from 0.

    Args:
        confidence: 0..1; what is below the confidence of kappa 0 counts as that, values that are no numbers too.

    Returns:
        The same shape, float64, 0..`LARGEST_KAPPA`.
    """
    known, kappas = _table()
    wanted = np.nan_to_num(np.asarray(confidence, np.float64), nan=0.0)
    return np.interp(_stretched(wanted), known, kappas)


@functools.lru_cache(maxsize=1)
def _table() -> tuple[DoubleArray, DoubleArray]:
    kappas = np.concatenate([[0.0], np.geomspace(1e-4, LARGEST_KAPPA, _STEPS)])
    known = _stretched(confidence_from_kappa(kappas))
    # In float64 the confidence is 1 from about kappa 200 on; of equal entries only the first can be looked up, and the
    # last must be there for a confidence of 1.
    rising = np.concatenate([[True], known[1:] > np.maximum.accumulate(known)[:-1]])
    known, kappas = known[rising], kappas[rising]
    kappas[-1] = LARGEST_KAPPA
    return known, kappas


def _stretched(confidence: DoubleArray) -> DoubleArray:
    # Even steps of the logarithm of what is missing to 1 keep the table fine where confidences crowd.
    return -np.log(np.maximum(1.0 - confidence, 1e-15))
