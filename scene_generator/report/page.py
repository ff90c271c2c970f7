"""OUT/report.html: what was drawn against what was asked, on one page that needs no other file."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from core.atomic import write_text
from core.errors import BrokenShard
from core.shards import ShardSet
from scene_generator.report import distributions
from scene_generator.report.charts import histogram, number, table
from scene_generator.report.facts import SetFacts, gather, sort_of
from scene_generator.report.frames import MOST_FRAMES, sample_frames, spread
from scene_generator.report.pictures import data_uri, jpeg_bytes, pair, shrink

SHEET_SAMPLES = 24
WORST_SAMPLES = 6
REJECTED_PICTURES = 60
PICTURE_SIDE = 128
"""Pixels of the inlined pictures' height, at least half of it."""


def write_report(folder: Path) -> Path:
    """Write `folder`/report.html about a finished or unfinished set and return its path.

    Read are the shards, build.json, rejected/, failed/ and timings.jsonl; all but the shards may be missing. The page
    has no scripts and fetches nothing: charts are SVG, pictures are small JPEGs inside it.

    Raises:
        FileMissing: there is no such folder or no shard in it.
        BrokenShard: a shard lacks its index, or the index is damaged. A damaged sample is named on the page instead.
        DiskFull, BadInput: the page cannot be written.
    """
    shards = ShardSet.open(folder)
    facts = gather(folder, shards)
    frames = sample_frames(shards, spread(facts.sample_keys, MOST_FRAMES), facts.family_of)
    sections: list[tuple[str, str, str]] = [
        ("asked", "What was asked", _asked(facts)),
        ("families", "Families", distributions.families(facts)),
        ("ranges", "Drawn against the documented ranges", distributions.ranges(facts)),
        ("cameras", "Cameras", distributions.cameras(facts)),
        ("content", "Content and light", distributions.content(facts, frames)),
        ("materials", "Materials", distributions.materials(facts)),
        ("normals", "Normals and depth", distributions.normals(frames)),
        ("gate", "The gate", _gate(facts)),
        ("failures", "Failed samples", _failures(facts)),
        ("time", "Time", _time(facts)),
        ("sheet", "Samples", _sheet(facts, shards)),
    ]
    shown = [(name, title, content) for name, title, content in sections if content]
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title, _ in shown)
    body = "".join(f'<section id="{name}"><h2>{title}</h2>{content}</section>' for name, title, content in shown)
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    recipe = str((facts.build.get("recipe") or {}).get("name", "unknown recipe"))
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(recipe)}: {len(facts.sample_keys)} samples</title><style>{style}</style></head><body>"
        f"<h1>{escape(recipe)}</h1><p class='soft'>{_subtitle(facts)}</p>{_tiles(facts)}"
        f"<nav>{links}</nav>{body}</body></html>\n"
    )
    path = folder / "report.html"
    write_text(path, page)
    return path


def _subtitle(facts: SetFacts) -> str:
    seed = facts.build.get("seed", "unknown")
    sizes = ", ".join(facts.facts["size"])
    made = "Written by <code>platelight generate</code>."
    return f"Random scenes of seed {escape(str(seed))}, {escape(sizes)} pixels. {made}"


def _tiles(facts: SetFacts) -> str:
    draws = len(facts.sample_keys) + sum(facts.rejected_draws.values())
    tiles = [
        (number(len(facts.sample_keys)), "samples"),
        (number(len(facts.families)), "families"),
        (f"{sum(facts.rejected_draws.values()) / max(draws, 1):.1%}", "of draws rejected"),
        (number(len(facts.failures)), "samples failed"),
    ]
    if facts.records != len(facts.sample_keys) + len(facts.damaged):
        tiles.insert(1, (number(facts.records), "frames"))
    rate = _pairs_an_hour(facts)
    if rate:
        tiles.append((number(rate), "pairs an hour and worker"))
    if facts.damaged:
        tiles.append((number(len(facts.damaged)), "damaged records"))
    return (
        '<div class="tiles">'
        + "".join(f"<div><b>{value}</b><span>{name}</span></div>" for value, name in tiles)
        + "</div>"
    )


