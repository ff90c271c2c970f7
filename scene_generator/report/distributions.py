"""Sections of the report about what was drawn: families, parameters, cameras, content, materials, normals.

Each function returns markup; it is empty where the set says nothing about the matter.
"""

from __future__ import annotations

import math
from html import escape

import numpy as np

from core.color import linear_to_srgb
from scene_generator.report.charts import bars, disc, histogram, legend, number, scatter, swatches, table
from scene_generator.report.facts import SetFacts
from scene_generator.report.frames import FrameStatistics, spread
from scene_generator.report.ranges import asked_ranges, asked_shares, is_chance


def families(facts: SetFacts) -> str:
    """Return the share of each family asked for and drawn; shares beyond two standard deviations are marked."""
    asked = asked_shares(facts.build)
    names = sorted({*facts.families, *asked}, key=lambda name: (-asked.get(name, 0.0), name))
    total = max(sum(facts.families.values()), 1)
    items = [(name, facts.families[name] / total) for name in names]
    marks = [asked.get(name, 0.0) for name in names] if asked else []
    rows = []
    for name in names:
        share = asked.get(name)
        # Twice the standard deviation of a binomial count: what chance alone explains.
        by_chance = 2 * math.sqrt(share * (1 - share) / total) if share else 0.0
        off = share is not None and abs(facts.families[name] / total - share) > by_chance + 1 / total
        draws = facts.families[name] + facts.rejected_draws[name]
        rows.append(
            (
                escape(name),
                f"{share:.1%}" if share is not None else "–",
                f"{facts.families[name] / total:.1%}" + (' <em class="bad">beyond chance</em>' if off else ""),
                str(facts.families[name]),
                f"{facts.rejected_draws[name] / max(draws, 1):.1%}",
            )
        )
    rows_ = table(("family", "asked", "drawn", "samples", "draws rejected"), rows)
    chart = bars("Share of the samples (tick: asked)", items, share=True, marks=marks)
    return f'<div class="grid">{chart}<div class="scroll">{rows_}</div></div>'


def ranges(facts: SetFacts) -> str:
    """Return, family by family, what was drawn from each documented range, and the range."""
    parts = []
    for family in sorted(facts.drawn):
        ranges = asked_ranges(facts.build, family)
        charts = []
        for name in sorted({*facts.drawn[family], *ranges}):
            asked = ranges.get(name)
            values = facts.drawn[family].get(name, [])
            title = name.replace("_", " ")
            if asked is None:
                charts.append(histogram(title, values, note="not among the family's ranges"))
            elif is_chance(asked, values):
                happened = f"happened in {float(np.mean(values)):.1%}, asked {number(100 * asked.low)}"
                happened += f" to {number(100 * asked.high)} %" if asked.low != asked.high else " %"
                charts.append(histogram(title, values, note=f"{asked.meaning}: {happened}"))
            else:
                span = (asked.low, asked.high)
                charts.append(histogram(title, values, asked=span, log=asked.log, unit=asked.unit, note=asked.meaning))
        parts.append(f'<h3>{escape(family)}</h3><div class="grid">{"".join(charts)}</div>')
    if not parts:
        return "<p class='soft'>These samples do not say what their families drew (an older version wrote them).</p>"
    return "<p class='soft'>Shaded: the range that was asked for.</p>" + "".join(parts)


def cameras(facts: SetFacts) -> str:
    """Return lenses, heights, angles and poses of the cameras; empty if no sample holds its scene."""
    if not facts.cameras:
        return ""
    n = facts.numbers
    charts = [
        histogram("Focal length", n["focal length"], unit="mm", log=True),
        histogram("Horizontal field of view", n["field of view"], unit="°"),
        histogram("Height", n["camera height"], unit="m"),
        histogram("Pitch", n["pitch"], unit="°", note="below 0 looks down"),
        histogram("Roll", n["roll"], unit="°"),
        bars("Lens", facts.kinds["lens"].most_common()),
    ]
    if n["f-number"]:
        charts += [
            histogram("f-number", n["f-number"], log=True),
            histogram("Focus distance", n["focus distance"], unit="m", log=True),
        ]
    families = sorted(facts.families)
    some = [facts.cameras[int(k)] for k in np.linspace(0, len(facts.cameras) - 1, min(len(facts.cameras), 600))]
    poses = [(pose.position[1], pose.pitch, families.index(pose.family)) for pose in some]
    plots = [scatter("Pitch by height, all families", poses, "height, m", "pitch, °")]
    for k, family in enumerate(families):
        mine = [pose for pose in some if pose.family == family]
        # Seen from above with -Z up on the page: the view of someone who stands behind the default camera.
        dots = [(pose.position[0], -pose.position[2], k) for pose in mine]
        arrows = [(pose.forward[0], -pose.forward[2]) for pose in mine]
        plots.append(scatter(f"{family} from above", dots, "X, m", "−Z, m", arrows=arrows, square=True))
    plan = "Seen from above, a cross at the scene's origin; short lines are viewing directions."
    return (
        f'<div class="grid">{"".join(charts)}</div><h3>Poses</h3><p class="soft">{plan}</p>{legend(families)}'
        f'<div class="grid">{"".join(plots)}</div>'
    )


