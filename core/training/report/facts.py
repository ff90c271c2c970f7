"""The tables of the page: configuration, data and environment, as `config.json` and `environment.json` have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from core.training.report.wording import readable

__all__ = ["configuration_table", "data_table", "environment_table"]

_SETS = (
    ("recipe", "recipe"),
    ("seed", "seed"),
    ("size", "pixels"),
    ("samples", "samples a pixel"),
    ("renderer", "renderer"),
    ("families", "families"),
)


def configuration_table(config: Mapping[str, Any]) -> str:
    """Markup of every setting of the run but its description, those of `model` and the like one a row."""
    rows = [(name, value) for name, value in _flat(config) if name != "description"]
    half = -(-len(rows) // 2)
    return f'<div class="columns">{_pairs(rows[:half])}{_pairs(rows[half:])}</div>' if rows else _NOTHING


def data_table(environment: Mapping[str, Any]) -> str:
    """Markup of what was learnt from: samples in all, the digest that a resumed run is checked with, and each set.

    Counts of a set are those of `frames_by_set`, {name: [learnt from, held out]}; two folders of one name cannot be
    told apart there and show none.
    """
    told = [
        (label, environment[name])
        for name, label in (
            ("training_frames", "samples learnt from"),
            ("validation_frames", "samples held out"),
            ("frames_digest", "digest"),
            ("left_out", "families left out"),
            ("limit", "most samples to learn from"),
        )
        if environment.get(name) not in (None, [], 0) or (name == "validation_frames" and name in environment)
    ]
    sets = [entry for entry in _list(environment.get("sets")) if isinstance(entry, Mapping)]
    html = _pairs(told) if told else ""
    if sets:
        html += f'<h3>Sets</h3><div class="scroll">{_sets(sets, environment.get("frames_by_set"))}</div>'
    return html or _NOTHING


def environment_table(environment: Mapping[str, Any]) -> str:
    """Markup of versions, machine, revision of the code and the command that began the run."""
    packages = environment.get("packages")
    rows: list[tuple[str, Any]] = [
        (name, environment[name])
        for name in ("system", "processors", "device", "python", "git_revision")
        if environment.get(name) is not None
    ]
    rows += [
        (name, version) for name, version in (packages.items() if isinstance(packages, Mapping) else ()) if version
    ]
    arguments = _list(environment.get("arguments"))
    command = " ".join(["platelight", *map(str, arguments)])
    html = f"<p><code>{escape(command)}</code></p>" if arguments else ""
    return html + _pairs(rows) if rows else html or _NOTHING


_NOTHING = '<p class="soft">Nothing is recorded.</p>'


def _sets(sets: Sequence[Mapping[str, Any]], counted: object) -> str:
    counts = counted if isinstance(counted, Mapping) else {}
    often = Counter(str(entry.get("folder")) for entry in sets)
    columns = [(name, label) for name, label in _SETS if any(name in entry for entry in sets)]
    head = "".join(f"<th>{label}</th>" for label in ("folder", "learnt from", "held out", *(c[1] for c in columns)))
    body = ""
    for entry in sets:
        folder = str(entry.get("folder", "–"))
        pair = _list(counts.get(folder)) if often[folder] == 1 else []
        cells = [folder, *(map(str, pair) if len(pair) == 2 else ("–", "–"))]
        cells += [_plain(entry.get(name, "–"), " × " if name == "size" else ", ") for name, _ in columns]
        body += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _pairs(rows: Sequence[tuple[str, Any]]) -> str:
    body = "".join(
        f"<tr><th>{escape(readable(str(name)))}</th><td>{escape(_plain(value))}</td></tr>" for name, value in rows
    )
    return f"<table><tbody>{body}</tbody></table>"


def _flat(value: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, part in value.items():
        if isinstance(part, Mapping):
            rows += _flat(part, f"{prefix}{name}/") if part else [(f"{prefix}{name}", "as the task has it")]
        else:
            rows.append((f"{prefix}{name}", part))
    return rows


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _plain(value: object, between: str = ", ") -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        nested = any(isinstance(part, list | tuple) for part in value)
        return ("; " if nested else between).join(_plain(part) for part in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{readable(str(name))} {_plain(part)}" for name, part in value.items()) or "none"
    return "–" if value is None or value == "" else str(value)
