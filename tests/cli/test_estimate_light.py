"""`platelight estimate-light` from files to files, and ratio mode from what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import entry
from core.image import Image, read_image, write_image
from core.relight.lights_file import read_lights
from core.relight.nuke_lights import read_nuke_lights
from core.relight.plate_light import read_light_file

SIZE = 32
TOWARD = np.array([0.6, 0.48, 0.64])


def write_ball(folder: Path, name: str, strength: float = 1.0) -> None:
    y, x = (np.mgrid[SIZE - 1 : -1 : -1, 0:SIZE] - (SIZE - 1) / 2) / (SIZE / 2 - 2)
    z = np.sqrt(np.maximum(0.0, 1.0 - x * x - y * y))
    inside = (x * x + y * y < 0.98)[..., None]
    normals = np.where(inside, np.stack([x, y, z], axis=-1), 0.0).astype(np.float32)
    shading = strength * 0.3 * (0.2 + np.maximum(normals @ TOWARD, 0.0))[..., None] * inside
    image = Image((shading * np.array([1.2, 1.0, 0.7])).astype(np.float32), ("R", "G", "B"))
    write_image(folder / f"{name}.exr", image, dtype="float")
    (folder / "N").mkdir(exist_ok=True)
    write_image(folder / "N" / f"{name}.exr", Image.from_layers({"N": normals}), dtype="float")


def run(folder: Path, plate: str, out: str, *more: str) -> int:
    return entry(
        ["estimate-light", str(folder / plate), "--normals", str(folder / "N"), "--out", str(folder / out), *more]
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three frames estimated one by one, with previews."""
    folder = tmp_path_factory.mktemp("shot")
    for number, strength in ((1, 1.0), (2, 2.0), (3, 1.0)):
        write_ball(folder, f"p.{number:04d}", strength)
    assert run(folder, "p.%04d.exr", "lights", "--preview", str(folder / "shown")) == 0
    return folder


def test_each_frame_has_its_light_and_preview(done: Path) -> None:
    assert sorted(path.name for path in (done / "lights").iterdir()) == [f"p.000{n}.json" for n in (1, 2, 3)]
    light = read_light_file(done / "lights" / "p.0002.json")
    assert float(np.dot(light.toward, TOWARD)) > np.cos(np.radians(10.0))
    assert light.plate.endswith("p.0002.exr")
    shown = read_image(done / "shown" / "p.0001.png")
    assert (shown.width, shown.height) == (SIZE + SIZE, 2 * SIZE)


