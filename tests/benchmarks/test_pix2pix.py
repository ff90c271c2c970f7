"""The pix2pix benchmark: what it asks of each variant, its table, and one tiny run from end to end, twice."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.cli.main import entry
from core.image import Image, read_image, write_image
from tests import lambert

pytest.importorskip("torch")

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(name="benchmark")
def _benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield importlib.import_module("pix2pix")
    sys.modules.pop("pix2pix", None)


def arguments(folder: Path, *more: str) -> list[str]:
    tiny = ["--steps", "2", "--size", "32", "--batch", "2", "--width", "4", "--device", "cpu", "--threads", "1"]
    places = ["--data", str(folder / "data"), "--real", str(folder / "real"), "--out", str(folder / "out")]
    return [*places, *tiny, *more]


def write_real(folder: Path) -> None:
    for group, name in (("one", "a"), ("one", "b"), ("two", "c")):
        image = lambert.frame(lambert.random_scene(np.random.default_rng(len(name))), 48, 40)
        (folder / group).mkdir(parents=True, exist_ok=True)
        write_image(folder / group / f"{name}_normals.exr", image, dtype="float")
        plate = Image(image.rgb().clip(0, 1), ("R", "G", "B"), color_space="srgb_rec709_scene")
        write_image(folder / group / f"{name}_plate.png", plate, dtype="uint8")


def test_variants_differ_in_the_discriminator_only(benchmark: ModuleType, tmp_path: Path) -> None:
    options = benchmark._options(arguments(tmp_path, "--lambda-l1", "50"))
    plans = {name: benchmark.configure(name, 7, options).to_json() for name in benchmark.VARIANTS}
    found = [plan["model"].pop("discriminator") for plan in plans.values()]
    assert found == ["none", "patch70", "image", "patch286"]
    for plan in plans.values():
        del plan["description"]
        assert plan == plans["l1"]
    assert (plans["l1"]["seed"], plans["l1"]["steps"]) == (7, 2)
    assert plans["l1"]["model"] == {"width": 4, "depth": 5, "lambda_l1": 50.0}


@pytest.mark.parametrize(("size", "depth"), [("128", 7), ("256", 8), ("96", 5)])
def test_the_depth_follows_the_size(benchmark: ModuleType, tmp_path: Path, size: str, depth: int) -> None:
    options = benchmark._options([*arguments(tmp_path), "--size", size])
    assert benchmark.configure("l1", 0, options).model["depth"] == depth


def test_the_table_shows_means_and_ranges(benchmark: ModuleType) -> None:
    def scores(value: float | None) -> dict[str, Any]:
        return dict.fromkeys(benchmark.MEASURES, value)

    text = benchmark.table({"a": [scores(10.0), scores(13.0)], "b": [scores(4.0)], "c": [scores(None)]})
    a, b, c = (line.split(" | ") for line in text.splitlines()[2:])
    assert a[1] == "11.50 (3.00)"
    assert b[1] == "4.00"
    assert {cell.strip(" |") for cell in c[1:]} == {""}


def test_plates_are_chosen_from_every_set(benchmark: ModuleType, tmp_path: Path) -> None:
    write_real(tmp_path)
    pairs = list(benchmark.open_pairs(tmp_path))
    assert [pair.name for pair in benchmark.choose(pairs, 1)] == ["a", "c"]
    assert [pair.name for pair in benchmark.choose(pairs, 5)] == ["a", "b", "c"]


@pytest.mark.slow
def test_one_command_does_it_all_and_the_second_time_only_what_is_left(
    benchmark: ModuleType, tmp_path: Path, rays_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lambert.write_set(tmp_path / "data", 40, 32, 32)
    write_real(tmp_path / "real")
    command = arguments(tmp_path, "--product", str(rays_model), "--shown", "1", "--variants", "l1")
    assert benchmark.main(command) == 0
    out = tmp_path / "out"
    first = json.loads((out / "pix2pix.json").read_text())["results"]
    trained: list[str] = []

    def train_here(folder: Path, task: str, data: list[Path]) -> int:
        trained.append(folder.name)
        places = ["--data", str(data[0]), "--out", str(folder / "run"), "--recipe", str(folder / "recipe.json")]
        return entry(["train", task, *places])

    monkeypatch.setattr(benchmark, "train", train_here)
    assert benchmark.main([*command, "image"]) == 0
    assert trained == ["image_0"]
    found = json.loads((out / "pix2pix.json").read_text())["results"]
    l1, image, shipped = found
    assert (l1, image) == (benchmark.VARIANTS["l1"], benchmark.VARIANTS["image"])
    assert (found[l1], found[shipped]) == (first[l1], first[shipped])
    for title in (l1, image):
        (run,) = found[title]
        assert all(0.0 <= run["scores"][name] <= 180.0 for name in benchmark.MEASURES if name != "real edges")
        assert run["scores"]["worst set"] == max(run["sets"].values())
    assert found[shipped][0]["scores"]["held-out mean"] is None
    assert read_image(out / "pix2pix.png").width == 5 * 192
    assert (out / "pix2pix.md").read_text().count("\n") == 5
    with pytest.raises(SystemExit, match="other settings"):
        benchmark.main([*command, "--lambda-l1", "10"])
    monkeypatch.setattr(benchmark, "train", lambda folder, task, data: 1)
    with pytest.raises(SystemExit, match="run the same command again"):
        benchmark.main([*command, "patch"])
