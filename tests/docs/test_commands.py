"""Every `platelight COMMAND --option` that README and docs show can be typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.commands import ROOT_COMMAND, fault, shown_in
from tests.docs.pages import ROOT, TEXTS, name_of


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_shown_commands_and_options_exist(path: Path) -> None:
    shown = shown_in(path.read_text("utf-8"))
    faults = [f"{name_of(path)}:{one.line}: {wrong}" for one in shown if (wrong := fault(one.words))]
    assert faults == []


def test_every_command_is_shown_somewhere() -> None:
    shown = {one.words[0] for path in TEXTS for one in shown_in(path.read_text("utf-8")) if one.words}
    assert sorted(set(ROOT_COMMAND.commands) - shown) == []


def test_the_readers_tour_is_long() -> None:
    """The finder finds: a README whose commands were not recognised would pass the other tests."""
    assert sum(1 for _ in shown_in((ROOT / "README.md").read_text("utf-8"))) > 20


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("```\nplatelight normals a.exr --out b\n```", ""),
        ("```\nplatelight normals a.exr --outt b   # no\n```", "platelight normals has no option --outt"),
        ("    .venv/bin/platelight normal a.exr", "platelight has no command normal"),
        ("see `platelight relight p.exr --nothing`", "platelight relight has no option --nothing"),
        ("see `normals --detail high`", ""),
        ("see `normals --details high`", "platelight normals has no option --details"),
        ("```\nplatelight --debug COMMAND --whatever\n```", ""),
        ("```\nplatelight install nuke --to x\n```", ""),
        ("```\nplatelight install houdini\n```", "platelight install has no command houdini"),
        ("```\nplatelight train plate_normals \\\n    --nothing 1\n```", "platelight train has no option --nothing"),
        ("```\nPLATELIGHT_DEBUG=1 platelight doctor --nothing\n```", "platelight doctor has no option --nothing"),
        ("```\ntorchrun -m core.cli.main train x --nothing\n```", "platelight train has no option --nothing"),
        ("```\nplatelight doctor > a && platelight doctor --no\n```", "platelight doctor has no option --no"),
        ("```\nplatelight relight p.exr --exposure -1.5\n```", "platelight relight has no option --exposure"),
    ],
)  # fmt: skip
def test_the_check_itself(text: str, wrong: str) -> None:
    assert [fault(one.words) for one in shown_in(text) if fault(one.words)] == ([wrong] if wrong else [])
    assert list(shown_in(text)) != []
