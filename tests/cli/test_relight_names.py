"""`platelight relight`: which files belong to a plate, what is never written over, and what a second run leaves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import entry
from core.image import Image, read_image, write_image
from core.relight.lights import EnvironmentLight
from core.relight.lights_file import read_lights

SIZE = (12, 16)
BRIGHT = {"type": "ambient", "intensity": 2}


def _picture(path: Path, value: float = 0.5) -> Path:
    write_image(path, Image(np.full((*SIZE, 3), value, np.float32), ("R", "G", "B")))
    return path


def _normals(path: Path, toward: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Path:
    layer = np.broadcast_to(np.array(toward, np.float32), (*SIZE, 3))
    write_image(path, Image.from_layers({"N": layer}), dtype="float")
    return path


def _lights(path: Path, *lights: dict[str, object]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"version": 2, "lights": lights}))
    return path


def test_what_lights_a_plate_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _picture(tmp_path / "p.exr")
    _normals(tmp_path / "n.exr")
    sky = _picture(tmp_path / "sky.exr", 0.9)
    before = sky.read_bytes()
    files = ["relight", str(tmp_path / "p.exr"), "--normals", str(tmp_path / "n.exr")]
    lights = _lights(tmp_path / "l.json", {"type": "environment", "file": "sky.exr"})
    for given in (["--env", str(sky)], ["--lights", str(lights)]):
        for written in (["--out", str(sky)], ["--out", str(tmp_path / "o.exr"), "--preview", str(sky)]):
            assert entry([*files, *given, *written]) == 2
            assert "would replace this input" in capsys.readouterr().err
    assert sky.read_bytes() == before


def test_result_and_preview_need_two_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(_picture(tmp_path / "p.exr")), "--normals", str(_normals(tmp_path / "n.exr"))]
    both = ["--out", str(tmp_path / "o.exr"), "--preview", str(tmp_path / "o.exr")]
    assert entry(["relight", *files, "--lights", str(_lights(tmp_path / "l.json", BRIGHT)), *both]) == 2
    assert "--out and --preview" in capsys.readouterr().err


def test_pixels_of_other_places_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Crops of one size from two places of the same frame."""
    frame = (0, 0, 64, 64)
    grey = np.full((*SIZE, 3), 0.5, np.float32)
    facing = np.broadcast_to(np.array((0.0, 0.0, 1.0), np.float32), (*SIZE, 3))
    write_image(tmp_path / "p.exr", Image(grey, ("R", "G", "B"), data_window=(4, 4), display_window=frame))
    window = {"data_window": (8, 4), "display_window": frame}
    write_image(tmp_path / "n.exr", Image.from_layers({"N": facing}, **window), dtype="float")
    write_image(tmp_path / "z.exr", Image.from_layers({"depth": grey[..., 0]}, display_window=frame))
    files = [str(tmp_path / "p.exr"), "--normals", str(tmp_path / "n.exr")]
    lights = ["--lights", str(_lights(tmp_path / "l.json", BRIGHT))]
    depth = ["--normals", str(tmp_path / "n.exr"), "--depth", str(tmp_path / "z.exr")]
    for command, out in (
        (["relight", *files, *lights], "o.exr"),
        (["estimate-light", *files], "o.json"),
        (["occlusion", *depth], "o.exr"),
    ):
        assert entry([*command, "--out", str(tmp_path / out)]) == 2
        assert "one data window" in capsys.readouterr().err
        assert not (tmp_path / out).exists()


