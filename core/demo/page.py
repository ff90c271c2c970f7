"""The demo's page: one HTML file that carries its pictures, its style and its script, and asks for nothing else."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Embedded", "Facts", "PageContent", "PlateShow", "Step", "render_page"]

_HERE = Path(__file__).parent

Facts = Sequence[tuple[str, str]]
"""Rows of a table: what, and its value. Plain text; render_page escapes it."""


@dataclass(frozen=True)
class Embedded:
    """A file that the page carries in itself.

    Attributes:
        mime: such as `image/jpeg`.
        data: the file's bytes.
    """

    mime: str
    data: bytes

    @property
    def uri(self) -> str:
        """The file as a `data:` address."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode('ascii')}"


@dataclass(frozen=True)
class Step:
    """One step of the main job, done.

    Attributes:
        title: what was done.
        command: how a user does the same, or "".
        headline: its result in one sentence.
        seconds: wall clock.
    """

    title: str
    command: str
    headline: str
    seconds: float


@dataclass(frozen=True)
class PlateShow:
    """One plate and what came of it.

    Attributes:
        name: of the plate.
        caption: where it comes from, size.
        plate, normals: display-encoded picture, and normals as (N + 1) / 2; PNG or JPEG.
        quick_normals: normals of the model that the demo trained itself, or None.
        animation: the plate under a moving key light.
        frames: further frames of a sequence: (name, plate, normals), thumbnails.
    """

    name: str
    caption: str
    plate: Embedded
    normals: Embedded
    quick_normals: Embedded | None
    animation: Embedded
    frames: Sequence[tuple[str, Embedded, Embedded]] = ()


@dataclass(frozen=True)
class PageContent:
    """Everything that the page shows.

    Attributes:
        summary: one or two sentences under the title.
        steps: in order: scenes, training, export, normals, relighting.
        contact_sheet: the scenes.
        scene_facts, training_facts, export_facts, model_facts, machine: tables.
        curve_svg: from `core.demo.curve`.
        plates: at least one.
        files: (what, path relative to the page).
    """

    summary: str
    steps: Sequence[Step]
    contact_sheet: Embedded
    scene_facts: Facts
    curve_svg: str
    training_facts: Facts
    export_facts: Facts
    model_facts: Facts
    plates: Sequence[PlateShow]
    files: Facts
    machine: Facts = field(default_factory=tuple)


