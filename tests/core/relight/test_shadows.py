"""Screen-space shadows: a box over a plane darkens the plane where rays to the light meet the box."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadConfig, BadSize
from core.relight.lights import AreaLight, DirectionalLight, PointLight
from core.relight.shadows import ShadowLight, ShadowSettings, screen_shadow, shadow_light
from tests.view_window import ViewWindow, position_from_depth

VIEW = ViewWindow.from_fov_degrees(256, 192, 60.0)
WINDOW = VIEW.edges()
LOW, HIGH = np.array([-0.35, -1.0, -4.3]), np.array([0.35, -0.3, -3.7])
TOWARD = np.array([0.8, 0.45, 0.14]) / np.linalg.norm([0.8, 0.45, 0.14])
SETTINGS = ShadowSettings(steps=96, thickness=0.5, reach=4.0)


def entry(start: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Where rays enter the box, in units of `way`; infinite if they miss it (slab method of Kay and Kajiya 1986)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (LOW - start) / way, (HIGH - start) / way
    near, far = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
    return np.where((near < far) & (far > 1e-6), near, np.inf)


def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth and normals of a box on the floor y = -1, and where the floor is."""
    slopes = VIEW.ray_slopes().astype(np.float64)
    way = np.concatenate([slopes, -np.ones((*VIEW.size, 1))], -1)
    with np.errstate(divide="ignore"):
        floor = np.where(way[..., 1] < 0, -1.0 / way[..., 1], np.inf)
    floor[floor > 12.0] = np.inf
    box = entry(np.zeros(3), way)
    depth = np.minimum(floor, box)
    point = way * np.where(np.isfinite(depth), depth, 0.0)[..., None]
    faces = np.concatenate([point - LOW, HIGH - point], -1)
    sides = np.array([[-1, 0, 0], [0, -1, 0], [0, 0, -1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)
    normals = np.where((box < floor)[..., None], sides[np.abs(faces).argmin(-1)], [0.0, 1.0, 0.0])
    return depth, np.where(np.isfinite(depth)[..., None], normals, 0.0), (floor < box) & np.isfinite(floor)


def agreement(found: np.ndarray, expected: np.ndarray, where: np.ndarray) -> float:
    """Intersection over union of the shadows."""
    dark = (found[..., 0] < 0.5) & where
    return float((dark & expected).sum() / max(1, (dark | (expected & where)).sum()))


def test_the_shadow_of_a_box_lies_where_geometry_puts_it() -> None:
    depth, normals, floor = scene()
    found = screen_shadow(depth, normals, WINDOW, ShadowLight(toward=tuple(TOWARD)), SETTINGS)
    expected = np.isfinite(entry(position_from_depth(depth, VIEW).astype(np.float64), TOWARD)) & floor
    assert expected.sum() > 100
    assert agreement(found, expected, floor) > 0.65
    assert (found[..., 0] < 0.5)[floor & ~expected].mean() < 0.02, "hardly a lit pixel of the floor is darkened"


def test_a_lamp_casts_the_shadow_away_from_itself() -> None:
    depth, normals, floor = scene()
    lamp = np.array([-1.2, 0.4, -3.8])
    position = position_from_depth(depth, VIEW).astype(np.float64)
    found = screen_shadow(depth, normals, WINDOW, ShadowLight(position=tuple(lamp)), SETTINGS)
    expected = (entry(position, lamp - position) < 1.0) & floor
    assert agreement(found, expected, floor) > 0.65
    assert position[(found[..., 0] < 0.5) & floor][:, 0].mean() > 0.3, "the lamp is on the left"


def test_a_lamp_between_box_and_floor_is_not_blocked_from_behind() -> None:
    depth, normals, floor = scene()
    position = position_from_depth(depth, VIEW)
    found = screen_shadow(depth, normals, WINDOW, ShadowLight(position=(1.2, -0.6, -3.8)), SETTINGS)
    right = floor & (position[..., 0] > 0.6) & (np.abs(position[..., 2] + 4) < 0.6)
    assert right.sum() > 50
    assert found[right].min() == 1.0


def test_an_open_floor_has_no_shadow() -> None:
    depth = 1.0 / np.maximum(-VIEW.ray_slopes()[..., 1], 1e-3)
    depth[depth > 12] = np.inf
    normals = np.broadcast_to([0.0, 1.0, 0.0], (*VIEW.size, 3))
    for toward in ((0.0, 1.0, 0.0), (0.8, 0.6, 0.0), (0.0, 0.6, -0.8), (0.0, 0.6, 0.8)):
        assert screen_shadow(depth, normals, WINDOW, ShadowLight(toward=toward), SETTINGS).min() == 1.0


def test_a_large_light_has_a_soft_edge_and_the_same_core() -> None:
    depth, normals, floor = scene()
    soft = screen_shadow(depth, normals, WINDOW, ShadowLight(toward=tuple(TOWARD), radius=0.2), SETTINGS)[floor]
    assert np.mean((soft > 0.05) & (soft < 0.95)) > 0.005
    hard = screen_shadow(depth, normals, WINDOW, ShadowLight(toward=tuple(TOWARD)), SETTINGS)[floor]
    assert set(np.unique(hard)) <= {0.0, 1.0}
    assert abs(float(soft.mean() - hard.mean())) < 0.03


def test_nothing_there_neither_receives_nor_casts() -> None:
    depth, normals, floor = scene()
    found = screen_shadow(np.where(floor, depth, np.nan), normals, WINDOW, ShadowLight(toward=tuple(TOWARD)), SETTINGS)
    assert found.min() == 1.0


def test_lights_of_the_suite_are_aimed_at() -> None:
    assert shadow_light(DirectionalLight(direction=(0.0, -1.0, 0.0)), 0.01) == ShadowLight(
        toward=(0, 1, 0), radius=0.01
    )
    assert shadow_light(PointLight(position=(1.0, 2.0, 3.0), radius=0.1)) == ShadowLight(position=(1, 2, 3), radius=0.1)
    assert shadow_light(AreaLight(width=2.0, height=2.0)).radius == pytest.approx(2.0 / np.sqrt(np.pi))


def test_what_cannot_be_marched_is_refused() -> None:
    with pytest.raises(BadConfig, match="direction or a position"):
        ShadowLight()
    with pytest.raises(BadConfig, match="steps"):
        ShadowSettings(steps=0)
    with pytest.raises(BadSize, match="depth"):
        screen_shadow(np.ones((4, 4)), np.ones((4, 5, 3)), WINDOW, ShadowLight(toward=(0.0, 1.0, 0.0)))
