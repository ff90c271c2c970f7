"""The Python in the pages for people runs, each page from top to bottom, with the files that it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.image import SRGB, Image, write_image
from tests.core.occlusion.corner import corner
from tests.docs.pages import DOCS, python_blocks
from tests.lambert import Scene, frame, write_set

SIZE = 96


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with plate, photograph, texture, object, passes, lights and shards: the current one."""
    shown = frame(Scene(), SIZE, SIZE)
    write_image(tmp_path / "plate.exr", Image.from_layers({"": shown.rgb()}))
    write_image(tmp_path / "photo.jpg", Image(shown.rgb(), ("R", "G", "B"), SRGB), dtype="uint8")
    alone = frame(Scene(wall=False), SIZE, SIZE)
    write_image(tmp_path / "vase.png", Image(alone.pixels[..., :4], ("R", "G", "B", "A"), SRGB), dtype="uint8")
    bricks = np.random.default_rng(0).random((64, 64, 3), np.float32)
    write_image(tmp_path / "bricks.png", Image(bricks, ("R", "G", "B"), SRGB), dtype="uint8")
    facing, depth, _ = corner(SIZE, SIZE)
    write_image(tmp_path / "passes.exr", Image.from_layers({"N": facing, "depth": depth[..., None]}), dtype="float")
    (tmp_path / "normals").mkdir()
    write_image(tmp_path / "normals" / "plate.exr", Image.from_layers({"N": shown.layer("N")}), dtype="float")
    lights = [{"type": "directional", "direction": [0, 0, -1]}]
    (tmp_path / "lights.json").write_text(json.dumps({"version": 2, "lights": lights}))
    (tmp_path / "scenes").mkdir()
    write_set(tmp_path / "scenes", 6)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_for_python_runs(files: Path) -> None:
    names = _run("python.md")
    assert names["answer"].normals.shape == (SIZE, SIZE, 3)
    assert names["relit"].rgb().shape == (SIZE, SIZE, 3)
    assert (files / "relit.exr").is_file()
    assert names["found"].toward.shape == (3,)
    assert names["normal_map"].dtype == np.uint8
    assert names["open_share"].min() < 0.95
    assert names["spec"].objects
    assert len(names["learn"]) + len(names["held_out"]) == 6


def test_the_python_of_relighting_runs(files: Path) -> None:
    _run("relight.md")
    assert (files / "relit.exr").is_file()


def _run(page: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    blocks = python_blocks((DOCS / page).read_text("utf-8"))
    assert blocks
    for line, code in blocks:
        exec(compile("\n" * line + code, page, "exec"), names)
    return names