def render_page(content: PageContent) -> str:
    """The page as HTML text: UTF-8, self-contained, light or dark as the reader's system is.

    Raises:
        ValueError: there are not five steps, or no plate.
    """
    if len(content.steps) != 5:
        raise ValueError(f"the page shows five steps, not {len(content.steps)}")
    if not content.plates:
        raise ValueError("the page shows at least one plate")
    scenes, training, export, normals, relighting = content.steps
    sheet = _figure(content.contact_sheet, "Beauty and camera-space normals of the scenes.", "sheet")
    plates = "".join(map(_plate, content.plates))
    body = [
        _section(1, scenes, sheet + _facts(content.scene_facts)),
        _section(2, training, content.curve_svg + _facts(content.training_facts)),
        _section(3, export, _facts(content.export_facts)),
        _section(4, normals, f"{plates}<h3>The shipped model</h3>{_facts(content.model_facts)}"),
        _section(5, relighting, _viewer(content.plates) + _animations(content.plates)),
        f"<section><h2>Where the files are</h2>{_facts(content.files, code=True)}</section>",
        f"<section><h2>Time</h2>{_bars(content.steps)}{_facts(content.machine)}</section>",
    ]
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "viewer.js"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Platelight: the main job</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<header>
<h1>From random scenes to a relit photograph</h1>
<p>{html.escape(content.summary)}</p>
</header>
<main>
{"".join(body)}
<footer>Normals are shown as (N + 1) / 2: red to the right, green up, blue to the camera.</footer>
</main>
<script>
{script}</script>
</body>
</html>
"""


def _section(number: int, step: Step, inside: str) -> str:
    command = f'<p class="command soft"><code>{html.escape(step.command)}</code></p>' if step.command else ""
    return (
        f'<section><h2><span class="number">{number}</span>{html.escape(step.title)}'
        f'<span class="seconds">{_seconds(step.seconds)}</span></h2>'
        f"<p>{html.escape(step.headline)}</p>{command}{inside}</section>\n"
    )


def _figure(picture: Embedded, caption: str, css_class: str = "", identity: str = "") -> str:
    mark = f' id="{identity}"' if identity else ""
    return (
        f'<figure class="{css_class}"><img{mark} src="{picture.uri}" alt="{html.escape(caption, quote=True)}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _plate(plate: PlateShow) -> str:
    key = html.escape(plate.name, quote=True).replace(" ", "_")
    figures = [
        _figure(plate.plate, "plate", identity=f"plate-{key}"),
        _figure(plate.normals, "normals, shipped model", identity=f"normals-{key}"),
    ]
    if plate.quick_normals is not None:
        figures.append(_figure(plate.quick_normals, "normals, model of step 2 (trained for a moment only)"))
    frames = "".join(
        _figure(picture, name) + _figure(normals, f"{name}, normals") for name, picture, normals in plate.frames
    )
    strip = f'<div class="strip">{frames}</div>' if frames else ""
    return (
        f'<h3>{html.escape(plate.name)} <span class="soft">{html.escape(plate.caption)}</span></h3>'
        f'<div class="row">{"".join(figures)}</div>{strip}'
    )


def _viewer(plates: Sequence[PlateShow]) -> str:
    keys = [html.escape(plate.name, quote=True).replace(" ", "_") for plate in plates]
    data = " ".join(f'data-plate{i}="plate-{key}" data-normals{i}="normals-{key}"' for i, key in enumerate(keys))
    options = "".join(f'<option value="{i}">{html.escape(plate.name)}</option>' for i, plate in enumerate(plates))
    sliders = "".join(
        f'<label>{label}<input type="range" name="{name}" min="{low}" max="{high}" step="0.01" value="{value}"></label>'
        for name, label, low, high, value in (
            ("intensity", "key light", 0, 4, 1.6),
            ("ambient", "light from around", 0, 1, 0.1),
            ("roughness", "roughness", 0.05, 1, 0.6),
            ("specular", "specular", 0, 1, 0.3),
        )
    )
    return (
        f'<div class="viewer" id="viewer" {data}><canvas width="16" height="9" aria-label="relit plate"></canvas>'
        f'<div class="controls"><p class="soft">Move the pointer over the picture: the light follows it. This runs in '
        f'the page, on the plate and normals above.</p><label>plate<select name="picture">{options}</select></label>'
        f"{sliders}</div></div>"
    )


def _animations(plates: Sequence[PlateShow]) -> str:
    figures = "".join(_figure(plate.animation, f"{plate.name}, key light going round") for plate in plates)
    return f'<h3>A moving key light, by core.relight</h3><div class="row">{figures}</div>'


def _facts(rows: Facts, *, code: bool = False) -> str:
    if not rows:
        return ""
    wrap = "<code>{}</code>" if code else "{}"
    cells = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{wrap.format(html.escape(value))}</td></tr>" for name, value in rows
    )
    return f'<table class="facts">{cells}</table>'


def _bars(steps: Sequence[Step]) -> str:
    longest = max((step.seconds for step in steps), default=1.0) or 1.0
    rows = "".join(
        f'<span>{html.escape(step.title)}</span><span class="bar" style="width:{100 * step.seconds / longest:.1f}%">'
        f'</span><span class="seconds">{_seconds(step.seconds)}</span>'
        for step in steps
    )
    return f'<div class="bars">{rows}</div>'


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {seconds % 60:.0f} s"
