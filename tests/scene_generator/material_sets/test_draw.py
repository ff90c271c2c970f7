from __future__ import annotations

import numpy as np
import pytest

from core.materials.parameters import PARAMETERS
from scene_generator.material_sets.bodies import BODIES, body
from scene_generator.material_sets.draw import CORRELATED, DRAWS, UNIFORM, draw
from scene_generator.spec import SpecError


def drawn(kind: str, count: int = 3000) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.stack([draw(kind, rng) for _ in range(count)])


def test_uniform_materials_are_ten_independent_numbers() -> None:
    values = drawn(UNIFORM)
    assert values.shape[1] == len(PARAMETERS)
    assert np.abs(values.mean(0) - 0.5).max() < 0.03
    assert np.abs(values.std(0) - 12**-0.5).max() < 0.01
    assert np.abs(np.corrcoef(values.T) - np.eye(10)).max() < 0.08


def test_likely_materials_are_metal_or_not_and_metals_are_bright() -> None:
    values = drawn(CORRELATED)
    assert values.min() >= 0
    assert values.max() <= 1
    assert set(values[:, 9]) == {0.0, 1.0}
    metal = values[:, 9] == 1
    assert 0.35 < metal.mean() < 0.45
    assert (values[:, 0] == 1).all()
    assert values[metal, 1:4].mean() > 0.6 > values[~metal, 1:4].mean()
    assert (values[~metal, 5:8] == 1).all()
    assert values[metal, 5:8].min() < 0.9


def test_every_body_fits_the_unit_ball_and_faces_outward() -> None:
    for name in BODIES:
        mesh = body(name)
        assert np.isclose(np.linalg.norm(mesh.positions, axis=1).max(), 1.0, atol=1e-3)
        assert np.abs(mesh.positions.max(0) + mesh.positions.min(0)).max() < 1e-3
        assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-2)
    with pytest.raises(SpecError, match="'dragon' is unknown"):
        body("dragon")
    assert DRAWS == (UNIFORM, CORRELATED)
