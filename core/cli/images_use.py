"""What `platelight images` does with a trained run: samples, walks, projections, mixtures, figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["evaluate_images", "kinds_of_images", "mix_images", "project_image", "sample_images", "walk_images"]

_Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of `platelight images train`.")]
_Truncation = Annotated[float, typer.Option(min=0.0, max=1.5, help="Below 1: less variety, fewer failures.")]
_Device = Annotated[str, typer.Option(help="auto, cpu, cuda, ...")]


def sample_images(
    run: _Run,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for NAME.png and sheet.png.")],
    count: Annotated[int, typer.Option(min=1, help="How many pictures.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Of the first; the others follow.")] = 0,
    truncation: _Truncation = 1.0,
    kind: Annotated[
        int | None, typer.Option(min=0, help="Only pictures of this kind; `images kinds` shows them. [default: all]")
    ] = None,
    sheet_only: Annotated[bool, typer.Option("--sheet-only", help="Write sheet.png, not each picture.")] = False,
    device: _Device = "auto",
) -> None:
    """Draw pictures: sample_000000.png is that of seed 0, whatever else is drawn.

    platelight images sample runs/textures --out samples --count 64 --truncation 0.8

    platelight images sample runs/textures --out metals --kind 12
    """
    from core.cli.console import console
    from core.generative.pictures import as_colors, sheet, write_picture
    from core.generative.runs import latents_of_seeds, open_run

    opened = open_run(run, device)
    seeds = list(range(seed, seed + count))
    latents = latents_of_seeds(seeds, opened.generator.latent)
    if kind is not None:
        latents = opened.of_kind(latents, kind)
    pictures = as_colors(opened.draw(latents, truncation))
    if not sheet_only:
        for number, picture in zip(seeds, pictures, strict=True):
            write_picture(out / f"sample_{number:06d}.png", picture)
    write_picture(out / "sheet.png", sheet(list(pictures), min(16, max(1, round(count**0.5)))))
    console.print(f"{count} pictures of step {opened.step}", highlight=False)
    print(out)


def kinds_of_images(
    run: _Run,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A picture file.")],
    count: Annotated[int, typer.Option(min=1, help="Pictures of each kind.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Of the first of each row; the others follow.")] = 0,
    truncation: _Truncation = 1.0,
    device: _Device = "auto",
) -> None:
    """Show the kinds that a run found in its pictures: a row of samples for each, in the order of the printed table.

    A recipe whose model has `kinds` divides the pictures by what they look like, and draws each kind as often as it
    occurs.

        platelight images kinds runs/textures --out kinds.png
    """
    import torch
    from rich.table import Table

    from core.cli.console import console
    from core.generative.pictures import as_colors, sheet, write_picture
    from core.generative.runs import latents_of_seeds, open_run

    opened = open_run(run, device)
    shares = opened.shares()
    latents = latents_of_seeds(list(range(seed, seed + count)), opened.generator.latent)
    rows = [opened.of_kind(latents, kind) for kind in shares]
    write_picture(out, sheet(list(as_colors(opened.draw(torch.cat(rows), truncation))), count))
    table = Table("row", "kind", "share of the pictures, %")
    for row, (kind, share) in enumerate(shares.items(), start=1):
        table.add_row(str(row), str(kind), f"{100.0 * share:.1f}")
    console.print(table)
    print(out)


def walk_images(
    run: _Run,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A .gif or .mp4 file.")],
    stops: Annotated[int, typer.Option(min=2, help="Pictures that the walk passes.")] = 6,
    frames: Annotated[int, typer.Option(min=2, help="In all; the last leads back to the first.")] = 120,
    columns: Annotated[int, typer.Option(min=1, help="Walks beside each other.")] = 4,
    rate: Annotated[float, typer.Option(min=1.0, help="Frames a second.")] = 24.0,
    enlarge: Annotated[int, typer.Option(min=1, max=16, help="Whole factor on the size.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of the first stop.")] = 0,
    truncation: _Truncation = 1.0,
    device: _Device = "auto",
) -> None:
    """Walk through latents, as a moving picture that repeats.

    platelight images walk runs/textures --out walk.gif
    """
    import torch

    from core.generative.latents import walk, walk_of_styles
    from core.generative.pictures import MOVING, as_colors, sheet, write_moving
    from core.generative.runs import latents_of_seeds, open_run

    from core.errors import BadConfig  # isort: skip

    if out.suffix.lower() not in MOVING:
        raise BadConfig(f"{out}: a walk is written as {' or '.join(MOVING)}; choose one of these endings")
    opened = open_run(run, device)
    latents = [
        latents_of_seeds(list(range(first, first + stops)), opened.generator.latent)
        for first in range(seed, seed + columns * stops, stops)
    ]
    if opened.kinds:
        together = torch.stack([walk_of_styles(opened.styles(row, truncation), frames) for row in latents], 1)
        pictures = [opened.draw_styles(row) for row in together]
    else:
        pictures = [opened.draw(row, truncation) for row in torch.stack([walk(row, frames) for row in latents], 1)]
    moving = [sheet(list(as_colors(row)), columns, enlarge) for row in pictures]
    # Video codecs want even sides.
    write_moving(out, [frame[: len(frame) // 2 * 2, : frame.shape[1] // 2 * 2] for frame in moving], rate)
    print(out)


def project_image(
    run: _Run,
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="What to look for.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for projection.png, .json and styles.npy.")],
    steps: Annotated[int, typer.Option(min=1, help="Steps of the search.")] = 200,
    device: _Device = "auto",
) -> None:
    """Find the latent of a picture: projection.png shows the picture beside what the generator makes of it.

    styles.npy, (depth, style), is what `platelight images mix --styles` takes.

        platelight images project runs/textures bricks.png --out projected
    """
    import numpy as np

    from core.atomic import atomic_path, write_json
    from core.cli.console import console, progress
    from core.generative.pictures import as_colors, sheet, write_picture
    from core.generative.projection import project
    from core.generative.reading import read_square
    from core.generative.runs import open_run

    opened = open_run(run, device)
    wanted = read_square(picture, opened.style_generator().size)
    with progress() as bar:
        line = bar.add_task("projection", total=steps)
        found = project(
            opened, wanted, steps, on_step=lambda step, loss: bar.update(line, completed=step, note=f"{loss:.3f}")
        )
    write_picture(out / "projection.png", sheet([*as_colors(wanted[None]), *as_colors(found.picture[None])], 2, 4))
    with atomic_path(out / "styles.npy") as temporary, temporary.open("wb") as file:
        np.save(file, found.styles[0].cpu().numpy())
    figures = {"rms": round(found.error, 3), "first_rms": round(found.first_error, 3), "seed": found.seed}
    write_json(out / "projection.json", {"picture": str(picture), "run": str(run), "steps": steps, **figures})
    console.print(
        f"difference {found.error:.1f} of 255 (root mean square), {found.first_error:.1f} for the nearest of 64 seeds",
        highlight=False,
    )
    print(out)


def mix_images(
    run: _Run,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A picture file.")],
    coarse: Annotated[str, typer.Option(help="Seeds whose forms are taken, one a row.")] = "0,1,2,3",
    fine: Annotated[str, typer.Option(help="Seeds whose colours and detail are taken, one a column.")] = "10,11,12,13",
    crossing: Annotated[int, typer.Option(min=0, help="Sizes that take the forms' style, from the smallest.")] = 2,
    styles: Annotated[
        Path | None, typer.Option(metavar="FILE", help="styles.npy of `images project`, as one more row.")
    ] = None,
    truncation: _Truncation = 1.0,
    device: _Device = "auto",
) -> None:
    """Mix two sets of pictures: forms of the left column, colours and detail of the top row.

    platelight images mix runs/textures --out mix.png --coarse 1,5,9 --fine 2,3,4,6
    """
    import numpy as np
    import torch

    from core.errors import BadInput
    from core.generative.latents import mixed
    from core.generative.pictures import as_colors, sheet, write_picture
    from core.generative.runs import latents_of_seeds, open_run

    opened = open_run(run, device)
    latent = opened.style_generator().latent
    rows, columns = (opened.styles(latents_of_seeds(_seeds(text), latent), truncation) for text in (coarse, fine))
    if styles is not None:
        try:
            more = torch.from_numpy(np.load(styles, allow_pickle=False).astype(np.float32))[None].to(rows.device)
            rows = torch.cat([rows, more])
        except (OSError, ValueError, RuntimeError) as error:
            raise BadInput(f"{styles}: is no styles.npy of this run's shape ({error})") from error
    made = mixed(rows, columns, crossing)
    blank = np.full((opened.generator.size, opened.generator.size, 3), 24, np.uint8)
    table = [blank, *as_colors(opened.draw_styles(columns))]
    for row, left in zip(made, as_colors(opened.draw_styles(rows)), strict=True):
        table += [left, *as_colors(opened.draw_styles(row))]
    write_picture(out, sheet(table, len(columns) + 1, 2))
    print(out)


def evaluate_images(
    run: _Run,
    data: Annotated[list[Path], typer.Option("--data", metavar="DIR", help="The folders the run was trained on.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for evaluation.json and sheets.")],
    truncation: _Truncation = 1.0,
    inception: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Standard Inception weights, for FID, KID and Inception score.")
    ] = None,
    path_pairs: Annotated[int, typer.Option(min=0, help="Pairs for the path length; 0 leaves it out.")] = 0,
    draws: Annotated[
        int, typer.Option(min=0, help="Also the kernel distance of so many other draws: what chance does to it.")
    ] = 0,
    device: _Device = "auto",
) -> None:
    """Measure a run: distances beside their floor of true against true, precision and recall, variety, memorising.

    platelight images evaluate runs/textures --data data/drawn --out figures
    """
    from core.atomic import write_json
    from core.cli.console import console
    from core.generative.evaluation import BIAS, evaluate_pictures, read_real
    from core.generative.inception import inception_figures, inception_network
    from core.generative.path_length import path_length
    from core.generative.runs import open_run
    from core.generative.sheets import write_evaluation_sheets

    opened = open_run(run, device)
    standard = inception_network(inception) if inception is not None else None
    real = read_real(opened, data)
    found = evaluate_pictures(
        opened,
        real,
        truncation=truncation,
        draws=draws,
        on_part=lambda words: console.print(words, highlight=False),
    )
    figures = dict(found.figures)
    if standard is not None:
        figures |= inception_figures(standard, real.reference, found.samples, real.held_out)
    if path_pairs:
        figures["path_length"], figures["path_length_99"] = path_length(opened, path_pairs)
    write_json(out / "evaluation.json", {"figures": figures, "alarms": found.alarms, "bias": BIAS})
    write_evaluation_sheets(found, real, out)
    for name, value in figures.items():
        console.print(f"{name}: {value}", highlight=False, soft_wrap=True)
    console.print(BIAS, highlight=False)
    for words in found.alarms:
        console.print(f"ALARM: {words}", highlight=False, soft_wrap=True)
    print(out)


def _seeds(text: str) -> list[int]:
    from core.errors import BadConfig

    try:
        seeds = [int(word) for word in text.split(",") if word.strip()]
    except ValueError as error:
        raise BadConfig(f"seeds {text!r}: whole numbers with commas between are needed, such as 0,1,2") from error
    if not seeds:
        raise BadConfig("no seeds given; name some, such as 0,1,2")
    return seeds
