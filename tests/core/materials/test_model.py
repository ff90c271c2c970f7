from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import FileMissing, ModelMismatch, WorkFailed
from core.materials.model import MaterialAnswer, open_material_model
from core.materials.picture import Crop
from tests.material_models import make_material_model
from tests.texture_models import make_texture_model


def crop(size: int) -> Crop:
    picture = np.zeros((size, size, 3), np.float32)
    picture[:, : size // 2] = (0.6, 0.4, 0.2)
    mask = np.zeros((size, size), np.float32)
    mask[:, : size // 2] = 1
    return Crop(picture, mask, size, 0.0)


def test_a_model_is_asked_about_the_object_alone(tmp_path: Path) -> None:
    model = open_material_model(make_material_model(tmp_path / "m"), "cpu", 1)
    assert model.size == 64
    answer = model.run(crop(64))
    assert np.allclose(answer.quantities[:3], (0.6, 0.4, 0.2), atol=1e-4)
    assert np.allclose(answer.expected_error, 0.05)


class FewNumbers:
    """A session whose answers are of another shape than eight numbers a picture."""

    def __init__(self, session: Any) -> None:
        self.get_inputs = session.get_inputs

    def run(self, names: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        return [np.zeros((2, 3, 1, 1), np.float32) for _ in names]


def test_answers_of_another_shape_are_named(tmp_path: Path) -> None:
    model = open_material_model(make_material_model(tmp_path / "m"), "cpu", 1)
    with pytest.raises(ModelMismatch, match="not 8 numbers"):
        replace(model, session=FewNumbers(model.session)).run(crop(64))


def test_confidence_is_the_share_of_answers_that_are_near() -> None:
    rng = np.random.default_rng(0)
    for error in (0.03, 0.1, 0.3):
        answer = MaterialAnswer(np.full(8, 0.5, np.float32), np.full(8, error, np.float32))
        near = np.mean(np.abs(rng.laplace(0, error, 100_000)) < 0.1)
        assert abs(float(answer.confidence[0]) - near) < 0.01


def test_what_people_and_programs_are_told() -> None:
    chalk = np.array([0.8, 0.8, 0.8, 1, 1, 1, 0.95, 0], np.float32)
    answer = MaterialAnswer(chalk, np.array([0.02] * 3 + [0.3] * 3 + [0.05, 0.02], np.float32))
    told = answer.to_json()
    assert told["base"] == told["specular"] == 1.0
    assert told["base_color"] == pytest.approx([0.8, 0.8, 0.8], abs=1e-3)
    assert told["specular_roughness"] == pytest.approx(0.95, abs=1e-3)
    assert told["seen"] == {
        "base_color": True,
        "specular_color": False,
        "specular_roughness": told["seen"]["specular_roughness"],
        "metalness": True,
    }
    assert told["confidence"]["base_color"] > 0.95 > told["confidence"]["specular_color"]
    lines = answer.lines()
    assert "hardly seen" in lines[1]
    assert "hardly" not in lines[0]
    black = MaterialAnswer(np.array([0, 0, 0, 1, 1, 1, 0.3, 0], np.float32), np.full(8, 0.4, np.float32))
    assert "a guess" in black.lines()[2]


def test_other_models_and_bad_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch, match="no material model"):
        open_material_model(make_texture_model(tmp_path / "t"))
    with pytest.raises(FileMissing, match="no such model"):
        open_material_model(tmp_path / "gone")
    broken = open_material_model(make_material_model(tmp_path / "b", broken=True), "cpu", 1)
    with pytest.raises(WorkFailed, match="not numbers"):
        broken.run(crop(64))
