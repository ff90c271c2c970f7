"""The README's table of models says what the files and their cards say."""

from __future__ import annotations

import re

import pytest

from core.card import WEIGHTS, load_card, shipped_models
from tests.docs.pages import ROOT

ROWS = {
    found[1]: found[0]
    for found in re.finditer(r"^\| \[`(\w+)`\]\(docs/.*$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
}


def test_every_shipped_model_but_the_main_one_has_a_row() -> None:
    assert {*ROWS, "plate_normals"} == set(shipped_models())


@pytest.mark.parametrize("name", ROWS)
def test_sizes_are_those_of_the_files(name: str) -> None:
    size = (WEIGHTS / name / load_card(name).weights).stat().st_size
    assert f"| {size / 1e6:.1f} MB |" in ROWS[name]


def test_the_material_models_figures_are_those_of_its_card() -> None:
    told = load_card("material").scores["test_2000_renders"]
    for half in ("likely", "uniform"):
        seen = told[half]["seen"]
        figures = (told[half]["identifiable"], seen["specular_roughness"], seen["metalness"])
        assert ", ".join(f"{figure:.3f}" for figure in figures) in ROWS["material"]
        assert f"{told[half]['samples']:,} " in ROWS["material"]
