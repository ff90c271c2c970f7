"""`platelight demo`: order of the steps, what they leave, and the page. The long steps are played by stand-ins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import core.card
from core.card import ModelCard, Port, write_card
from core.cli.main import entry
from core.demo.main_job import DemoSettings, run_demo
from core.errors import BadInput, FileMissing, WorkFailed
from core.image import SRGB, Image, read_header, read_image, write_image
from core.inference.sequence import expand_inputs, plan_outputs
from core.inference.session import DEFAULT_MODEL


def _write_model(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(b"weights")
    port = Port("plate", 3, "srgb_shoulder_v1")
    card = ModelCard(
        name=name,
        task="plate_normals",
        version="1",
        description=f"The model {name}.",
        inputs=(port,),
        outputs=(port,),
        multiple_of=32,
        work_size=256,
        default_fov_degrees=50.0,
        weights="model.onnx",
        sha256=hashlib.sha256(b"weights").hexdigest(),
        precision="fp16",
        scores={"scenes not seen": {"mean_of_sets": {"mean": 12.5}}},
        parity={"mean_degrees": 0.0125, "p99.9_degrees": 0.25},
    )
    write_card(folder, card)


class StandIn:
    """Plays the commands: leaves the files that they leave, runs `relight` for real, and remembers the calls."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.calls: list[list[str]] = []

    def __call__(self, arguments: Sequence[str]) -> float:
        self.calls.append(list(arguments))
        play = getattr(self, arguments[0])
        play(list(arguments[1:]))
        return 1.0

    def generate(self, arguments: list[str]) -> None:
        folder = Path(arguments[arguments.index("--out") + 1])
        count = int(arguments[arguments.index("--count") + 1])
        folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"seed": 7, "renderer": "mitsuba", "passes": ["RGBA", "N"]})
        (folder / "manifest.jsonl").write_text((line + "\n") * count)
        sheet = Image(np.full((32, 48, 3), 0.5, dtype=np.float32), ("R", "G", "B"), color_space=SRGB)
        write_image(folder / "contact_sheet.png", sheet)

    def train(self, arguments: list[str]) -> None:
        run = Path(arguments[arguments.index("--out") + 1])
        assert not run.exists(), "a run of an earlier demo is in the way"
        run.mkdir(parents=True)
        (run / "config.json").write_text(json.dumps({"task": "plate_normals", "steps": 3}))
        training = {"step": [0, 1, 2], "loss": [1.0, 0.5, 0.25], "degrees": [60.0, 40.0, 31.25]}
        (run / "curve.json").write_text(
            json.dumps({"training": training, "validation": {"step": [0, 2], "degrees": [55.5, 33.25]}})
        )

    def export(self, arguments: list[str]) -> None:
        _write_model(Path(arguments[arguments.index("--out") + 1]), "moment")

    def normals(self, arguments: list[str]) -> None:
        end = next(index for index, part in enumerate(arguments) if part.startswith("--"))
        out = Path(arguments[arguments.index("--out") + 1])
        for frame in plan_outputs(expand_inputs(arguments[:end], out).frames, out, False):
            header = read_header(frame.source)
            normals = np.zeros((header.height, header.width, 3), dtype=np.float32)
            normals[..., 2] = 1.0
            write_image(frame.normals, Image.from_layers({"N": normals}))

    def relight(self, arguments: list[str]) -> None:
        assert entry(["relight", *arguments]) == 0


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shipped model, so that this test does not depend on which ones there are."""
    _write_model(tmp_path / "weights" / DEFAULT_MODEL, DEFAULT_MODEL)
    monkeypatch.setattr(core.card, "WEIGHTS", tmp_path / "weights")


def _run(out: Path, plate: str | None = None, said: list[str] | None = None) -> tuple[Path, StandIn]:
    stand_in = StandIn(out)
    say = (said if said is not None else []).append
    return run_demo(DemoSettings(out, plate, quick=True, say=say, run=stand_in)), stand_in


@pytest.mark.usefixtures("shipped")
def test_the_main_job_runs_in_order_and_leaves_everything(tmp_path: Path) -> None:
    said: list[str] = []
    page, stand_in = _run(tmp_path / "demo", said=said)
    names = [call[0] for call in stand_in.calls]
    assert names == ["generate", "train", "export", "normals", "normals", "relight"]
    assert [line.split()[0] for line in said if line[0] != " "] == ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]
    text = page.read_text(encoding="utf-8")
    fall = ("60.0 to 31.2 degrees", "33.2 on scenes held out")
    for words in (*fall, "0.0125", "12.5", "astronaut", "6 scenes", "mitsuba"):
        assert words in text, words
    out = tmp_path / "demo"
    for name in ("lights.json", "relit/astronaut.exr", "relit/astronaut_key_light.webp", "normals/astronaut.exr"):
        assert (out / name).is_file(), name
    assert "diffuse" in read_image(out / "relit" / "astronaut.exr").layers


@pytest.mark.usefixtures("shipped")
def test_the_moving_light_moves(tmp_path: Path) -> None:
    from PIL import Image as Pillow

    _run(tmp_path / "demo")
    with Pillow.open(tmp_path / "demo" / "relit" / "astronaut_key_light.webp") as animation:
        assert animation.n_frames == 6
        assert max(animation.size) <= 480


@pytest.mark.usefixtures("shipped")
def test_a_sequence_of_scene_linear_plates_is_shown(tmp_path: Path) -> None:
    for frame in range(1001, 1019):
        plate = np.full((20, 30, 3), frame / 500.0, dtype=np.float32)
        write_image(tmp_path / "plates" / f"sh.{frame}.exr", Image(plate, ("R", "G", "B")))
    page, stand_in = _run(tmp_path / "demo", str(tmp_path / "plates" / "sh.%04d.exr 1001-1018"))
    text = page.read_text(encoding="utf-8")
    assert "12 of 18 frames" in text
    assert "sh.1018.exr" in str(stand_in.calls)
    assert len(list((tmp_path / "demo" / "normals" / "yours").glob("*.exr"))) == 12
    assert (tmp_path / "demo" / "relit" / "sh.1001.exr").is_file()


@pytest.mark.usefixtures("shipped")
def test_a_plate_named_like_a_photograph_does_not_replace_it(tmp_path: Path) -> None:
    write_image(tmp_path / "astronaut.exr", Image(np.full((20, 30, 3), 0.5, dtype=np.float32), ("R", "G", "B")))
    _run(tmp_path / "demo", str(tmp_path / "astronaut.exr"))
    assert read_header(tmp_path / "demo" / "relit" / "astronaut.exr").width == 512
    assert read_header(tmp_path / "demo" / "relit" / "astronaut_yours.exr").width == 30


@pytest.mark.usefixtures("shipped")
def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    first, _ = _run(tmp_path / "demo")
    first.write_text("old")
    again, _ = _run(tmp_path / "demo")
    assert again == first
    assert again.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "precious.txt").touch()
    with pytest.raises(BadInput, match="--out"):
        _run(tmp_path)
    assert (tmp_path / "run" / "precious.txt").exists()


def test_a_wrong_plate_comes_to_light_before_the_work(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "demo")
    with pytest.raises(FileMissing, match=r"absent\.exr"):
        run_demo(DemoSettings(tmp_path / "demo", str(tmp_path / "absent.exr"), run=stand_in))
    assert not stand_in.calls


@pytest.mark.usefixtures("shipped")
def test_a_failed_step_leaves_no_page(tmp_path: Path) -> None:
    class Failing(StandIn):
        def export(self, arguments: list[str]) -> None:
            raise WorkFailed("the export failed")

    with pytest.raises(WorkFailed, match="the export failed"):
        run_demo(DemoSettings(tmp_path / "demo", quick=True, run=Failing(tmp_path / "demo")))
    assert not (tmp_path / "demo" / "index.html").exists()
    assert not list((tmp_path / "demo").rglob("*.partial*"))


def test_exit_code_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry(["demo", "--out", str(tmp_path / "demo"), "--plate", str(tmp_path / "absent.exr")]) == 2
    assert "absent.exr" in capsys.readouterr().err
