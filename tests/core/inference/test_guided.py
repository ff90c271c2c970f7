from __future__ import annotations

import numpy as np
import pytest

from core.inference.answer import Answer
from core.inference.guided import GuidedEnlarger
from core.inference.resample import PlateShrinker, enlarge_normals
from core.normals import angular_error_degrees
from tests.core.inference.moving import as_view, constant, texture, wavy


def shrunk(image: np.ndarray, height: int, width: int) -> np.ndarray:
    shrinker = PlateShrinker(*image.shape[:2], height, width)
    shrinker.add(image.astype(np.float32))
    return shrinker.result()


def enlarged(normals: np.ndarray, guide: np.ndarray, rows: int = 1000) -> np.ndarray:
    height, width = guide.shape[:2]
    enlarger = GuidedEnlarger(Answer(normals), shrunk(guide, *normals.shape[:2]), height, width)
    return np.concatenate([enlarger.rows(guide[top : top + rows], top).normals for top in range(0, height, rows)])


def wall(height: int, width: int, at: float) -> np.ndarray:
    """Two walls that meet, as normals that change over one pixel at column `at`."""
    share = np.clip(at - np.arange(width), 0, 1)[None, :, None]
    field = share * constant(1, 1, (-1, 0, 1)) + (1 - share) * constant(1, 1, (1, 0, 1))
    field = np.broadcast_to(field, (height, width, 3))
    return (field / np.linalg.norm(field, axis=-1, keepdims=True)).astype(np.float32)


def test_an_edge_is_as_sharp_as_the_guide_s() -> None:
    """A network's answer is blurred and off by a pixel; the plate knows where the corner is to its own pixel."""
    plate = as_view(np.broadcast_to(np.where(np.arange(320) < 161, 0.25, 0.6), (160, 320)).astype(np.float32))
    small = wall(20, 40, 20.6)
    small = (small + np.roll(small, 1, axis=1) + np.roll(small, -1, axis=1))[:, 1:-1]
    small = np.pad(small, ((0, 0), (1, 1), (0, 0)), mode="edge")
    small /= np.linalg.norm(small, axis=-1, keepdims=True)
    true = wall(160, 320, 161.0)
    plain = angular_error_degrees(enlarge_normals(small, 160, 320, 0, 160), true)[:, 120:200].mean()
    guided = enlarged(small, plate)
    assert angular_error_degrees(guided, true)[:, 120:200].mean() < 0.65 * plain
    step = angular_error_degrees(guided[80, 1:], guided[80, :-1])
    assert step.argmax() == 160
    assert step[160] > 40.0


def test_texture_writes_nothing_into_what_is_flat() -> None:
    plate = as_view(texture(180, 240))
    flat = constant(30, 40, (0.3, -0.2, 1.0))
    assert angular_error_degrees(enlarged(flat, plate), constant(180, 240, (0.3, -0.2, 1.0))).max() < 0.05


def test_texture_on_what_is_curved_stays_within_the_stated_bound() -> None:
    plate = as_view(texture(180, 240))
    curved = wavy(30, 40, 0.4, 1.0)
    plain = enlarge_normals(curved, 180, 240, 0, 180)
    found = enlarged(curved, plate)
    assert angular_error_degrees(found, plain).mean() < 1.5
    # The spread of a window of 13 pixels of this field is below 0.5 everywhere: half a radian before normalisation.
    assert angular_error_degrees(found, plain).max() < 30.0


def test_a_plain_guide_changes_nothing() -> None:
    curved = wavy(30, 40)
    plain = enlarge_normals(curved, 180, 240, 0, 180)
    assert angular_error_degrees(enlarged(curved, np.full((180, 240, 3), 0.4, np.float32)), plain).max() < 0.02


def test_a_field_that_is_not_enlarged_is_left_alone() -> None:
    curved = wavy(40, 60)
    np.testing.assert_allclose(enlarged(curved, as_view(texture(40, 60))), curved, atol=1e-5)


def test_bands_give_what_the_whole_gives() -> None:
    plate = as_view(texture(101, 147))
    small = wavy(23, 31)
    np.testing.assert_allclose(enlarged(small, plate, 16), enlarged(small, plate), atol=2e-6)


def test_strips_of_coefficients_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    plate, small = as_view(texture(200, 150)), wavy(50, 40)
    whole = enlarged(small, plate)
    monkeypatch.setattr("core.inference.guided._STRIP_ROWS", 7)
    np.testing.assert_allclose(enlarged(small, plate), whole, atol=1e-4)


@pytest.mark.parametrize(("small", "large"), [((1, 1), (9, 7)), ((1, 3), (1, 30)), ((4, 1), (33, 1))])
def test_small_fields(small: tuple[int, int], large: tuple[int, int]) -> None:
    found = enlarged(wavy(*small), as_view(texture(*large)))
    assert found.shape == (*large, 3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-5)


def test_opposite_normals_stay_unit_length() -> None:
    small = constant(10, 10, (0, 0, 1)).copy()
    small[:, 5:] *= -1
    found = enlarged(small, as_view(texture(50, 50)))
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-5)


def test_sizes_must_match() -> None:
    with pytest.raises(ValueError, match="guide of shape"):
        GuidedEnlarger(Answer(wavy(10, 10)), np.zeros((9, 10, 3), np.float32), 20, 20)


def sure_of(confidence: np.ndarray, guide: np.ndarray, rows: int = 1000) -> np.ndarray:
    """The confidence of flat normals, enlarged to the guide."""
    height, width = guide.shape[:2]
    answer = Answer(constant(*confidence.shape, (0, 0, 1)), confidence.astype(np.float32))
    enlarger = GuidedEnlarger(answer, shrunk(guide, *confidence.shape), height, width)
    bands = [enlarger.rows(guide[top : top + rows], top).confidence for top in range(0, height, rows)]
    return np.concatenate([np.asarray(band) for band in bands])


def test_confidence_follows_the_guide_s_edges_where_the_normals_are_flat() -> None:
    plate = as_view(np.broadcast_to(np.where(np.arange(320) < 161, 0.25, 0.6), (160, 320)).astype(np.float32))
    small = np.broadcast_to(np.where(np.arange(40) < 20, 0.9, 0.1), (20, 40))
    found = sure_of(small, plate)
    assert np.abs(np.diff(found[80])).argmax() == 160
    assert found[80, 158] > 0.75
    assert found[80, 163] < 0.25
    np.testing.assert_allclose(sure_of(small, plate, 16), found, atol=2e-6)


def test_texture_writes_nothing_into_a_flat_confidence_and_no_more_than_its_spread_into_another() -> None:
    plate = as_view(texture(180, 240))
    np.testing.assert_allclose(sure_of(np.full((30, 40), 0.6), plate), 0.6, atol=2e-3)
    ramp = np.broadcast_to(np.linspace(0.0, 1.0, 40), (30, 40))
    found = sure_of(ramp, plate)
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    plain = np.clip((np.arange(240) + 0.5) / 6 - 0.5, 0, 39) / 39
    # Thirteen pixels of a ramp of 1/39 a pixel deviate from their mean by 3.74 pixels in the root mean square.
    assert np.abs(found - plain)[:, 60:180].max() <= 3.75 / 39
