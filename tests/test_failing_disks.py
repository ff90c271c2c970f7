"""Disks that are full, closed or gone in the middle of a command: one line that names the file, and no half of one."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import entry
from core.image import SRGB, Image, read_image, write_image
from tests import lambert
from tests.texture_models import make_texture_model

Command = list[str]
Run = Callable[[Path], Command]

# What the system says -> words of the message -> exit code: 2 where the user has to choose otherwise.
FAILURES = [
    (errno.ENOSPC, "no space left", 1),
    (errno.EDQUOT, "no space left", 1),
    (errno.EACCES, "cannot be written", 2),
    (errno.EROFS, "cannot be written", 2),
    (errno.ESTALE, "folder is gone", 1),
    (errno.EIO, "folder is gone", 1),
    (errno.ETIMEDOUT, "folder is gone", 1),
]


@pytest.fixture(scope="module")
def texture_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_texture_model(tmp_path_factory.mktemp("texture_model"))


@pytest.fixture
def commands(tmp_path: Path, rays_model: Path, texture_model: Path) -> dict[str, Run]:
    """Each command that turns pictures into pictures, on two small ones; from the folder for results."""
    pixels = np.random.default_rng(0).random((40, 48, 3)).astype(np.float32)
    plates = []
    for number in (1, 2):
        write_image(tmp_path / f"plate.{number}.exr", Image(pixels, ("R", "G", "B")))
        write_image(tmp_path / f"texture{number}.png", Image(pixels, ("R", "G", "B"), color_space=SRGB))
        plates.append(str(tmp_path / f"plate.{number}.exr"))
    facing = np.zeros((40, 48, 3), np.float32)
    facing[..., 2] = 1.0
    write_image(tmp_path / "N.exr", Image.from_layers({"N": facing}), dtype="float")
    lights = {"version": 2, "lights": [{"type": "ambient"}]}
    (tmp_path / "lights.json").write_text(json.dumps(lights))
    relit = ["--normals", str(tmp_path / "N.exr"), "--lights", str(tmp_path / "lights.json")]
    maps = [str(tmp_path / f"texture{number}.png") for number in (1, 2)]
    small = ["--device", "cpu", "--threads", "1"]
    return {
        "normals": lambda out: ["normals", *plates, "--out", str(out), "--model", str(rays_model), *small],
        "normal-map": lambda out: ["normal-map", *maps, "--out", str(out), "--model", str(texture_model), *small],
        "relight": lambda out: ["relight", plates[0], *relit, "--out", str(out / "relit.exr")],
    }


def nothing_half(folder: Path) -> None:
    """What is in the folder are whole pictures, and no temporary file."""
    for path in folder.rglob("*") if folder.exists() else ():
        assert not path.name.startswith("."), path
        if path.is_file():
            read_image(path)


def failing_at(
    monkeypatch: pytest.MonkeyPatch, number: int, folder: Path, after: int, what: Callable[[], None] = lambda: None
) -> None:
    """From call `after` on, files cannot be put into `folder`: `os.replace` fails with `number`."""
    real, seen = os.replace, [0]

    def replace(source: str | Path, target: str | Path, **more: object) -> None:
        if Path(target).is_relative_to(folder):
            seen[0] += 1
            if seen[0] > after:
                what()
                raise OSError(number, os.strerror(number), str(source), None, str(target))
        real(source, target, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", replace)


@pytest.mark.parametrize("name", ["normals", "normal-map", "relight"])
@pytest.mark.parametrize(("number", "words", "code"), FAILURES)
def test_a_disk_that_fails_is_told_in_one_line(
    commands: dict[str, Run],
    name: str,
    number: int,
    words: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    failing_at(monkeypatch, number, out, after=0)
    found = entry(commands[name](out))
    told = capsys.readouterr().err
    assert found == code, told
    assert words in told
    assert str(out) in told
    assert "Traceback" not in told
    assert "unexpected" not in told
    nothing_half(out)


@pytest.mark.parametrize("name", ["normals", "normal-map"])
def test_a_folder_that_vanishes_keeps_the_frames_before_and_the_same_command_goes_on(
    commands: dict[str, Run],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    command = [*commands[name](out), *(["--no-preview"] if name == "normals" else [])]
    with monkeypatch.context() as patch:
        failing_at(patch, errno.ESTALE, out, after=1)
        assert entry(command) == 1
    assert "folder is gone" in capsys.readouterr().err
    assert len(list(out.iterdir())) == 1
    nothing_half(out)
    assert entry(command) == 0
    assert len(list(out.iterdir())) == 2


def test_a_folder_that_is_removed_while_a_frame_is_written_is_told(
    commands: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    failing_at(monkeypatch, errno.ENOENT, out, after=0, what=lambda: shutil.rmtree(out, ignore_errors=True))
    assert entry(commands["relight"](out)) == 1
    assert "folder is gone" in capsys.readouterr().err
    assert not out.exists()


def test_a_plate_whose_folder_vanishes_is_told(
    commands: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = Path.open

    def stale(self: Path, *arguments: object, **more: object) -> object:
        if self.name == "plate.2.exr":
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(self))
        return real(self, *arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", stale)
    assert entry(commands["normals"](tmp_path / "out")) == 1
    told = capsys.readouterr().err
    assert f"{tmp_path / 'plate.2.exr'}: cannot be opened" in told
    assert (tmp_path / "out" / "plate.1.exr").exists()


@pytest.mark.parametrize(("number", "words", "code"), FAILURES)
def test_a_training_keeps_its_last_checkpoint_and_goes_on(
    number: int,
    words: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    lambert.write_set(tmp_path / "data", 4)
    settings = {"task": "plate_normals", "steps": 2, "batch": 2, "size": 32, "device": "cpu", "validation_share": 0.3}
    settings |= {"validate_every": 0, "preview_every": 0, "log_every": 1, "pretrained": False}
    settings |= {"checkpoint_seconds": 0.0, "model": {"width": 8, "fine_width": 8, "detail_width": 4}}
    (tmp_path / "recipe.json").write_text(json.dumps(settings))
    run = tmp_path / "run"
    command = ["train", "plate_normals", "--data", str(tmp_path / "data"), "--out", str(run)]
    command += ["--recipe", str(tmp_path / "recipe.json")]
    with monkeypatch.context() as patch:
        real = os.replace

        def replace(source: str | Path, target: str | Path, **more: object) -> None:
            if Path(target).name == "checkpoint.pt":
                raise OSError(number, os.strerror(number), str(source), None, str(target))
            real(source, target, **more)  # type: ignore[arg-type]

        patch.setattr(os, "replace", replace)
        assert entry(command) == code
    told = capsys.readouterr().err
    assert words in told
    assert "checkpoint.pt" in told
    assert "Traceback" not in told
    assert not [path for path in run.rglob(".*") if path.is_file() and "partial" in path.name]
    if number == errno.ESTALE:
        assert entry(command) == 0
        assert (run / "checkpoint.pt").exists()
