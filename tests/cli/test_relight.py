"""`platelight relight` from files to files."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import entry
from core.image import Image, read_image, write_image
from core.relight import picture

SIZE = (24, 32)


@pytest.fixture
def plate() -> np.ndarray:
    return np.random.default_rng(1).uniform(0.05, 3.0, (*SIZE, 3)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path, plate: np.ndarray) -> Path:
    """plate.exr with alpha and overscan, N.exr facing the camera, one frontal light."""
    alpha = np.ones((*SIZE, 1), dtype=np.float32)
    alpha[:, :8] = 0.5
    pixels = np.concatenate([plate * alpha, alpha], axis=2)
    image = Image(pixels, ("R", "G", "B", "A"), data_window=(-4, -2), display_window=(0, 0, 24, 20), pixel_aspect=2.0)
    write_image(tmp_path / "plate.exr", image, dtype="float")
    _write_normals(tmp_path / "N.exr", SIZE)
    light = {"type": "directional", "direction": [0, 0, -1]}
    (tmp_path / "lights.json").write_text(json.dumps({"version": 1, "lights": [light]}))
    return tmp_path


def _write_normals(path: Path, size: tuple[int, int], layer: str = "N") -> None:
    normals = np.zeros((*size, 3), dtype=np.float32)
    normals[..., 2] = 1.0
    write_image(path, Image.from_layers({layer: normals}), dtype="float")


def _run(folder: Path, *more: str, out: str = "relit.exr") -> int:
    return _relight(folder, folder / "plate.exr", folder / out, *more)


def _relight(folder: Path, plate: Path, out: Path, *more: str) -> int:
    inputs = ["--normals", str(folder / "N.exr"), "--lights", str(folder / "lights.json")]
    return entry(["relight", str(plate), *inputs, "--out", str(out), *more])


def test_a_frontal_light_returns_the_plate_with_its_alpha_and_windows(folder: Path) -> None:
    assert _run(folder, "--specular", "0", "--roughness", "1", "--fov", "1") == 0
    before, after = read_image(folder / "plate.exr"), read_image(folder / "relit.exr")
    np.testing.assert_allclose(after.rgb(), before.rgb(), rtol=2e-3, atol=1e-3)  # half has 11 bits
    np.testing.assert_array_equal(after.alpha(), before.alpha())
    for name in ("data_window", "display_window", "pixel_aspect", "color_space"):
        assert getattr(after, name) == getattr(before, name), name


def test_layers_in_the_file_sum_to_the_beauty(folder: Path) -> None:
    (folder / "lights.json").write_text(
        json.dumps(
            {
                "version": 1,
                "lights": [
                    {"type": "point", "position": [0.4, 0.2, -0.8], "intensity": 2},
                    {"type": "ambient", "intensity": 0.3, "color": [1, 0.5, 0.2]},
                ],
            }
        )
    )
    for mode in ("multiply", "add", "replace"):
        assert _run(folder, "--passes", "--mode", mode) == 0
        image = read_image(folder / "relit.exr")
        layers = [image.layer(name) for name in ("diffuse", "specular", "ambient", "plate")]
        np.testing.assert_allclose(sum(layers), image.rgb(), rtol=1e-5, atol=1e-5)
        assert all(layer.any() for layer in layers[:3])
        assert layers[3].any() == (mode == "add")


def test_png_is_display_encoded_with_straight_alpha(folder: Path, plate: np.ndarray) -> None:
    assert _run(folder, "--specular", "0", "--preview", str(folder / "also.jpg"), out="relit.png") == 0
    shown = read_image(folder / "relit.png")
    dark = plate.max(axis=2) < 0.9
    expected = np.where(plate <= 0.0031308, plate * 12.92, 1.055 * plate ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(shown.rgb()[dark], expected[dark], atol=0.02)
    alpha = shown.alpha()
    assert alpha is not None
    np.testing.assert_allclose(alpha[:, :8], 0.5, atol=0.01)
    assert read_image(folder / "also.jpg").alpha() is None


def test_an_8_bit_plate_is_linearised(folder: Path, plate: np.ndarray) -> None:
    grey = Image(np.full((*SIZE, 3), 0.5, dtype=np.float32), ("R", "G", "B"), color_space="srgb_rec709_scene")
    write_image(folder / "plate.png", grey)
    assert _relight(folder, folder / "plate.png", folder / "relit.exr", "--specular", "0", "--fov", "1") == 0
    np.testing.assert_allclose(read_image(folder / "relit.exr").rgb(), 0.2158, atol=2e-3)


def test_an_acescg_plate_stays_acescg(folder: Path, plate: np.ndarray) -> None:
    write_image(folder / "plate.exr", Image(plate, ("R", "G", "B"), color_space="ACEScg"), dtype="float")
    assert _run(folder, "--specular", "0", "--fov", "1") == 0
    after = read_image(folder / "relit.exr")
    assert after.color_space == read_image(folder / "plate.exr").color_space != "lin_rec709"
    np.testing.assert_allclose(after.rgb(), plate, rtol=2e-3, atol=1e-3)


def test_depth_moves_the_light(folder: Path) -> None:
    light = {"type": "point", "position": [0, 0, 0]}
    (folder / "lights.json").write_text(json.dumps({"version": 1, "lights": [light]}))
    depth = np.full((*SIZE, 1), 1.0, dtype=np.float32)
    depth[:, 16:] = 2.0
    write_image(folder / "depth.exr", Image.from_layers({"depth": depth}))
    assert _run(folder, "--depth", str(folder / "depth.exr"), "--specular", "0", "--fov", "1") == 0
    ratio = read_image(folder / "relit.exr").rgb() / read_image(folder / "plate.exr").rgb()
    np.testing.assert_allclose(ratio[:, :16], 1.0, rtol=5e-3)
    np.testing.assert_allclose(ratio[:, 16:], 0.25, rtol=5e-3)


def test_the_example_lights_are_written_and_work(folder: Path) -> None:
    assert entry(["relight", "--example-lights", str(folder / "lights.json")]) == 0
    assert _run(folder) == 0
    assert read_image(folder / "relit.exr").rgb().max() > 0.0


def _break(folder: Path, what: str) -> list[str]:
    """Spoil one input; returns further arguments."""
    if what == "size":
        _write_normals(folder / "N.exr", (10, 12))
    elif what == "layer":
        _write_normals(folder / "N.exr", SIZE, layer="normal")
    elif what == "json":
        (folder / "lights.json").write_text('{"version": 1, "lights": [{"type": "ambient", "intensity": -3}]}')
    elif what == "plate":
        (folder / "plate.exr").unlink()
    elif what == "normals":
        (folder / "N.exr").write_text("these are no normals")
    elif what == "lights":
        (folder / "lights.json").unlink()
    elif what == "depth":
        _write_normals(folder / "depth.exr", SIZE)
        return ["--depth", str(folder / "depth.exr")]
    elif what == "alpha":
        write_image(folder / "plate.exr", Image(np.ones((*SIZE, 1), dtype=np.float32), ("A",)))
    arguments = {"mode": "--mode screen", "roughness": "--roughness 2", "albedo": "--mode add --albedo 2"}
    return arguments.get(what, "").split()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("size", ["plate.exr", "32x24", "12x10"]),
        ("layer", ["layer N", "normal.red", "platelight normals"]),
        ("json", ["lights[0].intensity", "-3", "from 0"]),
        ("plate", ["plate.exr", "no such file"]),
        ("normals", ["N.exr"]),
        ("lights", ["lights.json", "--example-lights"]),
        ("depth", ["depth.Z"]),
        ("alpha", ["brightness"]),
        ("mode", ["screen", "multiply, add, replace"]),
        ("roughness", ["roughness", "0 to 1"]),
        ("albedo", ["albedo", "0 to 1"]),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    folder: Path, what: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    more = _break(folder, what)
    before = {path.name for path in folder.iterdir()}
    assert _run(folder, *more) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    for word in words:
        assert word in said
    assert {path.name for path in folder.iterdir()} == before


def test_layers_need_exr(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(folder, "--passes", out="relit.png") == 2
    assert "--passes" in capsys.readouterr().err
    assert not (folder / "relit.png").exists()


def test_ctrl_c_between_shading_and_writing_leaves_the_former_result(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _run(folder) == 0
    before = (folder / "relit.exr").read_bytes()
    files = sorted(path.name for path in folder.iterdir())
    real = picture.write_image

    def interrupted(*given: object, **named: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(picture, "write_image", interrupted)
    assert _run(folder) == 1
    assert "stopped" in capfd.readouterr().err.strip().splitlines()[-1]
    assert (folder / "relit.exr").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == files
