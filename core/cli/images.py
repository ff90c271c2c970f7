"""`platelight images`: new pictures from a small set of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.choice import Choice
from core.cli.images_use import (
    evaluate_images,
    kinds_of_images,
    mix_images,
    project_image,
    sample_images,
    walk_images,
)

if TYPE_CHECKING:
    from core.generative.preparation import Source

__all__ = ["images"]

images = typer.Typer(no_args_is_help=True, help="Learn from a small set of pictures, and draw new ones.")


class Doubles(Choice):
    """Whether sheets of two pictures are taken apart."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Tiles(Choice):
    """Whether pictures continue on their other side."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


@images.command("prepare")
def prepare_images(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for shards, report.json and sheet.png.")],
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Folders of pictures or texture sets.")
    ] = None,
    procedural: Annotated[int, typer.Option(min=0, help="Also draw so many procedural textures.")] = 0,
    roles: Annotated[
        str, typer.Option(help="Of the procedural ones, such as brick,wood. [default: thirty surfaces]")
    ] = "",
    size: Annotated[int, typer.Option(min=16, help="Pixels a side of what is stored.")] = 64,
    split: Annotated[Doubles, typer.Option(help="Sheets of two pictures: take apart.")] = Doubles.AUTO,
    crops: Annotated[int, typer.Option(min=1, help="Squares to take of each picture.")] = 1,
    tiles: Annotated[Tiles, typer.Option(help="Whether pictures repeat. auto looks at their borders.")] = Tiles.AUTO,
    copies: Annotated[
        str,
        typer.Option(
            help="Variants to store: mirror,bright,dim,rotate,zoom,color. Training makes them itself; not needed."
        ),
    ] = "",
    licence: Annotated[str, typer.Option(help="Of pictures whose folder states none.")] = "unstated",
    seed: Annotated[int, typer.Option(min=0, help="Of procedural textures and stored copies.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the set that DIR holds.")] = False,
) -> None:
    """Cut, size and pack pictures, find copies of each other, and report what was made of what.

    Copies, stored or found, share their original's scene: no split of the set has one on either side. Texture sets
    (NAME_diffuse, NAME_metalness, NAME_glossiness or NAME_roughness) keep their maps.

        platelight images prepare concept_art --out data/art --size 128

        platelight images prepare --procedural 3000 --out data/drawn
    """
    from core.cli.console import console, progress
    from core.errors import BadConfig
    from core.generative.packing import Record, drawn_records, write_records
    from core.generative.preparation import REPORT, PreparationReport, Settings, prepare, write_report
    from core.generative.sheets import write_record_sheet
    from core.shards import refuse_other_sets
    from core.sole import sole_writer
    from scene_generator.drawn_materials import SURFACES, VERSION, draw_material

    if not folders and not procedural:
        raise BadConfig("nothing to prepare; name a folder of pictures, or give --procedural COUNT")
    settings = Settings(size=size, split=split.value, crops=crops, tiles=tiles.value, copies=_words(copies), seed=seed)
    report = PreparationReport()
    chosen = _words(roles) or list(SURFACES)
    records: list[Record] = []
    sources = [source for folder in folders or [] for source in _sources(folder, licence, report.left_out)]
    with sole_writer(out, "another `platelight images prepare`"):
        refuse_other_sets(out, "images-")
        if not overwrite and (out / REPORT).exists():
            raise BadConfig(f"{out}: holds a set already ({REPORT}); name another --out, or give --overwrite")
        with progress() as bar:
            if sources:
                line = bar.add_task("pictures", total=len(sources))
                records += prepare(sources, settings, report, on_source=lambda source: bar.update(line, advance=1))
            if procedural:
                drawn = bar.add_task("procedural", total=procedural)
                recipe = {"seed": seed, "size": size, "version": VERSION, "roles": ",".join(chosen)}
                for record in drawn_records(procedural, lambda index: draw_material(seed, index, size, chosen), recipe):
                    report.rows.append({"key": record.key, "source": "procedural", **record.facts})
                    records.append(record)
                    bar.update(drawn, advance=1)
        (out / REPORT).unlink(missing_ok=True)  # no report of another set beside half of this one
        shards = write_records(records, out)
        told = {**vars(settings), "procedural": procedural, "roles": chosen if procedural else []}
        path = write_report(report, out, sum(shard.size for shard in shards), told)
        write_record_sheet(out, out / "sheet.png")
    for file, why in report.left_out.items():
        console.print(f"left out {file}: {why}", markup=False, soft_wrap=True)
    scenes = len({row["scene"] for row in report.rows})
    console.print(f"{len(records)} pictures of {scenes} originals; report: {path}", markup=False, soft_wrap=True)
    print(out)


@images.command("train")
def train_images(
    data: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of `images prepare`.")],
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Folder of the run; an unfinished one is resumed.")],
    recipe: Annotated[
        str, typer.Option("--recipe", metavar="NAME|FILE", help="images_projected, images_kinds, images_small, ...")
    ] = "images_projected",
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Optimiser steps.")] = None,
    size: Annotated[int | None, typer.Option("--size", min=32, help="Side of a picture, pixels.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="Pictures a step.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Decides weights, order and latents.")] = None,
    precision: Annotated[str | None, typer.Option("--precision", help="fp32 or bf16 (mixed).")] = None,
    device: Annotated[str | None, typer.Option("--device", help="auto, cpu, cuda, cuda:1 ...")] = None,
    start: Annotated[
        Path | None, typer.Option("--start-from", metavar="RUN", help="Begin with another run's weights.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Learn from at most so many; 0 is all.")] = 0,
    max_minutes: Annotated[
        float | None, typer.Option("--max-minutes", min=0.01, help="Stop after so long, with a checkpoint.")
    ] = None,
    resume: Annotated[bool | None, typer.Option("--resume/--fresh", help="Go on, or begin anew.")] = None,
) -> None:
    """Train a generator; the same as `platelight train images --data DIR`.

    RUN/previews has sample sheets of the same latents, RUN/report.html the scores, penalties and variety. A line warns
    where samples become alike. Ctrl-C keeps a checkpoint, and the same command goes on.

        platelight images train data/drawn --out runs/textures

        platelight images train data/mine --out runs/mine --recipe images_transfer --start-from runs/textures
    """
    from core.cli.train import train

    train(
        "images", data, out, recipe=recipe, steps=steps, size=size, batch=batch, seed=seed, precision=precision,
        device=device, workers=None, leave_out=None, start=start, limit=limit, max_minutes=max_minutes, resume=resume,
        tensorboard=False,
    )  # fmt: skip


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _sources(folder: Path, licence: str, left_out: dict[str, str]) -> list[Source]:
    """The pictures of a folder, with the maps that belong to each by their names, and what its notes say of them."""
    from core.errors import BadInput, FileMissing
    from core.generative.preparation import Source
    from core.walk import files_below
    from scene_generator.asset_files.licences import read_notes
    from scene_generator.asset_files.textures import ENDINGS, group, usable

    if not folder.is_dir():
        raise FileMissing(f"{folder}: no such folder; check the path")
    notes = read_notes(folder, licence)
    names = [
        path.relative_to(folder).as_posix()
        for path in files_below(folder)
        if path.suffix.lower() in ENDINGS and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    sources = []
    for name, roles in group(names).items():
        files = {role: folder / path for role, path in usable(roles).items()}
        color = files.pop("color", None)
        if color is None:
            left_out[str(next(iter(files.values())))] = "a map without a colour picture, by its name"
            continue
        maps = {role: path for role, path in files.items() if role in ("roughness", "gloss", "metalness")}
        sources.append(Source(name, color, maps, notes.of(name, roles.values()).licence))
    if not sources:
        raise BadInput(f"{folder}: no pictures there ({' '.join(ENDINGS)}); check the path")
    return sources


images.command("sample")(sample_images)
images.command("kinds")(kinds_of_images)
images.command("walk")(walk_images)
images.command("project")(project_image)
images.command("mix")(mix_images)
images.command("evaluate")(evaluate_images)
