"""RUN/report.html: state, curves, previews and settings of a run, in one file with style and script inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from core.atomic import write_text
from core.training.report.charts import chart
from core.training.report.facts import configuration_table, data_table, environment_table
from core.training.report.history import Curve, History, read_history
from core.training.report.previews import Pictures, preview_files
from core.training.report.wording import duration, number, readable
from worker_link.json_text import read_object

__all__ = ["REPORT", "Report"]

REPORT = "report.html"
"""Name of the page in the folder of a run."""

PAIR_WIDTH = 480
"""Pixels across the first and the latest preview in the page; the files beside it are larger."""

STRIP_WIDTH = 150
"""Pixels across each preview between them."""

STRIP_MOST = 10
"""Previews between the first and the latest that the page shows, spread evenly."""


class Report:
    """The page about one run. Keep it between checkpoints: previews are made small once."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._pictures = Pictures()

    def write(self, rows: Sequence[Mapping[str, Any]]) -> Path:
        """Write the page anew, whole or not at all, and return its path.

        Args:
            rows: as `RunFolder.rows` gives them; those of a run that has only begun may be empty.

        A settings file that is missing or damaged leaves its table empty; a preview that cannot be read is left out.

        Raises:
            DiskFull: no space is left; the former page stays.
            BadInput: the folder cannot be written.
        """
        path = self._run / REPORT
        write_text(path, self._page(read_history(rows)))
        return path

    def _page(self, history: History) -> str:
        config = read_object(self._run / "config.json")
        environment = read_object(self._run / "environment.json")
        sections = [
            ("validation", "Held out", self._validation(history)),
            ("training", "Training", _charts(history.training, history, "training")),
            ("previews", "Previews", self._previews()),
            ("pace", "Pace", _charts(history.pace, history, "pace")),
            ("configuration", "Configuration", configuration_table(config)),
            ("data", "Data", data_table(environment)),
            ("environment", "Environment", environment_table(environment)),
        ]
        shown = [(name, title, content) for name, title, content in sections if content]
        links = "".join(f'<a href="#{name}">{title}</a>' for name, title, _ in shown)
        body = "".join(f'<section id="{name}"><h2>{title}</h2>{content}</section>' for name, title, content in shown)
        if not (history.training or history.validation):
            body = f'<p class="soft">No step is logged yet.</p>{body}'
        here = Path(__file__)
        style, script = (here.with_name(name).read_text("utf-8") for name in ("style.css", "hover.js"))
        name = escape(self._run.resolve().name)
        written = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{name}: training</title><style>{style}</style></head><body>"
            f"<h1>{name}</h1>{_subtitle(config, environment)}{_state(history, config)}{_tiles(history, config)}"
            f"<nav>{links}</nav>{body}"
            f"<footer>Written {written} by <code>platelight train</code>, and anew at every checkpoint.</footer>"
            f"<script>{script}</script></body></html>\n"
        )

    def _validation(self, history: History) -> str:
        training = {curve.name: curve for curve in history.training}
        return _charts(history.validation, history, "validation", training)

    def _previews(self) -> str:
        files = preview_files(self._run)
        if not files:
            return ""
        ends = [files[0], files[-1]] if len(files) > 1 else files
        labels = ["first, ", "latest, "] if len(files) > 1 else ["", ""]
        pair = "".join(
            self._picture(step, path, PAIR_WIDTH, label) for label, (step, path) in zip(labels, ends, strict=False)
        )
        html = f'<div class="pair{"" if len(files) > 1 else " one"}">{pair}</div>'
        between = files[1:-1]
        if between:
            count = min(len(between), STRIP_MOST)
            chosen = [between[int(k)] for k in np.linspace(0, len(between) - 1, count).round()]
            strip = "".join(self._picture(step, path, STRIP_WIDTH, "") for step, path in chosen)
            some = f", {count} of {len(between)}" if count < len(between) else ""
            html += f'<h3>Between{some}</h3><div class="strip">{strip}</div>'
        return html

    def _picture(self, step: int, path: Path, width: int, label: str) -> str:
        uri = self._pictures.uri(path, width)
        if uri is None:
            return ""
        told = f"{label}step {number(step)}"
        link = f"previews/{escape(path.name, quote=True)}"
        image = f'<img src="{uri}" alt="Preview, {told}">'
        return f'<figure><figcaption>{told}</figcaption><a href="{link}">{image}</a></figure>'


def _charts(curves: Sequence[Curve], history: History, kind: str, beside: Mapping[str, Curve] | None = None) -> str:
    if not curves:
        return ""
    last = max(history.steps_done - 1, 0)
    drawn = [chart(curve, last, kind=kind, beside=(beside or {}).get(curve.name)) for curve in curves]
    return f'<div class="grid">{"".join(drawn)}</div>'


def _subtitle(config: Mapping[str, Any], environment: Mapping[str, Any]) -> str:
    parts = [f"<b>{escape(str(config.get('task', 'unknown task')))}</b>"]
    if environment.get("recipe"):
        parts.append(f"recipe <b>{escape(str(environment['recipe']))}</b>")
    description = str(config.get("description") or "")
    told = f'<p class="soft">{escape(description)}</p>' if description else ""
    return f"<p>{', '.join(parts)}</p>{told}"


def _state(history: History, config: Mapping[str, Any]) -> str:
    steps = config.get("steps")
    if not isinstance(steps, int) or steps < 1:
        return f'<div class="state"><b>step {number(history.steps_done)}</b></div>'
    done = min(history.steps_done, steps)
    word = (
        f"finished, {number(steps)} steps" if done == steps else f"step {number(done)} of {number(steps)}, not finished"
    )
    share = 100.0 * done / steps
    return (
        f'<div class="state"><b>{word}</b><div class="track" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{share:.0f}" aria-label="steps done"><div style="width:{share:.1f}%"></div></div></div>'
    )


def _tiles(history: History, config: Mapping[str, Any]) -> str:
    tiles = [(number(curve.last), f"{readable(curve.name)}, held out") for curve in history.validation[:4]]
    losses = [curve for curve in history.training if curve.name.split("/")[-1] == "loss"]
    tiles += [(number(curve.last), f"{readable(curve.name)}, last step") for curve in losses[:2]]
    speeds = [curve.last for curve in history.pace if curve.name == "images_per_second"]
    tiles += [(number(speed), "images a second") for speed in speeds]
    if history.seconds:
        tiles.append((duration(history.seconds), f"training, {number(history.seconds)} s"))
        left = _left(history, config)
        if left:
            tiles.append((duration(left), "left, at the mean pace so far"))
    html = "".join(f"<div><b>{value}</b><span>{escape(label)}</span></div>" for value, label in tiles)
    return f'<div class="tiles">{html}</div>' if html else ""


def _left(history: History, config: Mapping[str, Any]) -> float:
    steps = config.get("steps")
    if not isinstance(steps, int) or not history.steps_done:
        return 0.0
    return history.seconds / history.steps_done * max(steps - history.steps_done, 0)
