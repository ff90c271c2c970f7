"""Blends, lumps, sculptures and toy animals: closed, standing on the floor, no larger than asked, each seed its own."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.organic import KINDS
from tests.scene_generator.shapes.surfaces import check, open_edges, same, shared_by_two, volume

NUMBERS = {"metaballs": (0.4,), "displaced": (0.3, 0.7, 5), "sculpture": (0.3, 1.2), "quadruped": (0.8,)}


def test_every_kind_is_covered() -> None:
    assert set(NUMBERS) == set(KINDS)
    for kind, (_, names) in KINDS.items():
        assert len(names) == len(NUMBERS[kind])


@pytest.mark.parametrize("kind", sorted(NUMBERS))
@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 7])
def test_shapes_are_closed_and_stand(kind: str, seed: int) -> None:
    mesh = KINDS[kind][0](NUMBERS[kind], seed)
    check(mesh)
    assert open_edges(mesh) == 0
    assert shared_by_two(mesh) > 0.995
    assert volume(mesh) > 0
    assert mesh.positions[:, 1].min() == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_sizes_are_those_asked_for(seed: int) -> None:
    for kind, radius, height in (("metaballs", 0.4, 0.8), ("displaced", 0.3, 0.6), ("sculpture", 0.3, 1.2)):
        p = KINDS[kind][0](NUMBERS[kind], seed).positions
        reach = np.hypot(p[:, 0], p[:, 2]).max()
        assert reach <= radius
        assert p[:, 1].max() <= height
        # As large as one of the two bounds allows.
        assert max(reach / radius, p[:, 1].max() / height) == pytest.approx(1, abs=1e-3)
    animal = KINDS["quadruped"][0]((0.8,), seed).positions
    assert animal[:, 1].max() == pytest.approx(0.8, abs=1e-3)
    assert np.ptp(animal[:, 2]) > 1.3 * np.ptp(animal[:, 0])


@pytest.mark.parametrize("kind", sorted(NUMBERS))
def test_a_seed_is_a_shape(kind: str) -> None:
    function = KINDS[kind][0]
    assert same(function(NUMBERS[kind], 3), function(NUMBERS[kind], 3))
    assert not same(function(NUMBERS[kind], 3), function(NUMBERS[kind], 4))


def test_roughness_and_octaves_do_what_they_say() -> None:
    function = KINDS["displaced"][0]

    def unevenness(roughness: float, octaves: float) -> float:
        n = function((1.0, roughness, octaves), 5)
        p = n.positions - n.positions.mean(0)
        return float(
            np.degrees(np.arccos(np.clip((p / np.linalg.norm(p, axis=1)[:, None] * n.normals).sum(1), -1, 1))).mean()
        )

    assert unevenness(0.1, 3) < unevenness(0.4, 3) < unevenness(1.0, 3)
    assert unevenness(0.5, 1) < unevenness(0.5, 4)


def test_an_animal_has_four_feet() -> None:
    for seed in range(4):
        p = KINDS["quadruped"][0]((1.0,), seed).positions
        feet = p[p[:, 1] < 0.02]
        quarters = {(bool(x > 0), bool(z > np.median(feet[:, 2]))) for x, _, z in feet}
        assert len(quarters) == 4
