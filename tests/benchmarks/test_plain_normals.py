"""The single direction that explains a plate best, and what it scores."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.image import SRGB, Image, write_image
from core.normals import angular_error_degrees, normalize

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(name="plain")
def _benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("plain_normals")
    sys.modules.pop("plain_normals", None)


def test_the_larger_plane_is_the_best_direction(plain: ModuleType) -> None:
    floor, wall = (np.array(n, np.float32) for n in ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    normals = np.stack([floor] * 70 + [wall] * 30)
    found = plain.best_direction(normals)
    # Every degree away from the floor costs 70 pixels one and gives 30 one back; the mean would be 23 degrees off.
    assert angular_error_degrees(found[None], floor[None])[0] < 1.0


def test_no_other_direction_is_nearer(plain: ModuleType) -> None:
    rng = np.random.default_rng(3)
    normals = normalize(rng.normal([0.3, 0.2, 0.9], 0.5, (400, 3)).astype(np.float32))
    best = angular_error_degrees(normals, np.broadcast_to(plain.best_direction(normals), normals.shape)).mean()
    others = normalize(rng.normal(size=(4000, 3)).astype(np.float32))
    angles = [angular_error_degrees(normals, np.broadcast_to(one, normals.shape)).mean() for one in others]
    assert best <= min(angles) + 1e-3


def test_sets_count_alike(plain: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for group, count, normal in (("a", 1, (0.0, 0.0, 1.0)), ("b", 3, (0.0, 1.0, 0.0))):
        folder = tmp_path / "data" / group
        folder.mkdir(parents=True)
        for index in range(count):
            grey = Image(np.full((16, 16, 3), 0.5, np.float32), ("R", "G", "B"), SRGB)
            write_image(folder / f"{index}_plate.png", grey)
            normals = np.broadcast_to(np.array(normal, np.float32), (16, 16, 3))
            write_image(folder / f"{index}_normals.exr", Image.from_layers({"N": np.ascontiguousarray(normals)}))
    monkeypatch.setattr(sys, "argv", ["x", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "o.json")])
    plain.main()
    told = json.loads((tmp_path / "o.json").read_text("utf-8"))
    assert told["camera"]["mean_of_sets"]["mean"] == pytest.approx(45.0, abs=0.1)
    assert told["direction"]["mean_of_sets"]["mean"] == pytest.approx(0.0, abs=0.1)
