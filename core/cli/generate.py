"""`platelight generate`: random scenes to shards of beauty and normal pairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker_link.json_text import read_json

if TYPE_CHECKING:
    from scene_generator.sets.build import BuildResult
    from scene_generator.sets.finish import SetSummary
    from scene_generator.sets.plan import BuildPlan

_MINIMAL = "beauty,normal"
_SCENES, _PICTURE, _ASSETS = "What is in the scenes", "What is rendered of them", "Your own meshes, textures and skies"
_WORK, _RUN = "How the work is done", "Instead of rendering everything now"


def generate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for shards, manifest, contact sheet and report.")],
    recipe: Annotated[
        str, typer.Option(help="Name of a shipped recipe, or a recipe's .json file.", rich_help_panel=_SCENES)
    ] = "plate_normals",
    count: Annotated[
        int, typer.Option(min=1, help="How many accepted scenes there should be in the end.", rich_help_panel=_SCENES)
    ] = 24,
    seed: Annotated[
        int, typer.Option(min=0, help="The same seed gives the same scenes everywhere.", rich_help_panel=_SCENES)
    ] = 0,
    frames: Annotated[
        int,
        typer.Option(min=1, max=64, help="Frames of each scene; more than 1 gives sequences.", rich_help_panel=_SCENES),
    ] = 1,
    meshes: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of .obj, .glb, .gltf, .ply, .stl and .off files; may be repeated.", rich_help_panel=_ASSETS
        ),
    ] = None,
    textures: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of texture sets, told apart by file name; may be repeated.", rich_help_panel=_ASSETS),
    ] = None,
    hdris: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of latitude-longitude environment maps; may be repeated.", rich_help_panel=_ASSETS),
    ] = None,
    licence: Annotated[
        str,
        typer.Option(help="Licence of files whose folder states none; goes to the manifest.", rich_help_panel=_ASSETS),
    ] = "unstated",
    size: Annotated[
        int, typer.Option(min=16, max=4096, help="Width and height of each frame, pixels.", rich_help_panel=_PICTURE)
    ] = 256,
    samples: Annotated[int, typer.Option(min=1, max=4096, help="Light paths a pixel.", rich_help_panel=_PICTURE)] = 16,
    bounces: Annotated[
        int, typer.Option(min=1, max=64, help="Longest light path, in segments.", rich_help_panel=_PICTURE)
    ] = 5,
    denoise: Annotated[bool, typer.Option(help="Denoise beauty and occlusion.", rich_help_panel=_PICTURE)] = True,
    passes: Annotated[
        str,
        typer.Option(
            help=f"Comma-separated passes to keep, or 'all'. '{_MINIMAL}' renders fastest.", rich_help_panel=_PICTURE
        ),
    ] = "all",
    workers: Annotated[
        int, typer.Option(min=0, help="Processes at once; 0 is one for each processor.", rich_help_panel=_WORK)
    ] = 0,
    timeout: Annotated[
        float,
        typer.Option(min=0, help="Seconds after which a scene counts as failed; 0 is never.", rich_help_panel=_WORK),
    ] = 600.0,
    memory_mb: Annotated[
        int,
        typer.Option(min=0, help="MiB beyond which a worker is replaced; 0 is no limit.", rich_help_panel=_WORK),
    ] = 2000,
    variant: Annotated[
        str,
        typer.Option(
            help="Renderer variant: auto, llvm_ad_rgb or scalar_rgb; of Maya: auto, arnold or software.",
            rich_help_panel=_WORK,
        ),
    ] = "auto",
    renderer: Annotated[
        str,
        typer.Option(
            help="'' is the embedded renderer; maya starts mayapy; or module:Class of your own.", rich_help_panel=_WORK
        ),
    ] = "",
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try samples again that failed earlier.", rich_help_panel=_WORK)
    ] = False,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview",
            help="Make 16 cheap scenes, and 4 of them in full to calibrate; estimate time and disk for --count.",
            rich_help_panel=_RUN,
        ),
    ] = False,
    shard: Annotated[
        str, typer.Option(help="i/n: only every n-th shard file, from i = 0; all: everything.", rich_help_panel=_RUN)
    ] = "all",
    pack: Annotated[
        bool,
        typer.Option(
            "--pack", help="Render nothing: write manifest and report of finished parts.", rich_help_panel=_RUN
        ),
    ] = False,
) -> None:
    """Render random scenes to training pairs.

    Writes OUT/shard-*.tar (EXR layers and JSON, WebDataset layout), OUT/manifest.jsonl, OUT/contact_sheet.png and
    OUT/report.html. Run the same command again after any stop and it goes on; raise --count and it adds to what is
    there. Damaged records are found and rendered again. A scene that fails or hangs is recorded in OUT/failed and the
    others go on; the exit code is then 1.

    Examples:

        platelight generate --count 24 --seed 7 --out scenes

        platelight generate --count 2500 --seed 1 --preview --out /data/plates

        platelight generate --count 2500 --seed 1 --passes beauty,normal --samples 12 --out /data/plates

        platelight generate --count 200 --frames 8 --hdris ~/hdris --licence CC0-1.0 --out sequences

        platelight generate --count 500 --renderer maya --out /data/arnold     (docs/maya-renderer.md)

        platelight generate --count 20000 --seed 1 --shard 3/50 --out /shared/plates     (one of 50 farm tasks)

        platelight generate --count 20000 --seed 1 --pack --out /shared/plates     (after all of them)
    """
    from core.cli.console import console
    from core.cores import usable_cores
    from core.errors import BadConfig, FileMissing
    from scene_generator.asset_files.folders import scan
    from scene_generator.recipe import load_recipe
    from scene_generator.renderers import RenderSettings
    from scene_generator.renderers.maya.renderer import MAYA
    from scene_generator.sets.build import pack_set
    from scene_generator.sets.plan import MITSUBA, BuildPlan, parse_part

    part = parse_part(shard)
    if pack and shard != "all":
        raise BadConfig(f"--shard {shard} with --pack: packing is of the whole set; leave out one of them")
    if preview and (pack or shard != "all"):
        other = "--pack" if pack else f"--shard {shard}"
        raise BadConfig(f"--preview with {other}: a preview is of the whole set and packs nothing; leave one out")
    by_name = {"": MITSUBA, "maya": MAYA}.get(renderer, renderer)
    if pack and not out.is_dir():
        raise FileMissing(f"{out}: no such folder; --pack needs the one that the parts were made in")
    kind = _variant(variant, by_name, out if pack else None)
    still = [name for name in _passes(by_name, kind) if frames > 1 or not name.startswith("motion")]
    wanted = tuple(still) if passes == "all" else tuple(name.strip() for name in passes.split(","))
    settings = RenderSettings(
        width=size,
        height=size,
        samples=samples,
        bounces=bounces,
        denoise=denoise and by_name != MAYA,  # Arnold's pictures are cleaned with more samples
        passes=wanted,
        frames=frames,
    )
    chosen = load_recipe(recipe)
    library = scan(meshes or [], textures or [], hdris or [], licence)
    if library.sources:
        console.print(library.summary(), markup=False, soft_wrap=True)
    plan = BuildPlan(
        chosen,
        seed,
        count,
        settings,
        kind,
        workers=workers or (1 if by_name == MAYA else usable_cores()),
        library=library,
        part=part,
        timeout_s=timeout,
        memory_mb=memory_mb,
        retry_failed=retry_failed,
        renderer=by_name,
    )
    if preview:
        from scene_generator.sets.preview import preview as make_preview

        for line in make_preview(plan, out, count).lines():
            console.print(line)
        return
    if pack:
        _tell_set(pack_set(plan, out), plan.count, out)
        return
    _run(plan, out)


def _variant(asked: str, renderer: str, packed: Path | None) -> str:
    """Return the variant to render with; packing asks for none and takes the folder's own."""
    from core.cli.console import console
    from core.errors import BadConfig
    from scene_generator.renderers.maya.choose import choose_plan
    from scene_generator.renderers.maya.renderer import MAYA
    from scene_generator.renderers.variant import choose_variant
    from scene_generator.sets.plan import MITSUBA

    if renderer not in (MITSUBA, MAYA):
        return asked
    if packed is not None and asked == "auto" and (packed / "build.json").is_file():
        try:
            return str(read_json(packed / "build.json").get("variant", asked))
        except (OSError, ValueError, AttributeError) as error:
            raise BadConfig(f"{packed / 'build.json'}: is damaged ({error}); generate into another folder") from error
    name, note = choose_plan(asked) if renderer == MAYA else choose_variant(asked)
    if note:
        console.print(f"[yellow]{note}[/yellow]")
    return name