def content(facts: SetFacts, frames: FrameStatistics) -> str:
    """Return counts of objects, lights, skies and shapes, and the light and dark of the sampled `frames`."""
    n = facts.numbers
    sampled = f"{frames.frames} frames"
    charts = [
        histogram("Objects in a scene", n["objects"]),
        histogram("Lights in a scene", n["lights"]),
        histogram("Light level", n["light level"], unit="stops", note="mean luminance, 0 is 1.0 scene-linear"),
        histogram(
            "Key", frames.medians, unit="stops", note=f"median over mean luminance: left low, right high key; {sampled}"
        ),
        histogram("Contrast", frames.spans, unit="stops", note=f"from the 2 % darkest to the 2 % brightest; {sampled}"),
    ]
    lists = [
        bars("Skies", facts.kinds["skies"].most_common()),
        bars("Motion", facts.kinds["motion"].most_common()),
        bars("Kinds of shapes, objects of each", facts.kinds["shapes"].most_common(60)),
    ]
    return f'<div class="grid">{"".join(charts)}</div><div class="grid lower">{"".join(lists)}</div>'


def materials(facts: SetFacts) -> str:
    """Return colours, textures and surface parameters, each material counted once a scene."""
    if not facts.numbers["roughness"]:
        return ""
    n = facts.numbers
    some = spread([str(k) for k in range(len(facts.colors))], 320)
    shown = [facts.colors[int(k)] for k in some]
    encoded = [(float(r), float(g), float(b)) for r, g, b in linear_to_srgb(np.clip(shown, 0, 1))]
    strip = swatches("Base colours", encoded, "means over each material's tile: greys by lightness, then by hue")
    charts = [
        histogram("Metalness", n["metalness"]),
        histogram("Specular roughness", n["roughness"], note="glossiness is one minus it"),
        histogram("Base luminance", n["base luminance"]),
        histogram("Bump depth of the bumped", n["bump depth"], log=True, note="in widths of a texture tile"),
        histogram("Layers", n["layers"]),
    ]
    lists = [
        bars("Relief", facts.kinds["relief"].most_common()),
        bars("Textures of colour", facts.kinds["textures of colour"].most_common(60)),
        bars("Textures of relief", facts.kinds["textures of relief"].most_common(60)),
    ]
    grids = f'<div class="grid lower">{"".join(charts)}</div><div class="grid lower">{"".join(lists)}</div>'
    return strip + grids


def normals(frames: FrameStatistics) -> str:
    """Return the directions of the normals and the depths of the sampled `frames`; empty without frames."""
    if not frames.frames:
        return ""
    discs = []
    everything = sum(frames.normals.values(), np.zeros(1))
    for family, grid in [("all families", everything), *sorted(frames.normals.items())]:
        sums = sum(frames.sums.values(), np.zeros(4)) if family == "all families" else frames.sums[family]
        mean = sums[:3] / max(sums[3], 1)
        note = f"mean ({mean[0]:+.2f}, {mean[1]:+.2f}, {mean[2]:+.2f}), length {np.linalg.norm(mean):.2f}"
        discs.append(disc(family, grid, note))
    told = (
        f"Camera-space normals of {frames.frames} frames on the hemisphere that faces the camera, seen from there: "
        "x to the right, y up, rings at 30° and 60° from the view axis, the rim at 90°. Colours are logarithmic. "
        "The length of the mean is 1 where all normals point one way."
    )
    depth = histogram("Depth", frames.depths, unit="m", log=True, note="surface pixels") if frames.depths else ""
    return f'<p class="soft">{told}</p><div class="grid">{"".join(discs)}{depth}</div>'
