from __future__ import annotations

import numpy as np
import pytest

from core.inference.flow import consistent, grid, optical_flow, sample
from tests.core.inference.moving import texture


@pytest.mark.parametrize("shift", [(0.3, -0.6), (2.5, 1.25), (-7.3, 4.1), (9.0, 6.0)])
def test_translations_are_found_to_a_fifth_of_a_pixel(shift: tuple[float, float]) -> None:
    first, second = texture(96, 131), texture(96, 131, shift)
    error = np.linalg.norm(optical_flow(first, second) - np.float32(shift), axis=-1)[18:-18, 18:-18]
    assert error.mean() < 0.1
    assert np.percentile(error, 98) < 0.2


def test_grain_does_not_derail_it() -> None:
    rng = np.random.default_rng(1)
    frames = [texture(90, 120, shift) + rng.normal(0, 0.02, (90, 120)) for shift in ((0.0, 0.0), (3.0, -2.0))]
    flow = optical_flow(*(frame.astype(np.float32) for frame in frames))
    assert np.abs(np.median(flow[15:-15, 15:-15], axis=(0, 1)) - (3.0, -2.0)).max() < 0.1


def test_what_stands_still_has_no_movement() -> None:
    assert np.abs(optical_flow(texture(50, 70), texture(50, 70))).max() == 0.0
    flat = np.full((40, 40), 0.5, np.float32)
    assert np.abs(optical_flow(flat, flat)).max() == 0.0


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (31, 1), (5, 7), (25, 24)])
def test_any_size_is_worked_on(size: tuple[int, int]) -> None:
    flow = optical_flow(texture(*size), texture(*size, (0.5, 0.5)))
    assert flow.shape == (*size, 2)
    assert np.isfinite(flow).all()
    assert np.isfinite(consistent(flow, flow)).all()


def test_frames_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        optical_flow(texture(10, 10), texture(10, 11))


def test_samples_lie_between_pixels_and_hold_the_edge() -> None:
    field = np.arange(12, dtype=np.float32).reshape(3, 4)
    x = np.array([[0.5, 3.0, 99.0, -5.0]], np.float32)
    y = np.array([[0.25, 2.0, 2.0, 1.0]], np.float32)
    np.testing.assert_allclose(sample(field, x, y), [[1.5, 11.0, 11.0, 4.0]])
    both = sample(np.stack([field, -field], axis=-1), x, y)
    np.testing.assert_allclose(both[..., 1], -both[..., 0])


def test_movements_that_do_not_close_or_leave_the_picture_are_not_believed() -> None:
    flow = np.zeros((20, 30, 2), np.float32)
    flow[..., 0] = 4.0
    x, _ = grid(20, 30)
    there = consistent(flow, -flow)
    assert there[x < 25].min() > 0.99
    assert there[x > 26].max() == 0.0
    assert consistent(flow, np.zeros_like(flow)).max() < 1e-6