def _passes(renderer: str, variant: str) -> tuple[str, ...]:
    """Return what `--passes all` stands for: Maya Software gives fewer than the others."""
    from scene_generator.maya_scene import software
    from scene_generator.maya_scene.facts import SOFTWARE
    from scene_generator.renderers import PASSES
    from scene_generator.renderers.maya.renderer import MAYA

    return software.SUPPORTED if (renderer, variant) == (MAYA, SOFTWARE) else tuple(PASSES)


def _run(plan: BuildPlan, out: Path) -> None:
    from core.cli.console import console, counted, progress
    from scene_generator.sets.build import build
    from scene_generator.sets.records import Failure, Sample

    mine = sum(1 for _ in plan.indices())
    i, n = plan.part
    what = f"{mine} of {counted(plan.count, 'scene')} (part {i} of {n})" if n > 1 else counted(plan.count, "scene")
    frames = f" x {plan.frames} frames" if plan.frames > 1 else ""
    size = f"{plan.settings.width} x {plan.settings.height}"
    console.print(
        f"{what}{frames} of recipe {plan.recipe.name}, seed {plan.seed}, {size}, {plan.variant}, "
        f"{counted(plan.workers, 'worker')}"
    )
    rejected = failed = 0
    with progress() as bar:
        task = bar.add_task("scenes", total=mine)

        def note(family: str) -> None:
            elapsed = bar.tasks[bar.task_ids.index(task)].elapsed or 0.0
            done = bar.tasks[bar.task_ids.index(task)].completed + 1 - failed
            rate = f"{3600 * done * plan.frames / elapsed:.0f} pairs/h, " if elapsed else ""
            bar.update(task, advance=1, note=f"{family}, {rate}{rejected} rejected, {failed} failed")

        def on_sample(sample: Sample) -> None:
            nonlocal rejected
            rejected += len(sample.rejected)
            note(sample.family)

        def on_failure(failure: Failure) -> None:
            nonlocal failed
            failed += 1
            note(failure.family or "?")
            bar.console.print(f"[yellow]sample {failure.index}: {failure.reason}[/yellow]")

        result = build(plan, out, on_sample, on_failure)
        bar.update(task, completed=mine)
    _tell(result, plan.count, out)
    result.raise_failures()


