from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadChannels, BadSize, FileMissing
from core.image import Image, write_image
from core.worker.light import estimate_light
from core.worker.requests import FrameFiles

TOWARD = np.array([0.6, 0.48, 0.64])


@pytest.fixture
def files(tmp_path: Path) -> FrameFiles:
    """A grey ball under one lamp and some ambient light."""
    y, x = (np.mgrid[95:-1:-1, 0:96] - 47.5) / 46.0
    z = np.sqrt(np.maximum(0.0, 1.0 - x * x - y * y))
    inside = (x * x + y * y < 0.98)[..., None]
    normals = np.where(inside, np.stack([x, y, z], axis=-1), 0.0)
    shading = 0.3 * (0.2 + np.maximum(normals @ TOWARD, 0.0))[..., None] * inside
    found = FrameFiles(tmp_path / "plate.exr", tmp_path / "normals.exr", light=tmp_path / "deep" / "light.json")
    write_image(found.plate, Image((shading * np.ones(3)).astype(np.float32), ("R", "G", "B")), dtype="float")
    write_image(found.normals, Image(normals.astype(np.float32), ("N.red", "N.green", "N.blue"), color_space="Raw"))
    return found


def test_the_lamp_is_found_and_written(files: FrameFiles) -> None:
    result = estimate_light(files, None)
    light = result["light"]
    angle = math.degrees(math.acos(float(np.clip(np.dot(light["toward"], TOWARD), -1.0, 1.0))))
    assert angle < 15.0
    assert np.shape(light["harmonics"]) == (9, 3)
    assert files.light is not None
    assert json.loads(files.light.read_text()) == light
    assert light["plate"] == str(files.plate)
    assert result["notes"] == light["doubts"]


def test_normals_of_another_plate_are_named(files: FrameFiles, tmp_path: Path) -> None:
    write_image(tmp_path / "small.exr", Image(np.ones((9, 9, 3), np.float32), ("N.red", "N.green", "N.blue")))
    with pytest.raises(BadSize, match=r"96x96 pixels but .*small\.exr is 9x9"):
        estimate_light(FrameFiles(files.plate, tmp_path / "small.exr"), None)


def test_files_that_are_no_normals_are_named(files: FrameFiles, tmp_path: Path) -> None:
    with pytest.raises(BadChannels, match=r"plate\.exr with .*plate\.exr"):
        estimate_light(FrameFiles(files.plate, files.plate), None)
    with pytest.raises(FileMissing, match="nothing"):
        estimate_light(FrameFiles(files.plate, tmp_path / "nothing.exr"), None)
