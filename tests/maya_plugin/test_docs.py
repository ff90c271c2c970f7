"""The pages for people: every open line about the menu in Maya has a step that closes it, and names it back."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def lines() -> dict[str, set[int]]:
    """Line -> steps, as host-evidence.md says."""
    rows = re.findall(r"^\| (M\d+) \|.*\| ([\d, ]+) \|$", text_of("host-evidence.md"), re.MULTILINE)
    return {name: {int(step) for step in steps.split(",")} for name, steps in rows}


def steps() -> dict[int, set[str]]:
    """Step -> lines, as the test list says."""
    parts = re.split(r"^(\d+)\. ", text_of("maya-test-list.md"), flags=re.MULTILINE)[1:]
    closes = {}
    for number, body in zip(parts[::2], parts[1::2], strict=True):
        found = re.search(r"\*Closes:\*([^.]*)", body)
        closes[int(number)] = set(re.findall(r"M\d+", found[1])) if found else set()
    return closes


def test_lines_and_steps_name_each_other() -> None:
    assert len(lines()) >= 30
    assert sorted(steps()) == list(range(1, len(steps()) + 1))
    for name, numbers in lines().items():
        assert numbers == {step for step, names in steps().items() if name in names}, name
    assert set().union(*steps().values()) == set(lines())


def test_the_renderer_has_its_lines() -> None:
    """`scene_generator.renderers.maya.check` names them in what it prints."""
    check = (DOCS.parent / "scene_generator" / "renderers" / "maya" / "check.py").read_text(encoding="utf-8")
    named = set(re.findall(r'"(R\d+)"', check)) | set(re.findall(r"\bR\d+\b", check))
    known = set(re.findall(r"^\| (R\d+)a? \|", text_of("host-evidence.md"), re.MULTILINE))
    assert len(known) >= 20
    assert named
    assert named <= known
