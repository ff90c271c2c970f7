"""`platelight relight` from files to files."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import entry
from core.color import convert
from core.image import Image, read_image, write_image
from core.relight import output

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


@pytest.mark.parametrize("space", ["ACEScg", "lin_rec709"])
def test_an_albedo_file_is_brought_to_the_space_of_the_plate(folder: Path, plate: np.ndarray, space: str) -> None:
    write_image(folder / "plate.exr", Image(plate, ("R", "G", "B"), color_space="ACEScg"), dtype="float")
    paint = np.zeros((*SIZE, 3), np.float32) + np.float32([0.6, 0.3, 0.1])
    write_image(folder / "albedo.exr", Image(paint, ("R", "G", "B"), color_space=space), dtype="float")
    more = ["--mode", "replace", "--albedo", str(folder / "albedo.exr"), "--specular", "0", "--roughness", "1"]
    assert _run(folder, *more, "--fov", "1") == 0
    found = read_image(folder / "relit.exr").rgb()
    np.testing.assert_allclose(found, convert(paint, space, "ACEScg"), rtol=2e-3, atol=1e-3)


def test_occlusion_is_found_among_the_layers_of_a_render(folder: Path) -> None:
    (folder / "lights.json").write_text(json.dumps({"version": 1, "lights": [{"type": "ambient"}]}))
    layers = {"": np.full((*SIZE, 3), 0.1), "occlusion": np.full(SIZE, 0.5)}
    write_image(folder / "render.exr", Image.from_layers(layers), dtype="float")
    assert _run(folder) == 0
    open_ = read_image(folder / "relit.exr").rgb()
    assert _run(folder, "--occlusion", str(folder / "render.exr"), "--overwrite") == 0
    np.testing.assert_allclose(read_image(folder / "relit.exr").rgb(), 0.5 * open_, rtol=2e-3, atol=1e-3)


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


def test_depth_in_centimetres_is_told_and_scaled(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    light = {"type": "point", "position": [0, 0, 0]}
    (folder / "lights.json").write_text(json.dumps({"version": 1, "lights": [light]}))
    write_image(folder / "depth.exr", Image.from_layers({"depth": np.full((*SIZE, 1), 200.0, dtype=np.float32)}))
    named = ["--depth", str(folder / "depth.exr"), "--specular", "0", "--fov", "1"]
    assert _run(folder, *named) == 0
    assert "scene is 200 m away and no lamp farther than 0.0 m" in capsys.readouterr().err
    assert _run(folder, *named, "--depth-scale", "0.01") == 0
    assert "away" not in capsys.readouterr().err
    ratio = read_image(folder / "relit.exr").rgb() / read_image(folder / "plate.exr").rgb()
    np.testing.assert_allclose(ratio, 0.25, rtol=5e-3)
    assert _run(folder, "--depth-scale", "0.01") == 2
    assert "--depth-scale: goes with --depth" in capsys.readouterr().err
    assert _run(folder, *named, "--depth-scale", "0") == 2
    assert "above 0 metres a unit" in capsys.readouterr().err


def test_depth_of_another_kind_moves_the_light_as_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    light = {"type": "point", "position": [0, 0, 0]}
    (folder / "lights.json").write_text(json.dumps({"version": 1, "lights": [light]}))
    inverse = np.full((*SIZE, 1), 0.5, dtype=np.float32)
    write_image(folder / "depth.exr", Image.from_layers({"depth": inverse}))
    assert _run(folder, "--depth-is", "inverse", "--specular", "0", "--fov", "1") == 2
    assert "goes with --depth" in capsys.readouterr().err
    named = ["--depth", str(folder / "depth.exr"), "--depth-is", "inverse"]
    assert _run(folder, *named, "--specular", "0", "--fov", "1") == 0
    ratio = read_image(folder / "relit.exr").rgb() / read_image(folder / "plate.exr").rgb()
    np.testing.assert_allclose(ratio, 0.25, rtol=5e-3)


def test_the_field_of_view_is_that_of_the_normals(folder: Path) -> None:
    light = {"type": "point", "position": [0.4, 0.0, 0.0]}
    (folder / "lights.json").write_text(json.dumps({"version": 1, "lights": [light]}))
    made = {}
    for name, told, options in (("given", None, ["--fov", "80"]), ("told", 80.0, []), ("none", None, [])):
        normals = read_image(folder / "N.exr")
        write_image(folder / "N.exr", normals, metadata={} if told is None else {"platelight/fov_degrees": told})
        assert _run(folder, "--specular", "0", "--overwrite", *options) == 0
        made[name] = read_image(folder / "relit.exr").rgb()
        (folder / "N.exr").unlink()
        write_image(folder / "N.exr", normals)
    np.testing.assert_array_equal(made["told"], made["given"])
    assert np.abs(made["none"] - made["given"]).max() > 0.02


def test_the_example_lights_are_written_and_work(folder: Path) -> None:
    (folder / "lights.json").unlink()
    assert entry(["relight", "--example-lights", str(folder / "lights.json")]) == 0
    assert _run(folder) == 0
    assert read_image(folder / "relit.exr").rgb().max() > 0.0
    (folder / "lights.json").write_text("mine")
    assert entry(["relight", "--example-lights", str(folder / "lights.json")]) == 2
    assert (folder / "lights.json").read_text() == "mine"


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
        ("mode", ["screen", "multiply, ratio, add, replace"]),
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


def test_every_pass_and_light_is_a_layer(folder: Path) -> None:
    lights = [
        {"type": "directional", "name": "key light", "direction": [-1, -1, -1]},
        {"type": "rim", "spread": 1},
        {"type": "ambient", "name": "off", "enabled": False},
        {"type": "area", "name": "key-light", "position": [0.5, 0, -1], "direction": [0, 0, -1]},
    ]
    (folder / "lights.json").write_text(json.dumps({"version": 2, "lights": lights}))
    assert _run(folder, "--passes", "--light-layers", "--mode", "add", "--albedo", "0.5") == 0
    image = read_image(folder / "relit.exr")
    named = ["light_key_light", "light_rim", "light_key_light2"]
    assert [layer for layer in image.layers if layer.startswith("light_")] == sorted(named)
    np.testing.assert_allclose(sum(image.layer(name) for name in [*named, "plate"]), image.rgb(), rtol=1e-5, atol=1e-5)
    mask, shadow = image.layer("mask"), image.layer("shadow")
    np.testing.assert_allclose(mask, image.alpha(), atol=1e-6)
    np.testing.assert_array_equal(shadow, 1.0)
    whole = folder / "whole.exr"
    assert _relight(folder, folder / "plate.exr", whole, "--mode", "add", "--albedo", "0.5") == 0
    np.testing.assert_allclose(read_image(whole).rgb(), image.rgb(), rtol=2e-3, atol=1e-3)


def test_layers_in_bands_are_those_of_the_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(folder, "--passes") == 0
    whole = read_image(folder / "relit.exr").pixels
    monkeypatch.setattr("core.relight.picture._BAND_PIXELS", 5 * SIZE[1])
    assert _run(folder, "--passes", "--preview", str(folder / "p.png")) == 0
    np.testing.assert_array_equal(read_image(folder / "relit.exr").pixels, whole)
    assert (folder / "p.png").exists()


def test_occlusion_and_env(folder: Path) -> None:
    sky = np.full((16, 32, 3), 0.5, dtype=np.float32)
    write_image(folder / "sky.exr", Image(sky, ("R", "G", "B")), dtype="float")
    closed = np.full((*SIZE, 1), 0.5, dtype=np.float32)
    write_image(folder / "ao.exr", Image(closed, ("Y",)), dtype="float")
    out, sky_file, closed_file = folder / "env.exr", str(folder / "sky.exr"), str(folder / "ao.exr")
    files = ["--normals", str(folder / "N.exr"), "--env", sky_file, "--occlusion", closed_file, "--out", str(out)]
    assert entry(["relight", str(folder / "plate.exr"), *files, "--specular", "0", "--passes"]) == 0
    image, plate = read_image(out), read_image(folder / "plate.exr")
    np.testing.assert_allclose(image.layer("diffuse"), plate.rgb() * 0.25, rtol=1e-3, atol=1e-5)


def test_shadows_need_depth_and_fall(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(folder, "--shadows") == 2
    assert "--depth" in capsys.readouterr().err
    depth = np.full((*SIZE, 1), 3.0, dtype=np.float32)
    depth[8:16, 12:16] = 2.0  # a thing before a wall
    write_image(folder / "depth.exr", Image.from_layers({"depth": depth}), dtype="float")
    light = {"type": "directional", "direction": [-1, 0, -1]}
    (folder / "lights.json").write_text(json.dumps({"version": 2, "lights": [light]}))
    shadowed = ["--depth", str(folder / "depth.exr"), "--shadows", "--shadow-thickness", "1", "--passes"]
    assert _run(folder, *shadowed) == 0
    shadow = read_image(folder / "relit.exr").layer("shadow")[..., 0]
    assert shadow.min() == 0.0
    assert shadow[8:16, 12:16].min() == 1.0
    assert shadow[0].min() == 1.0


def test_ratio_by_the_plate_s_own_light_keeps_its_texture(tmp_path: Path) -> None:
    """A ball lit from the left, relit from the right: the bright side moves."""
    size = 48
    x, y = np.meshgrid((np.arange(size) + 0.5) / size * 2 - 1, 1 - (np.arange(size) + 0.5) / size * 2)
    inside = x**2 + y**2 < 0.95
    normals = np.stack([x, y, np.sqrt(np.maximum(1 - x**2 - y**2, 0.0))], axis=-1) * inside[..., None]
    shading = np.maximum(normals @ np.array([-0.7, 0.1, 0.7]), 0.0) + 0.15
    plate = (0.4 * shading * inside)[..., None] * np.ones(3)
    write_image(tmp_path / "plate.exr", Image(plate.astype(np.float32), ("R", "G", "B")), dtype="float")
    write_image(tmp_path / "N.exr", Image.from_layers({"N": normals}), dtype="float")
    lights = [{"type": "directional", "direction": [-0.7, -0.1, -0.7]}, {"type": "ambient", "intensity": 0.15}]
    (tmp_path / "lights.json").write_text(json.dumps({"version": 2, "lights": lights}))
    assert _relight(tmp_path, tmp_path / "plate.exr", tmp_path / "out.exr", "--mode", "ratio", "--specular", "0") == 0
    relit = read_image(tmp_path / "out.exr").rgb()[..., 0]
    left, right = relit[16:32, 8:16].mean(), relit[16:32, 32:40].mean()
    assert plate[16:32, 8:16].mean() > 2.0 * plate[16:32, 32:40].mean()
    assert right > 1.5 * left
    assert relit[inside].mean() == pytest.approx(plate[inside].mean() * _mean_light(normals[inside]), rel=0.3)
    assert _relight(tmp_path, tmp_path / "plate.exr", tmp_path / "abs.exr", "--mode", "ratio", "--absolute") == 0
    assert not np.allclose(read_image(tmp_path / "abs.exr").rgb()[..., 0], relit, rtol=0.05)


def _mean_light(normals: np.ndarray) -> float:
    """Of the two lights of the test above: what a balanced estimate, whose own mean is 1, is exchanged for."""
    toward = np.array([0.7, 0.1, 0.7]) / np.linalg.norm([0.7, 0.1, 0.7])
    return float(np.mean(np.maximum(normals @ toward, 0.0) + 0.15))


@pytest.fixture
def shot(folder: Path, plate: np.ndarray) -> Path:
    """Frames 1001 to 1003 of plates and normals; the last frame of the normals is broken."""
    for number in (1001, 1002, 1003):
        frame = Image(plate * (number - 1000), ("R", "G", "B"))
        write_image(folder / f"plate.{number}.exr", frame, dtype="float")
        (folder / "normals").mkdir(exist_ok=True)
        _write_normals(folder / "normals" / f"plate.{number}.exr", SIZE)
    return folder


def _sequence(shot: Path, *more: str, out: str = "relit") -> int:
    files = ["--normals", str(shot / "normals"), "--lights", str(shot / "lights.json")]
    return entry(["relight", str(shot / "plate.%04d.exr"), "1001-1003", *files, "--out", str(shot / out), *more])


def test_a_sequence_is_done_once(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = ["--preview", str(shot / "shown"), "--specular", "0", "--fov", "1"]
    assert _sequence(shot, *more) == 0
    assert sorted(path.name for path in (shot / "relit").iterdir()) == [f"plate.{n}.exr" for n in (1001, 1002, 1003)]
    assert sorted(path.name for path in (shot / "shown").iterdir()) == [f"plate.{n}.png" for n in (1001, 1002, 1003)]
    first = {path: path.stat().st_mtime_ns for path in (shot / "relit").iterdir()}
    one, two = (read_image(shot / "relit" / f"plate.{n}.exr").rgb() for n in (1001, 1002))
    np.testing.assert_allclose(two, one * 2.0, rtol=5e-3, atol=1e-3)
    capsys.readouterr()
    assert _sequence(shot, *more) == 0
    assert "3 of 3 frames are finished" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in (shot / "relit").iterdir()} == first
    (shot / "relit" / "plate.1002.exr").unlink()
    assert _sequence(shot, *more) == 0
    assert "2 of 3 frames are finished" in capsys.readouterr().err


def test_changed_lights_options_or_plates_are_done_again(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _sequence(shot) == 0
    assert _sequence(shot, "--roughness", "0.2") == 0
    assert "finished" not in capsys.readouterr().err
    light = {"type": "directional", "direction": [0, 0, -1], "intensity": 2}
    (shot / "lights.json").write_text(json.dumps({"version": 2, "lights": [light]}))
    assert _sequence(shot, "--roughness", "0.2") == 0
    assert "finished" not in capsys.readouterr().err
    later = (shot / "relit" / "plate.1001.exr").stat().st_mtime + 10
    os.utime(shot / "normals" / "plate.1001.exr", (later, later))
    assert _sequence(shot, "--roughness", "0.2") == 0
    assert "2 of 3 frames are finished" in capsys.readouterr().err
    assert _sequence(shot, "--roughness", "0.2", "--overwrite") == 0
    assert "finished" not in capsys.readouterr().err


def test_one_bad_frame_does_not_lose_the_others(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shot / "normals" / "plate.1002.exr").write_text("broken")
    assert _sequence(shot) == 1
    said = capsys.readouterr().err
    assert "failed:" in said
    assert "plate.1002.exr" in said
    assert "1 of 3 failed" in said.strip().splitlines()[-1]
    assert sorted(path.name for path in (shot / "relit").iterdir()) == ["plate.1001.exr", "plate.1003.exr"]
    (shot / "plate.1003.exr").unlink()
    _write_normals(shot / "normals" / "plate.1002.exr", SIZE)
    assert _sequence(shot) == 1
    assert "missing" in capsys.readouterr().err.strip().splitlines()[-1]
    assert (shot / "relit" / "plate.1002.exr").exists()


def test_patterns_name_inputs_and_results(shot: Path) -> None:
    normals = str(shot / "normals" / "plate.####.exr")
    files = ["--normals", normals, "--lights", str(shot / "lights.json"), "--out", str(shot / "out" / "r_v2.%05d.exr")]
    assert entry(["relight", str(shot / "plate.%04d.exr"), "1001,1003", *files]) == 0
    assert sorted(path.name for path in (shot / "out").iterdir()) == ["r_v2.01001.exr", "r_v2.01003.exr"]


@pytest.mark.parametrize(
    ("out", "words"),
    [("one.exr", ["one file for several", "%04d"]), (".", ["would replace this input"])],
)
def test_results_never_fall_on_one_another_or_on_plates(
    shot: Path, out: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(path.name for path in shot.iterdir())
    assert _sequence(shot, out=out) == 2
    said = capsys.readouterr().err
    for word in words:
        assert word in said
    assert sorted(path.name for path in shot.iterdir()) == before


def test_lights_go_to_nuke_and_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry(["relight", "--example-lights", str(folder / "a.json")]) == 0
    assert entry(["relight", "--convert-lights", str(folder / "a.json"), str(folder / "a.nk")]) == 0
    assert "'room' is left out" in capsys.readouterr().err
    assert (folder / "a.nk").read_text().count("Light") >= 2
    assert entry(["relight", "--convert-lights", str(folder / "a.nk"), str(folder / "b.json")]) == 0
    names = [light["name"] for light in json.loads((folder / "b.json").read_text())["lights"]]
    assert names == ["key", "lamp"]
    files = ["--normals", str(folder / "N.exr"), "--lights", str(folder / "a.nk"), "--out", str(folder / "r.exr")]
    assert entry(["relight", str(folder / "plate.exr"), *files]) == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [("comp.nk", "Read {\n name Read1\n}\nDirectLight {\n name key\n}\n"), ("notes.json", '{"mine": 1}'), ("x.nk", "")],
)
def test_a_conversion_replaces_lights_and_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    assert entry(["relight", "--example-lights", str(folder / "a.json")]) == 0
    for target in ("a.nk", "b.json"):
        for _ in range(2):
            assert entry(["relight", "--convert-lights", str(folder / "a.json"), str(folder / target)]) == 0
    (folder / name).write_text(text)
    assert entry(["relight", "--convert-lights", str(folder / "a.json"), str(folder / name)]) == 2
    assert f"{name}: is there" in capsys.readouterr().err
    assert (folder / name).read_text() == text


def test_no_light_at_all_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--normals", str(folder / "N.exr"), "--out", str(folder / "r.exr")]
    assert entry(["relight", str(folder / "plate.exr"), *files]) == 2
    assert "--env" in capsys.readouterr().err


def test_ctrl_c_between_shading_and_writing_leaves_the_former_result(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _run(folder) == 0
    before = (folder / "relit.exr").read_bytes()
    files = sorted(path.name for path in folder.iterdir())
    real = output.write_image

    def interrupted(*given: object, **named: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(output, "write_image", interrupted)
    assert _run(folder) == 1
    assert "stopped" in capfd.readouterr().err.strip().splitlines()[-1]
    assert (folder / "relit.exr").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == files


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--absolute"], "--mode ratio"),
        (["--albedo", "0.5"], "--mode add"),
        (["--occlude-all"], "--occlusion"),
        (["--occlusion", "AO.exr"], "--occlude-all"),
        (["--env-rotation", "90"], "--env"),
        (["--env-intensity", "2"], "--env"),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(
    folder: Path, options: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(folder, *options) == 2
    said = " ".join(capsys.readouterr().err.split())
    for expected in (options[0], word, "would change nothing here"):
        assert expected in said
    assert not (folder / "relit.exr").exists()


def test_occlusion_that_changes_something_is_taken(folder: Path) -> None:
    write_image(folder / "AO.exr", Image(np.full((*SIZE, 1), 0.5, np.float32), ("Y",), data_window=(-4, -2)))
    occlusion = ["--occlusion", str(folder / "AO.exr")]
    assert _run(folder, *occlusion, "--occlude-all") == 0
    lights = [{"type": "directional", "direction": [0, 0, -1]}, {"type": "ambient", "intensity": 0.2}]
    (folder / "lights.json").write_text(json.dumps({"version": 1, "lights": lights}))
    assert _run(folder, *occlusion) == 0


def test_messages_name_the_file_that_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_image(folder / "behind.exr", Image.from_layers({"depth": np.full((*SIZE, 1), -2.0)}))
    _write_normals(folder / "small.exr", (8, 8))
    write_image(folder / "no_layer.exr", Image.from_layers({"": np.zeros((*SIZE, 3))}))
    for option, name in (("--depth", "behind.exr"), ("--normals", "small.exr"), ("--normals", "no_layer.exr")):
        assert _run(folder, option, str(folder / name)) == 2
        assert str(folder / name) in "".join(capsys.readouterr().err.split("\n"))
