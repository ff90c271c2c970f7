"""Calibration on angles that are drawn from the very distribution that is predicted, or from a wrong one."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from core.evaluation.calibration import BINS, SPARSIFICATION_SHARES, Calibration
from core.evaluation.confidence import confidence_from_kappa, expected_degrees

DoubleArray = npt.NDArray[np.float64]


def draw(kappa: DoubleArray, rng: np.random.Generator) -> DoubleArray:
    """Angles in degrees from the angular von Mises-Fisher distribution, by inverting its distribution function."""
    wanted = rng.random(kappa.shape)
    low, high = np.zeros_like(kappa), np.full_like(kappa, math.pi)
    for _ in range(50):
        t = 0.5 * (low + high)
        below = (1.0 - np.exp(-kappa * t) * (np.cos(t) + kappa * np.sin(t))) / (1.0 + np.exp(-kappa * math.pi))
        low, high = np.where(below < wanted, t, low), np.where(below < wanted, high, t)
    return np.degrees(0.5 * (low + high))


def images(count: int = 4, size: int = 5000, honest: float = 1.0) -> list[tuple[DoubleArray, DoubleArray]]:
    """Predicted concentrations that are `honest` times the true ones, and angles."""
    rng = np.random.default_rng(5)
    pairs = []
    for _ in range(count):
        kappa = np.exp(rng.normal(2.0, 1.0, size))
        pairs.append((honest * kappa, draw(kappa, rng)))
    return pairs


def gathered(pairs: list[tuple[DoubleArray, DoubleArray]]) -> Calibration:
    table = Calibration()
    for kappa, degrees in pairs:
        table.add(kappa, degrees)
    return table


def test_a_true_confidence_is_found_true() -> None:
    pairs = images()
    report = gathered(pairs).report()
    assert len(report.reliability) == BINS
    assert [row.weight for row in report.reliability] == pytest.approx([0.1] * BINS)
    predicted = [row.predicted_degrees for row in report.reliability]
    assert predicted == sorted(predicted)
    assert report.error_degrees < 0.7
    assert report.error_confidence < 0.02
    assert report.temperature == pytest.approx(1.0, abs=0.03)


def test_the_bins_are_those_of_sorting_all_pixels() -> None:
    pairs = images()
    kappa, degrees = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    order = np.argsort(-kappa)
    for row, member in zip(gathered(pairs).report().reliability, np.array_split(order, BINS), strict=True):
        assert row.predicted_degrees == pytest.approx(expected_degrees(kappa[member]).mean(), rel=0.01)
        assert row.measured_degrees == pytest.approx(degrees[member].mean(), rel=0.03)
        assert row.confidence == pytest.approx(confidence_from_kappa(kappa[member]).mean(), rel=0.01)
        assert row.within == pytest.approx((degrees[member] < 11.25).mean(), abs=0.01)


@pytest.mark.parametrize("honest", [0.3, 3.0])
def test_a_false_confidence_is_found_out_and_mended_by_the_temperature(honest: float) -> None:
    pairs = images(honest=honest)
    report = gathered(pairs).report()
    assert report.error_degrees > 5.0
    assert report.error_confidence > 0.1
    assert report.temperature == pytest.approx(honest, rel=0.03)
    mended = gathered([(kappa / report.temperature, degrees) for kappa, degrees in pairs]).report()
    assert mended.error_degrees < 0.7
    assert mended.nll < report.nll - 0.1
    assert mended.ause_degrees == pytest.approx(report.ause_degrees, abs=0.02), "the order has not changed"


def test_the_likelihood_is_the_mean_over_pixels() -> None:
    pairs = images(1)
    kappa, degrees = pairs[0]
    t, k = np.radians(degrees), kappa / 1.7
    wanted = -np.log1p(k * k) + k * t + np.log1p(np.exp(-k * math.pi)) + math.log(2.0 * math.pi)
    assert gathered(pairs).nll(1.7) == pytest.approx(wanted.mean(), rel=1e-3)


def test_sparsification() -> None:
    degrees = np.arange(1.0, 101.0)
    perfect = gathered([(1000.0 / degrees, degrees)]).report()
    assert perfect.ause_degrees == pytest.approx(0.0, abs=1e-6)
    assert perfect.sparsification[0] == pytest.approx(50.5)
    assert perfect.sparsification[10] == pytest.approx(25.5)  # the worse half has gone
    assert SPARSIFICATION_SHARES[10] == 0.5
    backwards = gathered([(degrees, degrees)]).report()
    assert backwards.oracle == pytest.approx(perfect.oracle)
    assert backwards.sparsification[10] == pytest.approx(75.5)
    shuffled = gathered([(np.full(100, 7.0), degrees)]).report()
    assert shuffled.sparsification == pytest.approx([50.5] * 20)
    assert 0.0 < shuffled.ause_degrees < backwards.ause_degrees
    assert shuffled.ause_relative == pytest.approx(shuffled.ause_degrees / 50.5)


def test_every_image_weighs_the_same() -> None:
    small, large = np.full(10, 5.0), np.full(1000, 5.0)
    report = gathered([(small, np.full(10, 10.0)), (large, np.full(1000, 30.0))]).report()
    assert report.sparsification[0] == pytest.approx(20.0)


def test_tables_of_sets_add_up() -> None:
    pairs = images()
    table = gathered(pairs[:1])
    table.merge(gathered(pairs[1:]))
    assert table.report().to_json() == gathered(pairs).report().to_json()


def test_nothing_and_nonsense() -> None:
    table = Calibration()
    assert table.empty
    table.add([], [])
    assert table.empty
    with pytest.raises(ValueError, match="nothing to calibrate"):
        table.report()
    with pytest.raises(ValueError, match="finite and of one shape"):
        table.add([1.0, 2.0], [3.0])
    with pytest.raises(ValueError, match="finite and of one shape"):
        table.add([math.nan], [3.0])


def test_extreme_values_are_taken() -> None:
    report = gathered([(np.array([0.0, 1e9]), np.array([180.0, 0.0]))]).report()
    assert all(math.isfinite(value) for row in report.reliability for value in vars(row).values())
