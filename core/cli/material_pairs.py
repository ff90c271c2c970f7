"""`platelight material-pairs`: training data for the task material."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["material_pairs"]


def material_pairs(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for learn/ and test/; made if missing.")],
    count: Annotated[int, typer.Option(min=10, help="Samples in all; a fifth of them is for tests only.")] = 10_000,
    size: Annotated[int, typer.Option(min=32, help="Side of a picture, pixels.")] = 96,
    samples: Annotated[int, typer.Option(min=1, help="Paths a pixel, before denoising.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other pictures.")] = 0,
    uniform: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Share of materials that are ten uniform numbers; others are likely."),
    ] = 0.5,
    body: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this body; repeatable.")] = None,
    light: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this kind of light; repeatable.")
    ] = None,
    denoise: Annotated[bool, typer.Option("--denoise/--no-denoise", help="Denoise the pictures.")] = True,
    threads: Annotated[int, typer.Option(min=0, help="Processor threads; 0 is all.")] = 0,
) -> None:
    """Render single objects of known `standard_surface` materials under drawn lights, for `train material`.

    DIR/learn and DIR/test hold shards; beside each shard a MaterialX document holds its materials, checked by
    MaterialX's validator. Stopped and run again, it goes on; a larger --count adds to it, a smaller one is refused.

    Examples:

        platelight material-pairs --out data/material

        platelight material-pairs --out data/experiment --count 10000 --uniform 1
    """
    from core.cli.console import console, progress
    from core.sole import sole_writer
    from scene_generator.material_sets.bodies import BODIES
    from scene_generator.material_sets.build import MaterialSetPlan, build_set
    from scene_generator.material_sets.render import ObjectRenderer
    from scene_generator.mtlx.measure import load_mitsuba

    plan = MaterialSetPlan(
        count=count,
        seed=seed,
        size=size,
        samples=samples,
        uniform_share=uniform,
        bodies=tuple(body or ()),
        lights=tuple(light or ()),
        denoise=denoise,
    )
    # Shards take minutes: two sets of other options that are begun one after the other would not see each other.
    with sole_writer(out, "another `platelight material-pairs`"):
        mi = load_mitsuba()
        if threads and mi.variant().startswith("llvm"):
            import drjit

            drjit.set_thread_count(threads)
        renderer = ObjectRenderer(mi, size, samples, denoise=denoise, bodies=plan.bodies or tuple(BODIES))
        with progress() as bar:
            line = bar.add_task("materials", total=count)
            written = build_set(out, plan, renderer, lambda done: bar.update(line, completed=done), mi.variant())
    told = ", ".join(f"{number} in {out / name}" for name, number in written.items())
    console.print(f"{told}; next: platelight train material --data {out / 'learn'} --out RUN", soft_wrap=True)
    print(out)
