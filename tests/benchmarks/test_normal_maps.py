"""The table of normal maps: baselines mean what they say, and the seam is measured where it is."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.atomic import write_json
from core.image import SRGB, Image, write_image
from core.textures.filters import brightness, sobel_slopes
from core.textures.slopes import normals_from_slopes
from tests.texture_models import bumps, make_texture_model

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(name="bench")
def _benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("normal_maps")
    sys.modules.pop("normal_maps", None)


def pairs(folder: Path) -> Path:
    """Two authors whose maps are Sobel of strengths 1 and 3: no common strength fits both, an oracle's does."""
    rows = []
    for number, (author, strength) in enumerate((("weak", 1.0), ("strong", 3.0))):
        relief = bumps(64, 64, number)
        color = np.repeat((0.5 + 0.3 * relief / np.abs(relief).max())[..., None], 3, -1).astype(np.float32)
        code = np.round(color * 255) / 255
        normals = normals_from_slopes(strength * sobel_slopes(brightness(code)))
        for name, pixels in (("color", color), ("normal_gl", 0.5 + 0.5 * normals)):
            image = Image(pixels, ("R", "G", "B"), color_space=SRGB)
            write_image(folder / f"{author}_{name}.png", image, dtype="uint16" if "normal" in name else "uint8")
        rows.append({"id": author, "group": author, "licence": "CC0-1.0"})
    write_json(folder / "index.json", rows)
    return folder


def test_the_table_and_the_seam(bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_texture_model(tmp_path / "model")
    data, out = pairs(tmp_path / "set"), tmp_path / "out"
    command = ["normal_maps.py", "--data", str(data), "--model", f"tiny={model}", "--out", str(out), "--threads", "1"]
    monkeypatch.setattr(sys, "argv", command)
    assert bench.main() == 0
    import json

    found = json.loads((out / "normal_maps.json").read_text())
    over = {name: entry["over_authors"] for name, entry in found["methods"].items()}
    assert over["sobel-oracle"]["mean"] < 0.1
    assert over["sobel-oracle"]["mean"] < over["sobel"]["mean"] < over["flat"]["mean"]
    assert over["sobel"]["scaled"] < 0.05
    assert over["sobel"]["correlation"] > 0.999
    assert over["flat"]["correlation"] == 0.0
    assert over["normalmap-online"]["mean"] > over["sobel"]["mean"]
    assert set(found["methods"]["tiny"]["authors"]) == {"weak", "strong"}
    assert found["seam_degrees"]["tiny"] < 0.01


def test_a_folder_without_pairs_is_one_line(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["normal_maps.py", "--data", str(tmp_path)])
    assert bench.main() == 2
    assert "no pairs" in capsys.readouterr().err
