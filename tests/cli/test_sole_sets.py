"""Two commands that make sets never write into one folder at once, and never one kind of set into another."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.cli import main
from core.shards import write_shard
from core.sole import sole_writer

_COMMANDS = {
    "material-pairs": ["material-pairs", "--count", "10", "--size", "32", "--samples", "1"],
    "occlusion-shapes": ["occlusion-shapes", "--count", "1", "--size", "32"],
    "texture-pairs": ["texture-pairs", "--procedural", "1", "--size", "32"],
    "images prepare": ["images", "prepare", "--procedural", "1", "--size", "16"],
}


@pytest.mark.skipif(sys.platform == "win32", reason="no flock there")
@pytest.mark.parametrize("name", _COMMANDS)
def test_a_second_one_is_refused_and_changes_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sole_writer(tmp_path, "a test"):
        assert main.entry([*_COMMANDS[name], "--out", str(tmp_path)]) == 2
    assert f"{tmp_path}: another `platelight {name}` is at work there; wait for it" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["texture-pairs", "images prepare"])
def test_a_set_of_another_kind_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_shard(tmp_path / "shard-00000.tar", [("00000000", b"", {})])
    assert main.entry([*_COMMANDS[name], "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert f"{tmp_path / 'shard-00000.tar'}: is of a set of another kind" in told
    assert sorted(path.name for path in tmp_path.glob("*.tar")) == ["shard-00000.tar"]
