"""What the page says of the steps' files."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.demo.facts import error_words, read_curve, read_json_lines, scene_rows, training_rows, training_svg
from core.errors import WorkFailed

CURVE = {
    "training": {"step": [0, 1, 2, 3], "loss": [1.0, 0.6, 0.5, 0.25], "degrees": [60.0, 50.0, 30.0, 20.0]},
    "validation": {"step": [3], "degrees": [22.5]},
}


def test_the_fall_of_the_error_is_told_from_first_batch_to_mean_of_the_last() -> None:
    assert error_words(CURVE) == "angular error from 60.0 to 25.0 degrees on training batches, 22.5 on scenes held out"
    without = {"training": CURVE["training"], "validation": {}}
    assert error_words(without).endswith("on training batches")


def test_too_short_a_run_is_an_error_not_a_boast() -> None:
    empty: dict[str, dict[str, list[float]]] = {"training": {"step": [0.0], "degrees": [9.0]}, "validation": {}}
    with pytest.raises(WorkFailed):
        error_words(empty)
    with pytest.raises(WorkFailed):
        training_svg({"training": {}, "validation": {}})


def test_gaps_in_a_column_are_skipped() -> None:
    gappy = {"training": {"step": [0, 1, 2], "degrees": [60.0, None, 30.0]}, "validation": {}}
    assert "None" not in training_svg(gappy)
    assert dict(training_rows({"steps": 3}, CURVE))["loss"] == "1.000 at first, 0.250 at last"


def test_scenes_of_several_renderers_are_all_named() -> None:
    rows = dict(scene_rows([{"renderer": "mitsuba", "passes": ["a", "b"]}, {"renderer": "maya", "passes": ["a", "b"]}]))
    assert rows == {"samples": "2", "renderer": "mitsuba, maya", "passes": "a, b"}


@pytest.mark.parametrize("text", ["", "{", '{"training": {}}', "[]"])
def test_damaged_files_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "curve.json").write_text(text)
    with pytest.raises(WorkFailed, match=r"curve\.json"):
        read_curve(tmp_path)
    (tmp_path / "manifest.jsonl").write_text("{")
    with pytest.raises(WorkFailed, match=r"manifest\.jsonl"):
        read_json_lines(tmp_path / "manifest.jsonl")