def _asked(facts: SetFacts) -> str:
    recipe = facts.build.get("recipe") or {}
    settings = facts.build.get("settings") or {}
    rows = [
        ("recipe", f"{recipe.get('name', '–')}, version {recipe.get('version', '–')}: {recipe.get('description', '')}"),
        ("seed", facts.build.get("seed", "–")),
        *((name.replace("_", " "), _told(counted)) for name, counted in facts.facts.items()),
        *(
            (name.replace("_", " "), settings[name])
            for name in ("bounces", "frames", "occlusion_samples")
            if name in settings
        ),
        *(
            (name.replace("_", " "), value)
            for name, value in recipe.items()
            if name not in ("name", "version", "description", "families")
        ),
    ]
    html = table((), [(escape(name), escape(_plain(value))) for name, value in rows])
    if facts.damaged:
        html += (
            f'<p class="bad">Damaged records: {escape(", ".join(facts.damaged[:20]))}. Run the same command again.</p>'
        )
    if facts.assets:
        rows_ = [
            (escape(kind), escape(name), escape(licence), str(count))
            for (kind, name, licence), count in sorted(facts.assets.items())
        ]
        listed = table(("kind", "name", "licence", "samples"), rows_)
        # A library of hundreds of textures would hide everything that follows.
        html += f"<details><summary>{len(rows_)} assets that samples use</summary>{listed}</details>"
    return html


def _gate(facts: SetFacts) -> str:
    total: Counter[str] = Counter()
    for (reason, _), count in facts.reasons.items():
        total[reason] += count
    families = sorted({*facts.families, *(family for _, family in facts.reasons)})
    rejected = sum(facts.rejected_draws.values())
    draws = len(facts.sample_keys) + rejected
    html = (
        f"<p>{rejected} of {draws} draws were rejected ({rejected / max(draws, 1):.1%}) and drawn "
        "again; a draw may have several reasons.</p>"
    )
    if total:
        rows = [
            (escape(reason), str(count), *(str(facts.reasons[reason, family] or "") for family in families))
            for reason, count in total.most_common()
        ]
        html += f'<div class="scroll">{table(("reason", "all", *map(escape, families)), rows)}</div>'
    by_reason: dict[str, list[str]] = defaultdict(list)
    left = REJECTED_PICTURES
    for draw in facts.rejected:
        why = [str(reason) for reason in draw.facts.get("reasons") or ["no reason stated"]]
        if draw.picture is None or left == 0 or len(by_reason[sort_of(why[0])]) >= 12:
            continue
        left -= 1
        told = {"index": draw.picture.stem, **draw.facts}
        who = f"{told.get('family', '?')} {told['index']}, draw {told.get('attempt', '?')}"
        by_reason[sort_of(why[0])].append(_picture(data_uri(draw.picture.read_bytes()), [who, *why]))
    for reason, pictures in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        if pictures:
            html += f'<h3>{escape(reason)}</h3><div class="pictures small">{"".join(pictures)}</div>'
    return html


def _failures(facts: SetFacts) -> str:
    if not facts.failures:
        return "<p>None.</p>"
    rows = [
        tuple(escape(str(failure.get(name, ""))) for name in ("index", "family", "kind", "attempts", "reason"))
        for failure in facts.failures
    ]
    return f'<div class="scroll">{table(("sample", "family", "kind", "draws", "reason"), rows)}</div>'


