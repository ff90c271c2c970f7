"""One sample, from its number to its EXR bytes."""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import RenderFailed
from core.image import encode_exr
from scene_generator.motion import at_frame
from scene_generator.renderers import PASSES, Frame, Renderer
from scene_generator.sample import sample_scene
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Record, RejectedDraw, Sample, record_keys, scene_key
from scene_generator.sets.rejected import rejected_draw
from scene_generator.spec import SceneSpec
from scene_generator.validate import Limits, checks, reasons

ATTEMPTS = 12
"""How often a rejected sample is drawn anew before it counts as failed."""

Watch = Callable[[int, SceneSpec | None, str], None]
"""Called with (attempt, None, "") before a scene is drawn, and with it and its JSON text before it is rendered."""


class EveryDrawRejected(RenderFailed):
    """No draw of a sample passed the gate; `draws` holds them all."""

    def __init__(self, message: str, draws: tuple[RejectedDraw, ...] = ()) -> None:
        super().__init__(message)
        self.draws = draws


def render_one(
    renderer: Renderer, plan: BuildPlan, index: int, watch: Watch = lambda attempt, spec, text: None
) -> Sample:
    """Draw, render and check sample `index` until a draw is accepted with all its frames.

    Raises:
        EveryDrawRejected: `ATTEMPTS` draws in a row were rejected; the message holds the last reasons.
        RenderFailed: the renderer cannot render a draw.
    """
    started = time.perf_counter()
    stages: defaultdict[str, float] = defaultdict(float)
    rejected: list[RejectedDraw] = []
    for attempt in range(ATTEMPTS):
        watch(attempt, None, "")
        spec = sample_scene(plan.recipe, plan.seed, index, attempt, plan.library.index)
        text = spec.to_json()
        watch(attempt, spec, text)
        records: list[Record] = []
        for name in record_keys(index, plan.frames):
            still = at_frame(spec, len(records)) if plan.frames > 1 else spec
            frame = renderer.render(still, plan.settings)
            for stage, seconds in frame.seconds.items():
                stages[stage] += seconds
            values = checks(frame, still)
            why = reasons(values, Limits())
            if why:
                rejected.append(rejected_draw(frame, still, why, values))
                break
            before = time.perf_counter()
            exr = encode_exr(frame.image(), channel_dtypes=Frame.channel_dtypes(frame.passes))
            meta = _meta(renderer, plan, still, text if still is spec else still.to_json(), values)
            records.append(Record(name, exr, {"key": name, **meta, "rejected": refusals(rejected)}))
            stages["encode"] += time.perf_counter() - before
        else:
            took = time.perf_counter() - started
            timing = {"seconds": took, "stages": dict(stages), "draws": attempt + 1}
            return Sample(index, tuple(records), tuple(rejected), timing)
    last = ", ".join(rejected[-1].facts["reasons"])
    raise EveryDrawRejected(
        f"sample {index} of seed {plan.seed}: {ATTEMPTS} draws were rejected, the last for {last}; "
        "widen the recipe's ranges or mend the family",
        tuple(rejected),
    )


def refusals(draws: list[RejectedDraw]) -> list[dict[str, Any]]:
    """Return what a record and a failure say of rejected draws: attempt, frame and reasons of each."""
    return [{name: draw.facts[name] for name in ("attempt", "frame", "reasons")} for draw in draws]


def _meta(renderer: Renderer, plan: BuildPlan, spec: SceneSpec, text: str, values: Mapping[str, Any]) -> dict[str, Any]:
    settings = plan.settings
    return {
        "index": spec.index,
        "seed": plan.seed,
        "scene": f"{plan.recipe.name}-{plan.seed}-{scene_key(spec.index)}",
        "frame": spec.frame,
        "frames": plan.frames,
        "attempt": spec.attempt,
        "recipe": plan.recipe.name,
        "recipe_version": plan.recipe.version,
        "family": spec.family,
        "spec_hash": hashlib.sha256(text.encode("ascii")).hexdigest(),
        "assets": plan.library.used(spec),
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
        "checks": dict(values),
        "spec": json.loads(text),
    }
