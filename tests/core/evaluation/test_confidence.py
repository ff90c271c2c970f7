"""Confidence for numpy: the same formulas as the loss, and back again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.evaluation.confidence import LARGEST_KAPPA, confidence_from_kappa, expected_degrees, kappa_from_confidence

KAPPAS = np.array([0.0, 0.01, 0.3, 1.0, 4.0, 25.0, 70.0])


def test_known_values() -> None:
    assert expected_degrees(0.0) == pytest.approx(90.0)
    assert expected_degrees(1e4) == pytest.approx(math.degrees(2e-4), rel=1e-4)
    cap = (1.0 - math.cos(math.radians(11.25))) / 2.0  # share of the sphere within 11.25 degrees
    assert confidence_from_kappa(0.0) == pytest.approx(cap)
    assert confidence_from_kappa(1e6) == 1.0
    assert (np.diff(confidence_from_kappa(np.geomspace(1e-3, 100.0, 200))) > 0).all()
    assert (np.diff(expected_degrees(np.geomspace(1e-3, 1e5, 200))) < 0).all()


def test_the_loss_has_the_same_formulas() -> None:
    torch = pytest.importorskip("torch")
    from core.losses.angular_vmf import expected_angle, share_within

    kappa = torch.from_numpy(KAPPAS)
    np.testing.assert_allclose(expected_degrees(KAPPAS), np.degrees(expected_angle(kappa).numpy()), rtol=1e-12)
    np.testing.assert_allclose(confidence_from_kappa(KAPPAS), share_within(kappa).numpy(), rtol=1e-12)


def test_the_way_back() -> None:
    np.testing.assert_allclose(kappa_from_confidence(confidence_from_kappa(KAPPAS[2:-1])), KAPPAS[2:-1], rtol=1e-3)
    assert kappa_from_confidence(confidence_from_kappa(0.0)) == pytest.approx(0.0, abs=1e-6)
    ends = kappa_from_confidence([-1.0, 0.0, math.nan, 1.0, 2.0])
    assert ends.tolist() == [0.0, 0.0, 0.0, LARGEST_KAPPA, LARGEST_KAPPA]


def test_half_precision_keeps_what_the_page_says() -> None:
    last = np.nextafter(np.float16(1.0), np.float16(0.0))
    assert expected_degrees(kappa_from_confidence(last)) == pytest.approx(2.2, abs=0.1)
