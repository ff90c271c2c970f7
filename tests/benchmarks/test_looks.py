"""The benchmark of several looks: a model without left and right in it gains nothing, one that leans gains its lean."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.image import SRGB, Image, write_image

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(name="looks")
def _benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("looks")
    sys.modules.pop("looks", None)


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    """A plate whose normals lie in the plane x = 0."""
    folder = tmp_path / "data" / "set"
    folder.mkdir(parents=True)
    write_image(
        folder / "a_plate.png",
        Image(np.full((64, 96, 3), 0.5, np.float32), ("R", "G", "B"), color_space=SRGB),
        dtype="uint8",
    )
    normals = np.broadcast_to(np.array([0.0, 0.6, 0.8], np.float32), (64, 96, 3))
    channels = ("N.red", "N.green", "N.blue")
    write_image(
        folder / "a_normals.exr", Image(np.ascontiguousarray(normals), channels, color_space="Raw"), dtype="float"
    )
    return tmp_path / "data"


def test_a_lean_to_one_side_is_gone_with_the_mirror(
    looks: ModuleType, data: Path, make_tiny_model: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "looks.json"
    words = ["--data", str(data), "--model", str(make_tiny_model("constant")), "--threads", "1", "--out", str(out)]
    assert looks.main([*words, "--markdown"]) == 0
    rows = json.loads(out.read_text())["sets"]["data"]
    assert set(rows) == {"1", "2", "4"}
    assert rows["1"]["mean"] > 15.0  # the tiny model says (0.36, 0.48, 0.8)
    assert rows["2"]["mean"] == pytest.approx(np.degrees(np.arctan2(0.8, 0.48) - np.arctan2(0.8, 0.6)), abs=0.1)
    assert rows["2"]["mean"] < rows["1"]["mean"] - 10.0
    assert rows["4"]["mean"] == pytest.approx(rows["2"]["mean"], abs=0.01)