def test_finished_frames_are_left_and_broken_ones_made_again(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (done / "lights" / f"p.000{n}.json" for n in (1, 2))
    kept = first.stat().st_mtime_ns
    good = second.read_text()
    second.write_text("{")
    assert run(done, "p.%04d.exr", "lights") == 0
    assert first.stat().st_mtime_ns == kept
    assert json.loads(second.read_text()) == json.loads(good)
    assert "2 of 3 frames are finished" in capsys.readouterr().err


def test_a_shot_is_merged_into_one_light_and_lights(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lights = done / "key.json"
    assert run(done, "p.%04d.exr", "merged.json", "--merge", "--lights", str(lights)) == 0
    merged = read_light_file(done / "merged.json")
    assert merged.frames == 3
    assert not (done / "p.0001.json").exists()
    key, ambient = read_lights(lights)
    np.testing.assert_allclose(np.array(key.color) * key.intensity, merged.key, rtol=1e-5)
    np.testing.assert_allclose(np.array(ambient.color) * ambient.intensity, merged.ambient, rtol=1e-5)
    told = capsys.readouterr()
    assert told.out.strip() == str(done / "merged.json")
    assert "from the right" in told.err
    assert "confidence" in told.err


def test_plates_of_one_name_in_two_folders_can_be_merged(done: Path) -> None:
    """Two cameras, say; only their previews would be in each other's way."""
    other = done / "second"
    other.mkdir()
    write_ball(other, "p.0001")
    command = ["estimate-light", str(done / "p.0001.exr"), str(other / "p.0001.exr"), "--normals", str(done / "N")]
    assert entry([*command, "--merge", "--out", str(done / "two.json")]) == 0
    assert read_light_file(done / "two.json").frames == 2
    shown = done / "merged_shown"
    assert entry([*command, "--merge", "--out", str(done / "two.json"), "--preview", str(shown)]) == 2
    assert run(done, "p.%04d.exr", "m.json", "--merge", "--preview", str(shown)) == 0
    assert len(list(shown.iterdir())) == 3


def test_a_shot_of_one_frame_has_a_folder_too(done: Path) -> None:
    """A farm gives each task one frame."""
    for number in ("0001", "0002"):
        assert (
            entry(
                [
                    "estimate-light",
                    str(done / "p.%04d.exr"),
                    number,
                    "--normals",
                    str(done / "N"),
                    "--out",
                    str(done / "each"),
                ]
            )
            == 0
        )
    assert sorted(path.name for path in (done / "each").iterdir()) == ["p.0001.json", "p.0002.json"]


def test_one_plate_writes_nukes_lights_too(done: Path) -> None:
    assert run(done, "p.0001.exr", "one.json", "--lights", str(done / "key.nk")) == 0
    (key,), _ = read_nuke_lights(done / "key.nk")
    np.testing.assert_allclose(key.direction, [-v for v in read_light_file(done / "one.json").toward], atol=1e-6)  # type: ignore[union-attr]


@pytest.mark.parametrize("given", ["lights", "lights/p.%04d.json", "lights/p.0001.json"])
def test_ratio_mode_takes_the_light_from_the_file(done: Path, given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry(["relight", "--example-lights", str(done / "lamps.json")]) == 0
    common = ["relight", str(done / "p.0001.exr"), "--normals", str(done / "N"), "--lights", str(done / "lamps.json")]
    ratio = [*common, "--mode", "ratio", "--out"]
    assert entry([*ratio, str(done / "here.exr")]) == 0
    assert entry([*ratio, str(done / "file.exr"), "--from-estimate", str(done / given)]) == 0
    here, file = (read_image(done / f"{name}.exr").rgb() for name in ("here", "file"))
    np.testing.assert_allclose(file, here, rtol=2e-3, atol=2e-3 * float(here.max()))
    assert entry([*ratio, str(done / "other.exr"), "--absolute", "--from-estimate", str(done / given)]) == 0
    assert np.abs(read_image(done / "other.exr").rgb() - here).max() > 0.01
    assert entry([*common, "--out", str(done / "x.exr"), "--from-estimate", str(done / given)]) == 2
    assert "the mode is multiply" in capsys.readouterr().err


def test_frames_of_another_light_are_made_again(done: Path) -> None:
    """A sequence that was relit with its own estimates is not finished once a file is named."""
    assert entry(["relight", "--example-lights", str(done / "lamps.json")]) == 0
    command = ["relight", str(done / "p.%04d.exr"), "--normals", str(done / "N"), "--lights", str(done / "lamps.json")]
    command += ["--mode", "ratio", "--out", str(done / "relit")]
    assert entry(command) == 0
    before = (done / "relit" / "p.0001.exr").stat().st_mtime_ns
    assert entry(command) == 0
    assert (done / "relit" / "p.0001.exr").stat().st_mtime_ns == before
    assert entry([*command, "--from-estimate", str(done / "lights" / "p.0002.json")]) == 0
    assert (done / "relit" / "p.0001.exr").stat().st_mtime_ns > before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["p.%04d.exr", "one.json"], "is one file for several plates"),
        (["p.%04d.exr", "lights", "--lights", "a.json"], "add --merge"),
        (["p.%04d.exr", "folder", "--merge"], "ends with .json"),
        (["p.0001.exr", "a.json", "--mean-albedo", "3"], "mean_albedo is 3"),
        (["p.0001.exr", "a.json", "--color-space", "Nonsense"], "Nonsense"),
        (["nothing.exr", "a.json"], "nothing.exr"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    done: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plate, out, *more = arguments
    assert run(done, plate, out, *more) == 2
    assert words in capsys.readouterr().err


def test_a_black_plate_fails_with_a_reason(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_ball(done, "dark", 0.0)
    assert run(done, "dark.exr", "dark.json") == 1
    assert "pixels of the plate can be used" in capsys.readouterr().err
    assert not (done / "dark.json").exists()


def test_other_settings_make_finished_frames_again(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = [done / "again" / f"p.000{n}.json" for n in (1, 2, 3)]
    assert run(done, "p.%04d.exr", "again") == 0
    first = [read_light_file(path).mean_irradiance for path in frames]
    assert run(done, "p.%04d.exr", "again", "--mean-albedo", "0.15") == 0
    assert "finished" not in capsys.readouterr().err
    for path, before in zip(frames, first, strict=True):
        np.testing.assert_allclose(read_light_file(path).mean_irradiance, 2.0 * np.array(before), rtol=0.05)
    assert run(done, "p.%04d.exr", "again", "--mean-albedo", "0.15") == 0
    assert "3 of 3 frames are finished" in capsys.readouterr().err


def test_a_merged_light_is_of_all_frames_on_a_second_run(done: Path) -> None:
    """One frame alone is not what the file is to hold, whatever is missing; and an unchanged shot is left alone."""
    more = ["--merge", "--skip", "--preview", str(done / "merged_shown")]
    merged = done / "whole.json"
    assert run(done, "p.%04d.exr", "whole.json", *more) == 0
    kept = merged.stat().st_mtime_ns
    assert run(done, "p.%04d.exr", "whole.json", *more) == 0
    assert merged.stat().st_mtime_ns == kept
    (done / "merged_shown" / "p.0002.png").unlink()
    assert run(done, "p.%04d.exr", "whole.json", *more) == 0
    assert read_light_file(merged).frames == 3
    two = ["estimate-light", str(done / "p.%04d.exr"), "1-2", "--normals", str(done / "N"), "--out", str(merged)]
    assert entry([*two, "--merge", "--skip"]) == 0
    assert read_light_file(merged).frames == 2


def test_lights_are_written_of_a_finished_estimate_too(done: Path) -> None:
    assert run(done, "p.0001.exr", "single.json") == 0
    assert run(done, "p.0001.exr", "single.json", "--skip", "--lights", str(done / "late.json")) == 0
    assert [light.name for light in read_lights(done / "late.json")] == ["estimated key", "estimated ambient"]


def test_estimate_and_lights_need_two_names(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(done, "p.0001.exr", "same.json", "--lights", str(done / "same.json")) == 2
    assert "same file as --out" in capsys.readouterr().err
    assert not (done / "same.json").exists()
