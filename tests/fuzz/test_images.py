"""Damaged images of every kind that studios have: a picture or one line that names the file, never anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from tests.fuzz.effort import ASKED, EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
WAYS = {
    "zip.exr": ("half", {"compression": "zip"}),
    "none.exr": ("float", {"compression": "none"}),
    "piz.exr": ("half", {"compression": "piz"}),
    "dwaa.exr": ("half", {"compression": "dwaa"}),
    "b44.exr": ("half", {"compression": "b44"}),
    "rle.exr": ("uint", {"compression": "rle"}),
    "plain.png": ("uint16", {}),
    "zip.tif": ("uint8", {"compression": "zip"}),
    "lzw.tif": ("float", {"compression": "lzw"}),
    "plain.jpg": ("uint8", {}),
    "plain.hdr": ("float", {}),
    "plain.dpx": ("uint10", {}),
    "plain.tga": ("uint8", {}),
    "plain.webp": ("uint8", {}),
    "plain.bmp": ("uint8", {}),
    "plain.sgi": ("uint8", {}),
}


def write_sources(folder: Path) -> None:
    """A small picture in each of `WAYS`, a tiled EXR and one of three parts."""
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(0).random((24, 20, 3)).astype(np.float32)
    for name, (kind, attributes) in WAYS.items():
        spec = oiio.ImageSpec(20, 24, 3, "uint16" if kind == "uint10" else kind)
        for key, value in {**attributes, "Artist": "a tester", "Orientation": 6}.items():
            spec.attribute(key, value)
        write(folder / name, [spec], pixels)
    tiled = oiio.ImageSpec(20, 24, 3, "half")
    tiled.tile_width = tiled.tile_height = 16
    write(folder / "tiled.exr", [tiled], pixels)
    parts = []
    for part in ("beauty", "normals", "depth"):
        spec = oiio.ImageSpec(20, 24, 3, "half")
        spec.attribute("oiio:subimagename", part)
        parts.append(spec)
    write(folder / "parts.exr", parts, pixels)


def write(path: Path, specs: list[oiio.ImageSpec], pixels: np.ndarray) -> None:
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), specs[0] if len(specs) == 1 else tuple(specs)), out.geterror()
    for index, spec in enumerate(specs):
        if index:
            assert out.open(str(path), spec, "AppendSubimage")
        assert out.write_image(pixels), out.geterror()
    out.close()


@pytest.mark.skipif(sys.platform == "win32", reason="memory and time are limited in a way that Windows lacks")
def test_damaged_images_give_a_picture_or_one_line(tmp_path: Path) -> None:
    write_sources(tmp_path / "sources")
    first = int.from_bytes(os.urandom(5), "big") if ASKED else 0
    command = [sys.executable, "-m", "tests.fuzz.damaged_images", str(tmp_path / "sources"), str(first)]
    done = subprocess.run(
        [*command, str(EXAMPLES * 4)], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
    )
    bad = [line for line in done.stdout.splitlines() if line.startswith("BAD")]
    last = done.stdout.splitlines()[-1:] or ["nothing"]
    assert not bad, "\n".join(bad[:20])
    assert last == ["end"], f"ended with {done.returncode} at {last[0]}: {done.stderr[-500:]}"