def test_a_frame_without_normals_does_not_stop_the_shot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are made; where no frame has any, the folder is wrong, and that is all that is said."""
    for number in (1, 2, 3):
        (tmp_path / "N").mkdir(exist_ok=True)
        _picture(tmp_path / f"p.{number}.exr")
        _normals(tmp_path / "N" / f"p.{number}.exr")
    (tmp_path / "N" / "p.2.exr").unlink()
    lights = ["--lights", str(_lights(tmp_path / "l.json", BRIGHT))]
    command = ["relight", *(str(tmp_path / f"p.{number}.exr") for number in (1, 2, 3)), *lights]
    assert entry([*command, "--normals", str(tmp_path / "N"), "--out", str(tmp_path / "out")]) != 0
    told = capsys.readouterr()
    assert "p.2.exr" in told.out + told.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["p.1.exr", "p.3.exr"]
    (tmp_path / "empty").mkdir()
    assert entry([*command, "--normals", str(tmp_path / "empty"), "--out", str(tmp_path / "none")]) == 2
    assert "no normals for p.1.exr" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_preview_of_other_lights_is_made_again(tmp_path: Path) -> None:
    """The preview was left behind when the frames were relit without one."""
    for number in (1, 2):
        _picture(tmp_path / f"p.{number:04d}.exr", 0.2)
    _normals(tmp_path / "n.exr")
    dark, bright = _lights(tmp_path / "dark.json", {**BRIGHT, "intensity": 0.5}), _lights(tmp_path / "b.json", BRIGHT)
    files = ["relight", str(tmp_path / "p.%04d.exr"), "--normals", str(tmp_path / "n.exr")]
    out = ["--out", str(tmp_path / "relit")]
    shown = ["--preview", str(tmp_path / "shown")]
    assert entry([*files, "--lights", str(dark), *out, *shown]) == 0
    first = read_image(tmp_path / "shown" / "p.0001.png").pixels
    assert entry([*files, "--lights", str(bright), *out]) == 0
    assert entry([*files, "--lights", str(bright), *out, *shown]) == 0
    assert float(read_image(tmp_path / "shown" / "p.0001.png").pixels.mean()) > 1.2 * float(first.mean())


def test_the_pattern_of_the_plates_says_which_number_counts(tmp_path: Path) -> None:
    """In "p.0001_v2.exr" it is not the last one."""
    for number, toward in ((1, (0.0, 0.0, 1.0)), (2, (0.0, 1.0, 0.0))):
        _picture(tmp_path / f"p.{number:04d}_v2.exr")
        _normals(tmp_path / f"n.{number:04d}.exr", toward)
    light = _lights(tmp_path / "l.json", {"type": "directional", "direction": [0, 0, -1], "specular": False})
    files = ["--normals", str(tmp_path / "n.####.exr"), "--lights", str(light), "--out", str(tmp_path / "r.%04d.exr")]
    assert entry(["relight", str(tmp_path / "p.%04d_v2.exr"), *files]) == 0
    facing, away = (float(read_image(tmp_path / f"r.000{number}.exr").rgb().mean()) for number in (1, 2))
    assert facing > 0.3
    assert away < 0.1 * facing
    assert entry(["relight", str(tmp_path / "p.%04d_v2.exr"), "2", *files[:-1], str(tmp_path / "one" / "#.exr")]) == 0
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["2.exr"]


def test_a_frame_of_a_sequence_is_not_taken_for_a_single_plate_s_normals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _picture(tmp_path / "p.exr")
    (tmp_path / "N").mkdir()
    _normals(tmp_path / "N" / "p.1001.exr")
    (tmp_path / "N" / "p.txt").write_text("notes")
    files = ["--normals", str(tmp_path / "N"), "--out", str(tmp_path / "o.exr")]
    command = ["relight", str(tmp_path / "p.exr"), *files, "--lights", str(_lights(tmp_path / "l.json", BRIGHT))]
    assert entry(command) == 2
    assert "no normals for p.exr" in capsys.readouterr().err
    _normals(tmp_path / "N" / "p.tif.exr").rename(tmp_path / "N" / "p.EXR")
    assert entry(command) == 0


@pytest.mark.parametrize("elsewhere", [False, True])
def test_converted_lights_still_find_their_picture(
    tmp_path: Path, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _lights(Path("show") / "l.json", {"type": "environment", "file": "sky.exr"})
    _picture(Path("show") / "sky.exr")
    copy = Path("copy") / "l.json" if elsewhere else Path("show") / "copy.json"
    assert entry(["relight", "--convert-lights", str(Path("show") / "l.json"), str(copy)]) == 0
    (sky,) = read_lights(copy)
    assert isinstance(sky, EnvironmentLight)
    assert Path(sky.file).resolve() == (tmp_path / "show" / "sky.exr").resolve()
    assert json.loads(copy.read_text())["lights"][0]["file"] == ("../show/sky.exr" if elsewhere else "sky.exr")
    assert entry(["relight", "--convert-lights", str(copy), "l.nk"]) == 0
    assert entry(["relight", "--convert-lights", "l.nk", str(Path("show") / "back.json")]) == 0
    assert json.loads((Path("show") / "back.json").read_text())["lights"][0]["file"] == "sky.exr"
