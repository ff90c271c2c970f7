"""The .cat file appears whole or not at all, every attribute is a knob, and what goes wrong is told in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nuke_plugin.cattery.make_cat import main, make_cat
from nuke_plugin.errors import ModelMissing, NukeTooOld
from tests.nuke_plugin.cattery.conftest import KNOBS
from tests.nuke_plugin.cattery.fake_nuke import FakeHost


def make(host: Any, source: Path, cat: Path) -> str:
    return make_cat(host, str(source), str(cat), sleep=lambda seconds: None)


@pytest.mark.parametrize("by", ["folder", "file"])
def test_the_node_is_filled_in_and_taken_away(model_folder: Path, tmp_path: Path, by: str) -> None:
    host = FakeHost()
    cat = tmp_path / "PlateNormals.cat"
    cat.write_text("an old one")
    source = model_folder if by == "folder" else model_folder / "plate_normals.pt"
    assert make(host, source, cat) == str(cat).replace("\\", "/")
    said = json.loads(cat.read_text())
    assert said["sha256"] == json.loads((model_folder / "torchscript.json").read_text())["sha256"]
    assert said["channelsIn"] == said["channelsOut"] == "rgba.red,rgba.green,rgba.blue,rgba.alpha"
    assert said["modelId"] == "mine 3"
    assert said["outputScale"] == 1
    assert said["knobs"] == {name: default for name, (default, _, _) in KNOBS.items()}
    assert host.nodes == []
    assert {path.name for path in tmp_path.iterdir()} == {"PlateNormals.cat", "model of mine"}


def test_a_card_that_names_channels_has_them_in_its_order(model_folder: Path, tmp_path: Path) -> None:
    path = model_folder / "torchscript.json"
    names = ["rgba.red", "depth.Z", "mask.a"]
    path.write_text(json.dumps({**json.loads(path.read_text()), "nuke_channels_in": names}))
    make(FakeHost(), model_folder, tmp_path / "a.cat")
    said = json.loads((tmp_path / "a.cat").read_text())
    assert said["channelsIn"] == "rgba.red,depth.Z,mask.a"
    assert said["channelsOut"] == "rgba.red,rgba.green,rgba.blue,rgba.alpha"


def test_the_relighting_of_the_plug_in_can_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = Path(__file__).parents[3] / "nuke_plugin" / "cattery" / "relight"
    host: Any = FakeHost()
    assert main(["--torchscript", str(shipped), "--out", str(tmp_path), "--name", "PlateRelight.cat"], host) == 0
    said = json.loads((tmp_path / "PlateRelight.cat").read_text())
    assert said["channelsIn"].count(",") == 16
    assert said["modelId"] == "plate_relight 1"
    assert len(said["knobs"]) == 240
    assert "PlateRelight.cat" in capsys.readouterr().out


def test_the_other_spelling_of_the_knob_is_understood(model_folder: Path, tmp_path: Path) -> None:
    host = FakeHost()
    host.knob_names = ("torchscriptFile", *host.knob_names[1:])
    make(host, model_folder, tmp_path / "a.cat")
    assert json.loads((tmp_path / "a.cat").read_text())["torchscriptFile"].endswith("plate_normals.pt")


def test_failures_leave_the_old_file_and_no_node(model_folder: Path, tmp_path: Path) -> None:
    cat = tmp_path / "PlateNormals.cat"
    cat.write_text("an old one")
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"has_node": False}, ModelMissing, "no CatFileCreator.*NukeX or Nuke Studio"),
        ({"refusal": "could not load"}, ModelMissing, r"refused it \(could not load\).*1\.12"),
        ({"writes": False}, ModelMissing, "wrote nothing"),
        ({"knob_names": ("torchScriptFile", "catFile")}, ModelMissing, "no knob 'channelsIn'"),
        ({"nuke_version": (13, 2, 5)}, NukeTooOld, r"14\.0 or later; this is 13\.2v5"),
    ]
    for changes, kind, words in cases:
        host = FakeHost()
        for name, value in changes.items():
            setattr(host, name, value)
        with pytest.raises(kind, match=words):
            make(host, model_folder, cat)
        assert host.nodes == []
        assert cat.read_text() == "an old one"
        assert {path.name for path in tmp_path.iterdir()} == {"PlateNormals.cat", "model of mine"}


def test_a_file_that_comes_late_is_waited_for(model_folder: Path, tmp_path: Path) -> None:
    host, slept = FakeHost(), []
    host.writes = False

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        (tmp_path / "making_late.cat").write_text("half" if len(slept) < 5 else "half and half")

    make_cat(host, str(model_folder), str(tmp_path / "late.cat"), sleep=sleep, patience=60.0)  # type: ignore[arg-type]
    assert (tmp_path / "late.cat").exists()
    assert len(slept) < 10


def test_a_model_that_is_not_as_described_is_refused(model_folder: Path, tmp_path: Path) -> None:
    cat = tmp_path / "a.cat"
    card_path = model_folder / "torchscript.json"
    card = card_path.read_text()
    (model_folder / "other.pt").write_bytes(b"x")
    for source, words in (
        (tmp_path / "nothing.pt", "no such file"),
        (tmp_path, "torchscript.json: cannot be read"),
        (model_folder / "other.pt", "describes plate_normals.pt"),
    ):
        with pytest.raises(ModelMissing, match=words):
            make(FakeHost(), source, cat)
    for text, words in (
        ("{", "is not JSON"),
        ("[]", "no TorchScript card"),
        (card.replace('"format": 1', '"format": 2'), "no TorchScript card"),
        (card.replace('"default"', '"dflt"'), "incomplete"),
        (card.replace('"sha256": "', '"sha256": "0'), "checksum differs"),
        (card.replace("plate_normals.pt", "gone.pt"), "cannot be read"),
        (card.replace("plate_normals.pt", "../model of mine/plate_normals.pt"), "to lie beside it"),
        ("[" * 200_000, "is not JSON"),
        (card.replace('"format": 1', '"format": 0, "format": 1', 1), "is not JSON"),
    ):
        card_path.write_text(text)
        with pytest.raises(ModelMissing, match=words):
            make(FakeHost(), model_folder, cat)
    assert not cat.exists()


def test_the_command_line_of_nuke_t(model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "folder"
    script = str(model_folder / "plate_normals.pt")
    host: Any = FakeHost()
    assert main(["--torchscript", script, "--out", str(out)], host) == 0
    assert "PlateNormals.cat" in capsys.readouterr().out
    assert [path.name for path in out.iterdir()] == ["PlateNormals.cat"]
    host.refusal = "no"
    assert main(["--torchscript", script, "--out", str(out)], host) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "refused it" in line
    assert main(["--torchscript", script, "--out", str(model_folder / "plate_normals.pt")], host) == 2


def test_run_by_path_outside_nuke_it_says_so(model_folder: Path, tmp_path: Path) -> None:
    script = Path(__file__).parents[3] / "nuke_plugin" / "cattery" / "make_cat.py"
    command = [sys.executable, "-I", str(script), "--torchscript", str(model_folder), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "nuke -t make_cat.py" in done.stderr
    assert not (tmp_path / "PlateNormals.cat").exists()
