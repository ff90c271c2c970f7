"""The pages for people: every open line about Nuke has a step that closes it, and what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

from nuke_plugin.gizmo_files import plate_occlusion_controls, plate_probe_controls
from nuke_plugin.gizmo_files.plate_normals_controls import user_knobs

DOCS = Path(__file__).parents[3] / "docs"


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def lines() -> dict[str, set[int]]:
    """Line -> steps, as host-evidence.md says."""
    rows = re.findall(r"^\| (N\d+) \|.*\| ([\d, ]+) \|$", text_of("host-evidence.md"), re.MULTILINE)
    return {name: {int(step) for step in steps.split(",")} for name, steps in rows}


def steps() -> dict[int, set[str]]:
    """Step -> lines, as the test list says."""
    parts = re.split(r"^(\d+)\. ", text_of("nuke-test-list.md"), flags=re.MULTILINE)[1:]
    closes = {}
    for number, body in zip(parts[::2], parts[1::2], strict=True):
        found = re.search(r"\*Closes:\*([^.]*)", body)
        closes[int(number)] = set(re.findall(r"N\d+", found[1])) if found else set()
    return closes


def test_lines_and_steps_name_each_other() -> None:
    assert len(lines()) >= 45
    assert sorted(steps()) == list(range(1, len(steps()) + 1))
    for name, numbers in lines().items():
        assert numbers == {step for step, names in steps().items() if name in names}, name
    assert set().union(*steps().values()) == set(lines())


def test_every_step_says_what_to_expect() -> None:
    parts = re.split(r"^\d+\. ", text_of("nuke-test-list.md"), flags=re.MULTILINE)[1:]
    assert [part[:40] for part in parts if "*Expected:*" not in part] == []


def test_the_page_names_the_knobs_as_they_are_labelled() -> None:
    page = text_of("nuke.md")
    labels = [knob.label for knob in user_knobs() if knob.kind in (3, 4, 6, 7, 22) and knob.label]
    unnamed = {"Flip Y", "Flip Z", "Frames", "to", "Detail"}
    missing = [label for label in labels if label not in page and label not in unnamed]
    assert missing == []


def test_the_page_names_the_knobs_of_occlusion() -> None:
    section = text_of("nuke.md").partition("## PlateOcclusion")[2].partition("\n## ")[0]
    knobs = [knob for knob in plate_occlusion_controls.user_knobs() if "INVISIBLE" not in knob.flags]
    labels = [knob.label for knob in knobs if knob.kind in (2, 3, 4, 6, 7, 22) and knob.label]
    assert len(labels) > 18
    assert [label for label in labels if label not in section and label not in {"Flip Y", "Flip Z", "to"}] == []
    assert "PlateOcclusion" in text_of("nuke-relight.md")


def test_the_page_names_the_probes_knobs_and_the_relights_buttons() -> None:
    page = text_of("nuke.md")
    knobs = plate_probe_controls.user_knobs()
    first = knobs[: next(place for place, knob in enumerate(knobs) if knob.name == "numbers_tab")]
    labels = [knob.label for knob in first if knob.kind in (2, 3, 4, 6, 7, 18, 22) and knob.label]
    assert len(labels) > 20
    assert [label for label in labels if label not in page and label not in {"Flip Y", "Flip Z"}] == []
    for label in ("Load the former light", "Keep the plate's exposure", "Take it from the camera"):
        assert label in text_of("nuke-relight.md")
