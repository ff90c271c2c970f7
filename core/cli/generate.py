"""`platelight generate`: random scenes to shards of beauty and normal pairs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

_MINIMAL = "beauty,normal"


def generate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for shards, manifest and contact sheet.")],
    recipe: Annotated[str, typer.Option(help="Name of a shipped recipe, or a recipe's .json file.")] = "plate_normals",
    count: Annotated[int, typer.Option(min=1, help="How many accepted samples there should be in the end.")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same scenes everywhere; 0 is a seed.")] = 0,
    size: Annotated[int, typer.Option(min=16, max=4096, help="Width and height of each sample in pixels.")] = 256,
    samples: Annotated[int, typer.Option(min=1, max=4096, help="Light paths a pixel.")] = 16,
    denoise: Annotated[bool, typer.Option(help="Denoise beauty and occlusion.")] = True,
    passes: Annotated[
        str, typer.Option(help=f"Comma-separated passes to keep, or 'all'. '{_MINIMAL}' renders fastest.")
    ] = "all",
    workers: Annotated[int, typer.Option(min=0, help="Processes at once; 0 is one for each processor.")] = 0,
    variant: Annotated[str, typer.Option(help="Renderer variant: auto, llvm_ad_rgb or scalar_rgb.")] = "auto",
) -> None:
    """Render random scenes to training pairs.

    Writes OUT/shard-*.tar (EXR layers and JSON, WebDataset layout), OUT/manifest.jsonl and OUT/contact_sheet.png. Run
    the same command again after any stop and it goes on; raise --count and it adds to what is there. Damaged records
    are found and rendered again.

    Examples:

        platelight generate --recipe plate_normals --count 24 --seed 7 --size 256 --out scenes

        platelight generate --count 2500 --seed 1 --passes beauty,normal --samples 12 --out /data/plates
    """
    from core.cli.console import console, progress
    from scene_generator.build import BuildPlan, build
    from scene_generator.recipe import load_recipe
    from scene_generator.render_one import Sample
    from scene_generator.renderers import PASSES, RenderSettings
    from scene_generator.renderers.variant import choose_variant

    wanted = tuple(PASSES) if passes == "all" else tuple(name.strip() for name in passes.split(","))
    settings = RenderSettings(width=size, height=size, samples=samples, denoise=denoise, passes=wanted)
    chosen = load_recipe(recipe)
    name, note = choose_variant(variant)
    if note:
        console.print(f"[yellow]{note}[/yellow]")
    plan = BuildPlan(chosen, seed, count, settings, name, workers or os.cpu_count() or 1)
    console.print(
        f"{count} samples of recipe {chosen.name}, seed {seed}, {size} x {size}, {name}, {plan.workers} workers"
    )
    with progress() as bar:
        task = bar.add_task("scenes", total=count)

        def on_sample(sample: Sample) -> None:
            bar.update(task, advance=1, note=sample.meta["family"])

        result = build(plan, out, on_sample)
        bar.update(task, completed=count)
    if result.mended:
        console.print(f"[yellow]damaged, and made again: {', '.join(result.mended)}[/yellow]")
    draws = result.count + result.rejected_draws
    rejected = f"{result.rejected_draws} of {draws} draws rejected ({result.rejected_draws / draws:.1%})"
    console.print(rejected + "".join(f"; {reason}: {n}" for reason, n in result.rejected.most_common()))
    if result.rendered:
        console.print(
            f"{result.rendered} rendered in {result.seconds:.0f} s, {result.pairs_per_hour():.0f} pairs an hour"
        )
    else:
        console.print("nothing was missing")
    console.print(f"{result.count} samples in {out}; look at {out / 'contact_sheet.png'}")
