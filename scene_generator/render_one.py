"""One sample, from its number to its EXR bytes: what a worker process does."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Any

from core.errors import RenderFailed
from core.image import encode_exr
from scene_generator.recipe import Recipe
from scene_generator.renderers import PASSES, Frame, Renderer, RenderSettings
from scene_generator.sample import sample_scene
from scene_generator.validate import Limits, checks, reasons

ATTEMPTS = 12
"""How often a rejected sample is drawn anew before the work stops."""


@dataclass(frozen=True)
class Sample:
    """A finished sample."""

    index: int
    exr: bytes
    meta: dict[str, Any]


def key(index: int) -> str:
    """Return the name of sample `index` in shards and manifest."""
    return f"{index:08d}"


def render_one(renderer: Renderer, recipe: Recipe, seed: int, index: int, settings: RenderSettings) -> Sample:
    """Draw, render and check sample `index` until one is accepted.

    Raises:
        RenderFailed: `ATTEMPTS` draws in a row were rejected; the message holds the last reasons.
    """
    rejected: list[dict[str, Any]] = []
    for attempt in range(ATTEMPTS):
        spec = sample_scene(recipe, seed, index, attempt)
        frame = renderer.render(spec, settings)
        values = checks(frame, spec)
        why = reasons(values, Limits())
        if why:
            rejected.append({"attempt": attempt, "reasons": why})
            continue
        exr = encode_exr(frame.image(), channel_dtypes=Frame.channel_dtypes(frame.passes))
        meta = {
            "key": key(index),
            "index": index,
            "seed": seed,
            "attempt": attempt,
            "recipe": recipe.name,
            "recipe_version": recipe.version,
            "family": spec.family,
            "spec_hash": spec.hash(),
            "renderer": renderer.name,
            "renderer_version": renderer.version,
            "samples": settings.samples,
            "denoised": settings.denoise,
            "width": settings.width,
            "height": settings.height,
            "passes": [name for name in PASSES if name in settings.passes],
            "color_space": "lin_rec709",
            "normal_convention": "camera space, +X right, +Y up, +Z to the camera, unit, -1..1",
            "camera": {
                "focal_length_mm": spec.camera.focal_length_mm,
                "horizontal_aperture_mm": spec.camera.horizontal_aperture_mm,
            },
            "checks": values,
            "rejected": rejected,
            "spec": spec.to_dict(),
        }
        return Sample(index, exr, meta)
    last = ", ".join(rejected[-1]["reasons"])
    raise RenderFailed(
        f"sample {index} of seed {seed}: {ATTEMPTS} draws were rejected, the last for {last}; "
        "widen the recipe's ranges or mend the family"
    )


_worker: dict[str, Any] = {}


def start_worker(variant: str, recipe: Recipe, seed: int, settings: RenderSettings) -> None:
    """Prepare this process: load the renderer once, leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from scene_generator.renderers.mitsuba import MitsubaRenderer

    _worker["renderer"] = MitsubaRenderer(variant, recipe.texture_size, threads=1)
    _worker["task"] = (recipe, seed, settings)


def work(index: int) -> Sample:
    """Render sample `index` in a worker that `start_worker` prepared."""
    recipe, seed, settings = _worker["task"]
    return render_one(_worker["renderer"], recipe, seed, index, settings)
