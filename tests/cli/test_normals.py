from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import entry
from core.image import Image, read_image, write_image
from core.normals import angular_error_degrees
from tests.core.inference.confident import write_confident_model

ROOT = Path(__file__).resolve().parents[2]


def plate(path: Path, height: int = 40, width: int = 60) -> Path:
    pixels = np.random.default_rng(0).random((height, width, 3)).astype(np.float32)
    write_image(path, Image(pixels, ("R", "G", "B")))
    return path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def model(rays_model: Path) -> list[str]:
    return ["--model", str(rays_model), "--device", "cpu", "--threads", "1"]


def test_a_plate_gives_a_layer_and_a_preview(
    tmp_path: Path, model: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "out"
    assert entry(["normals", str(plate(tmp_path / "plate.exr")), "--out", str(out), *model]) == 0
    assert files(out) == {"plate.exr", "plate_normals.png"}
    captured = capfd.readouterr()
    assert captured.out.strip() == str(out)
    assert "1 normals layer is in" in captured.err
    assert "60 degrees along the longer side" in captured.err
    np.testing.assert_allclose(np.linalg.norm(read_image(out / "plate.exr").layer("N"), axis=-1), 1.0, atol=3e-5)


def test_the_lens_options_reach_the_model(tmp_path: Path, model: list[str]) -> None:
    source = plate(tmp_path / "plate.exr")
    for folder, options in (
        ("wide", ["--fov", "90"]),
        ("same", ["--focal-length", "18", "--film-back", "36"]),
        ("none", []),
    ):
        command = ["normals", str(source), "--out", str(tmp_path / folder), "--no-preview", *model, *options]
        assert entry(command) == 0
    wide, same, none = (read_image(tmp_path / name / "plate.exr").layer("N") for name in ("wide", "same", "none"))
    assert angular_error_degrees(wide, same).max() < 0.01
    assert angular_error_degrees(wide, none).max() > 5.0
    assert files(tmp_path / "wide") == {"plate.exr"}


def test_a_second_run_leaves_finished_frames(
    tmp_path: Path, model: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        plate(tmp_path / f"{name}.exr")
    out = tmp_path / "out"
    command = ["normals", str(tmp_path), "--out", str(out), *model]
    assert entry(command) == 0
    (out / "b_normals.png").unlink()
    first = (out / "a.exr").stat().st_mtime_ns
    capfd.readouterr()
    assert entry(command) == 0
    assert "1 of 2 frames are finished" in capfd.readouterr().err
    assert (out / "a.exr").stat().st_mtime_ns == first
    assert (out / "b_normals.png").exists()
    assert entry([*command, "--overwrite"]) == 0
    assert (out / "a.exr").stat().st_mtime_ns > first


@pytest.mark.parametrize(
    "change", [["--fov", "20"], ["--size", "64"], ["--looks", "2"], ["--deflicker"], "plate", "damage"], ids=str
)
def test_frames_of_other_settings_or_another_plate_are_made_again(
    tmp_path: Path, model: list[str], capfd: pytest.CaptureFixture[str], change: str | list[str]
) -> None:
    plate(tmp_path / "in" / "a.0001.exr")
    out = tmp_path / "out"
    command = ["normals", str(tmp_path / "in"), "--out", str(out), "--no-preview", *model]
    assert entry(command) == 0
    result = out / "a.0001.exr"
    first = result.stat().st_mtime_ns
    if change == "plate":
        os.utime(tmp_path / "in" / "a.0001.exr", ns=(first + 10**9, first + 10**9))
    elif change == "damage":
        result.write_bytes(result.read_bytes()[:100])
    capfd.readouterr()
    assert entry([*command, *(change if isinstance(change, list) else [])]) == 0
    assert "finished" not in capfd.readouterr().err
    assert read_image(result).has_layer("N")
    assert result.stat().st_mtime_ns > first


def test_a_broken_frame_does_not_stop_the_others(
    tmp_path: Path, model: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 4):
        plate(tmp_path / f"plate.{number:04d}.exr")
    (tmp_path / "plate.0002.exr").write_bytes((tmp_path / "plate.0001.exr").read_bytes()[:700])
    out = tmp_path / "out"
    code = entry(["normals", str(tmp_path / "plate.%04d.exr"), "1-4", "--out", str(out), "--no-preview", *model])
    assert code == 1
    assert files(out) == {"plate.0001.exr", "plate.0004.exr"}
    errors = capfd.readouterr().err
    assert "missing frame" in errors
    assert "plate.0003.exr" in errors
    last = errors.strip().splitlines()[-1]
    assert "1 frames missing; 1 of 3 failed" in last
    assert "plate.0002.exr" in last


def test_if_all_is_bad_input_the_code_says_so(tmp_path: Path, model: list[str]) -> None:
    for name in ("a.exr", "b.exr"):
        (tmp_path / name).write_text("text")
    assert entry(["normals", str(tmp_path), "--out", str(tmp_path / "out"), *model]) == 2


def test_sub_folders_are_mirrored(tmp_path: Path, model: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    for folder in ("a", "b/c"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        plate(tmp_path / "in" / folder / "plate.exr")
    out = tmp_path / "out"
    assert entry(["normals", str(tmp_path / "in"), "--out", str(out), *model]) == 2
    assert "--keep-tree" in capfd.readouterr().err
    assert not out.exists()
    assert entry(["normals", str(tmp_path / "in"), "--out", str(out), "--no-preview", "--keep-tree", *model]) == 0
    assert files(out) == {"a/plate.exr", "b/c/plate.exr"}


def test_a_plate_is_not_replaced_by_its_normals(
    tmp_path: Path, model: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    source = plate(tmp_path / "plate.exr")
    before = source.read_bytes()
    assert entry(["normals", str(source), "--out", str(tmp_path), "--overwrite", *model]) == 2
    assert "--out" in capfd.readouterr().err
    assert source.read_bytes() == before


def test_a_preview_does_not_replace_a_plate_either(tmp_path: Path, model: list[str]) -> None:
    for name in ("x.png", "x_normals.png"):
        write_image(tmp_path / name, Image(np.zeros((20, 20, 3), dtype=np.float32), ("R", "G", "B")))
    command = ["normals", str(tmp_path / "x.png"), str(tmp_path / "x_normals.png"), "--out", str(tmp_path), *model]
    before = (tmp_path / "x_normals.png").read_bytes()
    assert entry(command) == 2
    assert (tmp_path / "x_normals.png").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--fov", "300"], "170"),
        (["--focal-length", "35"], "--film-back"),
        (["--size", "5"], "32 or more"),
        (["--color-space", "ACEScq"], "ACEScg"),
        (["--model", "no_such_model"], "shipped models"),
        (["--device", "toaster"], "toaster"),
        (["--threads", "0"], "threads"),
        (["--detail", "extreme"], "extreme"),
        (["--detail", "high", "--tile"], "--tile"),
    ],
)
def test_wrong_options_end_in_one_line(
    tmp_path: Path, model: list[str], capfd: pytest.CaptureFixture[str], options: list[str], word: str
) -> None:
    source = plate(tmp_path / "plate.exr")
    assert entry(["normals", str(source), "--out", str(tmp_path / "out"), *model, *options]) == 2
    errors = capfd.readouterr().err.strip().splitlines()
    assert len(errors) == 1
    assert word in errors[0]
    assert not (tmp_path / "out").exists()


def test_detail_is_followed_and_written_down(tmp_path: Path, model: list[str]) -> None:
    source = plate(tmp_path / "plate.exr", 140, 200)
    views = {}
    for detail in ("low", "medium", "high"):
        out = tmp_path / detail
        assert entry(["normals", str(source), "--out", str(out), "--no-preview", "--detail", detail, *model]) == 0
        views[detail] = read_image(out / "plate.exr").metadata["platelight/view"]
    assert views == {"low": "96x64 low", "medium": "96x64 medium", "high": "192x128 high"}
    assert entry(["normals", str(source), "--out", str(tmp_path / "default"), *model]) == 0
    assert read_image(tmp_path / "default" / "plate.exr").metadata["platelight/view"] == views["medium"]


def test_a_shot_in_parts_does_not_flicker(tmp_path: Path, model: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    for number in range(1, 5):
        plate(tmp_path / "in" / f"plate.{number:04d}.exr")
    (tmp_path / "in" / "plate.0002.exr").write_bytes(b"no picture")
    pattern = str(tmp_path / "in" / "plate.%04d.exr")
    common = ["--no-preview", "--deflicker", *model]
    assert entry(["normals", pattern, "1,3-4", "--out", str(tmp_path / "whole"), *common]) == 0
    assert "plate.0002.exr: passed over" in capfd.readouterr().err
    assert entry(["normals", pattern, "4", "--out", str(tmp_path / "part"), *common]) == 0
    whole, part = (read_image(tmp_path / name / "plate.0004.exr") for name in ("whole", "part"))
    np.testing.assert_array_equal(whole.layer("N"), part.layer("N"))
    assert whole.metadata["platelight/deflicker"] == "6"


def test_a_model_with_confidence_adds_a_channel(tmp_path: Path, model: list[str]) -> None:
    source, confident = plate(tmp_path / "plate.exr", 70, 110), write_confident_model(tmp_path / "confident")
    options = ["--model", str(confident), *model[2:]]
    for folder, more in (("plain", []), ("steady", ["--deflicker"]), ("tiled", ["--tile"])):
        out = tmp_path / folder
        assert entry(["normals", str(source), "--out", str(out), *options, *more]) == 0
        layer = read_image(out / "plate.exr")
        assert layer.layer("confidence").shape == (70, 110, 1)
        assert "confidence.alpha" in layer.channels
        assert "11.25" in str(layer.metadata["platelight/confidence"])
        assert read_image(out / "plate_normals.png").channels == ("R", "G", "B")
    assert entry(["normals", str(source), "--out", str(tmp_path / "without"), *model]) == 0
    assert not read_image(tmp_path / "without" / "plate.exr").has_layer("confidence")


def test_help_needs_no_heavy_package() -> None:
    """`--help` must not import what takes time; the same call shows the examples."""
    script = (
        "import sys\nfrom core.cli.main import entry\n"
        "try:\n    code = entry(['normals', '--help'])\nexcept SystemExit as end:\n    code = end.code\n"
        "heavy = {'numpy', 'torch', 'OpenImageIO', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "plate.%04d.exr 1001-1020" in done.stdout
    assert "confidence.alpha" in done.stdout
