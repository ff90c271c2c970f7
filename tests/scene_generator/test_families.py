"""Families: things rest on something, cameras are free, places are rigid."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.families import FAMILIES
from scene_generator.families.layout import facing, look_at, quad_light, scatter, tumbled
from scene_generator.recipe import load_recipe
from scene_generator.renderers.geometry import groups
from scene_generator.sample import sample_scene
from scene_generator.shapes import build


def _rigid(matrix: object) -> bool:
    m = np.asarray(matrix, np.float64).reshape(4, 4)
    r = m[:3, :3]
    return bool(
        np.allclose(r @ r.T, np.eye(3), atol=1e-6) and np.linalg.det(r) > 0.99 and np.allclose(m[3], [0, 0, 0, 1])
    )


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_place_is_rigid_and_nothing_lies_under_the_ground(name: str) -> None:
    for seed in range(6):
        layout = FAMILIES[name](np.random.default_rng(seed))
        assert _rigid(layout.camera.to_world)
        assert len(layout.objects) >= 3
        for thing in layout.objects:
            assert _rigid(thing.to_world), thing.name
            if thing.name.split("_")[0] in ("box", "book", "bottle", "bowl", "can", "ball", "ring", "pebble"):
                points = build(thing.shape).moved(np.asarray(thing.to_world).reshape(4, 4)).positions
                assert points[:, 1].min() > -0.02, thing.name


def test_look_at_looks_at_its_target() -> None:
    eye, target = np.array([1.0, 2.0, 5.0]), np.array([0.0, 0.5, -1.0])
    m = look_at(eye, target)
    ahead = np.linalg.inv(m) @ np.append(target, 1)
    assert ahead[2] == pytest.approx(-np.linalg.norm(target - eye))
    np.testing.assert_allclose(ahead[:2], 0, atol=1e-9)
    assert m[1, 1] > 0, "+Y is up"
    rolled = look_at(eye, target, 0.3)
    assert np.degrees(np.arccos(rolled[:3, 0] @ m[:3, 0])) == pytest.approx(np.degrees(0.3))


def test_a_light_shines_at_its_target() -> None:
    light = np.asarray(quad_light((0, 3, 0), (0, 0, 0), 2, 1, (1, 1, 1)).to_world).reshape(4, 4)
    np.testing.assert_allclose(light[:3, 2], [0, -1, 0], atol=1e-6)
    assert np.linalg.norm(light[:3, 0]) == pytest.approx(1)
    assert np.linalg.norm(light[:3, 1]) == pytest.approx(0.5)


def test_facing_turns_up_to_the_normal() -> None:
    for normal in ([0, 0, 1], [1, 0, 0], [0, -1, 0], [0.6, 0, -0.8]):
        m = facing((1, 2, 3), normal)
        np.testing.assert_allclose(m[:3, 1], normal, atol=1e-9)
        assert _rigid(m)


def test_tumbled_is_a_rotation() -> None:
    assert all(_rigid(tumbled(np.random.default_rng(s))) for s in range(5))


def test_scattered_discs_do_not_overlap() -> None:
    taken = [(0.0, 0.0, 0.5)]
    discs = scatter(np.random.default_rng(0), 20, 2, 2, (0.1, 0.4), taken) + taken
    assert len(discs) > 5
    for i, a in enumerate(discs):
        for b in discs[:i]:
            assert np.hypot(a[0] - b[0], a[1] - b[1]) >= a[2] + b[2]


def test_groups_hold_every_triangle_once() -> None:
    spec = sample_scene(load_recipe("plate_normals"), 7, 3)
    parts = groups(spec, 16)
    assert len(parts) == len({thing.material for thing in spec.objects})
    assert {int(i) for part in parts for i in np.unique(part.object_ids)} == set(range(1, len(spec.objects) + 1))
    assert sum(len(part.mesh.faces) for part in parts) == sum(len(build(thing.shape).faces) for thing in spec.objects)
