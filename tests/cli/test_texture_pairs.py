from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.cli.main import entry
from core.image import SRGB, Image, write_image
from core.normals import flip_green
from core.shards import ShardSet
from core.textures.slopes import normals_from_slopes, slopes_from_height
from tests.texture_models import bumps


def test_folders_and_procedural_textures_become_shards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    normals = flip_green(normals_from_slopes(slopes_from_height(bumps(32, 32), True)))
    for name, pixels in (("a_color", np.full((32, 32, 3), 0.5)), ("a_normal", 0.5 + 0.5 * normals)):
        write_image(tmp_path / "in" / f"{name}.png", Image(pixels, ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    out = tmp_path / "out"
    assert entry(["texture-pairs", str(tmp_path / "in"), "--out", str(out), "--procedural", "2", "--size", "32"]) == 0
    assert "1 pairs, 1 of them DirectX" in capsys.readouterr().err
    shards = ShardSet.open(out)
    assert len(shards) == 3
    (key,) = [key for key in shards.keys if shards.metadata(key)["family"] == "in"]
    image, facts = shards.read(key)
    assert facts["convention"] == "directx"
    assert np.abs(image.layer("N") - flip_green(normals)).max() < 0.02


def test_nothing_to_pack_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry(["texture-pairs", "--out", str(tmp_path)]) == 2
    assert "--procedural" in capsys.readouterr().err
    assert entry(["texture-pairs", str(tmp_path), "--out", str(tmp_path / "o")]) == 2
    assert "no pairs" in capsys.readouterr().err


def test_sets_are_not_replaced_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in (("a_color", 0.5), ("a_normal", (0.5, 0.5, 1.0))):
        pixels = np.broadcast_to(np.float32(value), (32, 32, 3)).copy()
        write_image(tmp_path / "in" / f"{name}.png", Image(pixels, ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    out = tmp_path / "out"
    drawn = ["texture-pairs", "--out", str(out), "--procedural", "2", "--size", "32"]
    found = ["texture-pairs", str(tmp_path / "in"), "--out", str(out)]
    assert entry(drawn) == entry(found) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert entry(drawn) == 0  # goes on
    assert entry([*drawn, "--seed", "1"]) == 2
    assert entry(found) == 2
    assert capsys.readouterr().err.count("--overwrite") == 2
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert entry([*drawn, "--seed", "1", "--overwrite"]) == entry([*found, "--overwrite"]) == 0
    assert len(ShardSet.open(out)) == 3
    assert {path.name for path in out.iterdir()} != set(before)