def _tell(result: BuildResult, count: int, out: Path) -> None:
    from core.cli.console import console

    if result.mended:
        console.print(f"[yellow]damaged, and made again: {', '.join(result.mended)}[/yellow]")
    if result.rendered:
        console.print(
            f"{result.rendered} rendered in {result.seconds:.0f} s, {result.pairs_per_hour():.0f} pairs an hour"
        )
    elif not (result.failed or result.failed_before or (result.summary and result.summary.samples > count)):
        console.print("nothing was missing")
    if result.summary is None:
        console.print(f"this part is in {out}; the last part, or the same command with --pack, writes the manifest")
    else:
        _tell_set(result.summary, count, out)


def _tell_set(summary: SetSummary, count: int, out: Path) -> None:
    from core.cli.console import console, counted

    if summary.samples > count:
        there = "samples are" if summary.samples > 1 else "sample is"
        console.print(f"[yellow]{summary.samples} {there} there already, more than the {count} asked for[/yellow]")

    draws = summary.samples + summary.rejected_draws
    rejected = f"{summary.rejected_draws} of {counted(draws, 'draw')} rejected ({summary.rejected_draws / draws:.1%})"
    console.print(rejected + "".join(f"; {reason}: {n}" for reason, n in summary.rejected.most_common()))
    records = f", {counted(summary.records, 'frame')}" if summary.records != summary.samples else ""
    console.print(f"{counted(summary.samples, 'sample')}{records} in {out}; look at {out / 'report.html'}")
