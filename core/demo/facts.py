"""What the steps left in files, as rows that a person reads."""

from __future__ import annotations

import json
import math
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.card import ModelCard, mean_errors
from core.cores import usable_cores
from core.demo.curve import Series, curve_svg
from core.errors import WorkFailed

__all__ = [
    "card_rows",
    "error_words",
    "export_rows",
    "machine_rows",
    "parity_words",
    "read_curve",
    "read_json_lines",
    "scene_rows",
    "training_rows",
    "training_svg",
]

Rows = list[tuple[str, str]]
Curve = Mapping[str, Mapping[str, Sequence[Any]]]


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file.

    Raises:
        WorkFailed: the file is missing or damaged: the step before did not leave what it should.
    """
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise WorkFailed(f"{path}: cannot be read ({error}); run the demo again") from error


def read_curve(run: Path) -> Curve:
    """`curve.json` of a training run: {"training": {column: [...]}, "validation": {...}}.

    Raises as `read_json_lines`.
    """
    path = run / "curve.json"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return {part: dict(value[part]) for part in ("training", "validation")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkFailed(f"{path}: cannot be read ({error}); run the demo again") from error


def scene_rows(manifest: Sequence[Mapping[str, Any]]) -> Rows:
    """Rows about rendered scenes, from the lines of their manifest."""
    shown = {
        "renderer": "renderer",
        "renderer_version": "renderer version",
        "passes": "passes",
        "color_space": "colour space",
        "normal_convention": "normals",
    }
    rows: Rows = [("samples", str(len(manifest)))]
    for key, label in shown.items():
        kinds = Counter(_text(line[key]) for line in manifest if key in line)
        if kinds:
            rows.append((label, ", ".join(kinds)))
    return rows


def training_svg(curve: Curve) -> str:
    """Angular error of training batches and of held-out scenes over steps.

    Raises:
        WorkFailed: the log holds neither.
    """
    series = []
    lines = (("training", "training batches", "line-a"), ("validation", "held-out scenes", "line-b"))
    for part, label, css_class in lines:
        points = list(_points(curve[part]))
        if points:
            series.append(Series(label, points, css_class, dots=part == "validation"))
    if not series:
        raise WorkFailed("the training run logged no angular error; run the demo again")
    return curve_svg(series, x_label="optimiser steps", y_label="angular error (degrees)")


def error_words(curve: Curve) -> str:
    """How the angular error fell: the first training batch, the mean of the last ones, and held-out scenes at the end.

    Raises:
        WorkFailed: fewer than two steps were logged.
    """
    training, held_out = (list(_points(curve[part])) for part in ("training", "validation"))
    if len(training) < 2:
        raise WorkFailed("the training run logged too little to tell how it went; run the demo again")
    # Batches differ in difficulty: one alone would tell more about its scenes than about the model.
    last = [value for _, value in training[-min(10, len(training) // 2) :]]
    words = f"angular error from {training[0][1]:.1f} to {sum(last) / len(last):.1f} degrees on training batches"
    return words + (f", {held_out[-1][1]:.1f} on scenes held out" if held_out else "")


def training_rows(config: Mapping[str, Any], curve: Curve) -> Rows:
    """Rows about the run, from its `config.json` and curve."""
    settings = ("task", "steps", "batch", "size", "precision")
    rows: Rows = [(name, _text(config[name])) for name in settings if name in config]
    losses = [value for value in curve["training"].get("loss", ()) if isinstance(value, int | float)]
    if len(losses) > 1:
        rows.append(("loss", f"{losses[0]:.3f} at first, {losses[-1]:.3f} at last"))
    speeds = [value for value in curve["training"].get("images_per_second", ()) if isinstance(value, int | float)]
    if speeds:
        rows.append(("speed", f"{speeds[-1]:.1f} images a second"))
    return rows


def export_rows(card: ModelCard) -> Rows:
    """Rows about an exported model: its file, and how far its answers are from torch's."""
    rows: Rows = [("weights", f"{card.weights}, {_megabytes(card.weights_path)}, {card.precision}")]
    return rows + [(_label(f"parity {name}"), _text(value)) for name, value in card.parity.items()]


def parity_words(card: ModelCard) -> str:
    """How far an exported model's answers are from torch's, in a few words."""
    mean, most = card.parity.get("mean_degrees"), card.parity.get("p99.9_degrees")
    if mean is None or most is None:
        return "no figure on its card"
    return f"{mean:.2f} degrees apart on average, 99.9 % of pixels less than {most:.2f}"


def card_rows(card: ModelCard) -> Rows:
    """Rows about a model for people who look at its results."""
    rows: Rows = [
        ("name", f"{card.name}, version {card.version}"),
        ("what it is", card.description),
        ("weights", f"{card.weights}, {_megabytes(card.weights_path)}, {card.precision}"),
        ("works at", f"{card.work_size} pixels on the short side"),
        ("field of view if unknown", f"{card.default_fov_degrees:g} degrees along the longer side"),
    ]
    errors = mean_errors(card.scores)
    rows += [(f"mean error, {_label(name)}", f"{value:.1f} degrees") for name, value in errors.items()]
    return [*rows, ("licence", card.licence)]


def machine_rows() -> Rows:
    """Rows about the machine."""
    return [
        (
            "machine",
            f"{platform.system()} {platform.machine()}, {usable_cores()} cores, Python {platform.python_version()}",
        )
    ]


def _points(columns: Mapping[str, Sequence[Any]]) -> Iterator[tuple[float, float]]:
    name = next((name for name in ("degrees", "mean_degrees") if name in columns), None)
    if name is None:
        return
    for step, value in zip(columns["step"], columns[name], strict=True):
        if isinstance(value, int | float) and math.isfinite(value):
            yield float(step), float(value)


def _label(name: str) -> str:
    return name.replace("_", " ")


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{_label(str(name))} {_text(item)}" for name, item in value.items())
    return str(value)


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB" if path.is_file() else "file missing"