def _time(facts: SetFacts) -> str:
    timed = [line for line in facts.timings if isinstance(line.get("seconds"), int | float)]
    if not timed:
        return "<p class='soft'>No timings were kept.</p>"
    stages = list(dict.fromkeys(name for line in timed for name in line.get("stages") or {}))
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in timed:
        groups[str(line.get("family") or "unknown")].append(line)
    rows = []
    for family, lines in [*sorted(groups.items()), *([("all", timed)] if len(groups) > 1 else [])]:
        seconds = [float(line["seconds"]) for line in lines]
        mean = float(np.mean(seconds))
        parts = [
            float(np.mean([float((line.get("stages") or {}).get(stage, 0.0)) for line in lines])) for stage in stages
        ]
        rest = [number(part) for part in parts]
        rows.append(
            (escape(family), str(len(lines)), number(mean), number(max(seconds)), number(3600 / max(mean, 1e-9)), *rest)
        )
    head = (
        "family",
        "samples",
        "mean s",
        "longest s",
        "pairs/h and worker",
        *(f"{escape(stage)} s" for stage in stages),
    )
    told = "Seconds of one worker for a sample, rejected draws included."
    memory = [float(line["rss_mb"]) for line in timed if isinstance(line.get("rss_mb"), int | float)]
    charts = [histogram("Seconds a sample", [float(line["seconds"]) for line in timed], log=True, unit="s")]
    if memory:
        charts.append(histogram("Memory of the workers", memory, unit="MiB"))
    timed_table = f'<div class="scroll">{table(head, rows)}</div>'
    return f'<p class="soft">{told}</p>{timed_table}<div class="grid lower">{"".join(charts)}</div>'


def _pairs_an_hour(facts: SetFacts) -> float:
    seconds = [float(line["seconds"]) for line in facts.timings if isinstance(line.get("seconds"), int | float)]
    return 3600 * len(seconds) / sum(seconds) if sum(seconds) > 0 else 0.0


def _sheet(facts: SetFacts, shards: ShardSet) -> str:
    keys = facts.sample_keys
    html = f'<div class="pictures">{"".join(_pairs(facts, shards, keys[:SHEET_SAMPLES], ()))}</div>'
    worst: tuple[tuple[str, str, Callable[[dict[str, float]], float]], ...] = (
        ("bent", "Most bent normals", lambda values: values.get("bent", 0.0)),
        ("black", "Most black", lambda values: values.get("black", 0.0)),
        ("contrast", "Least contrast", lambda values: -values.get("contrast", math.inf)),
        ("shift_gain", "Beauty and normals least aligned", lambda values: values.get("shift_gain", 0.0)),
        ("fireflies", "Most fireflies", lambda values: values.get("fireflies", 0.0)),
    )
    for name, title, badness in worst:
        have = [key for key in keys if name in facts.checks[key] and facts.checks[key][name] != 0]
        ranked = sorted(have, key=lambda key: -badness(facts.checks[key]))[:WORST_SAMPLES]
        if ranked:
            pictures = "".join(_pairs(facts, shards, ranked, (name,)))
            html += f'<h3>{title} among the accepted</h3><div class="pictures">{pictures}</div>'
    return html


def _pairs(facts: SetFacts, shards: ShardSet, keys: Sequence[str], numbers: Sequence[str]) -> list[str]:
    pictures = []
    for key in keys:
        try:
            image, _ = shards.read(key)
        except BrokenShard:
            continue
        lines = [f"{facts.family_of[key]} {key}", *(f"{name} {facts.checks[key][name]:g}" for name in numbers)]
        pictures.append(_picture(data_uri(jpeg_bytes(shrink(pair(image), PICTURE_SIDE))), lines))
    return pictures


def _picture(uri: str, lines: Sequence[str]) -> str:
    text = "<br>".join(escape(line) for line in lines)
    return f'<figure><img src="{uri}" alt="{escape(lines[0], quote=True)}"><figcaption>{text}</figcaption></figure>'


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {part}" for name, part in value.items())
    return " to ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _told(counted: Counter[str]) -> str:
    if len(counted) == 1:
        return next(iter(counted))
    return "; ".join(f"{value} ({count})" for value, count in counted.most_common())
