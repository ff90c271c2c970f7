"""`platelight evaluate`: how good a model is."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from core.evaluation.evaluate import Evaluation

__all__ = ["evaluate"]


def evaluate(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What is judged: plate_normals.")],
    model: Annotated[
        str, typer.Option("--model", metavar="NAME|PATH", help="A shipped model, a model's folder or file, or a training run.")
    ],
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="Shards, or sets SET/NAME_plate.png with SET/NAME_normals.exr.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Also write evaluation.json and contact_sheet.png there.")
    ] = None,
    fov: Annotated[
        float | None, typer.Option("--fov", help="Field of view of real plates along the longer side, degrees. [default: the card's]")
    ] = None,
    size: Annotated[int | None, typer.Option("--size", help="Short side of what the network sees, pixels. [default: the card's]")] = None,
    tile: Annotated[bool, typer.Option("--tile", help="Look at the plates through overlapping tiles.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many images of each set.")] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or gpu.")] = "auto",
) -> None:
    """Print a model's angular error on plates with known normals: mean, median, and the share within some angles.

    Every image of a set counts the same, and every set.

        platelight evaluate plate_normals --model plate_normals --data held_out
        platelight evaluate plate_normals --model runs/first --data real_sets --out report
    """
    from core.atomic import write_json
    from core.cli.console import console, progress
    from core.evaluation.contact_sheet import write_sheet
    from core.evaluation.evaluate import evaluate as judge
    from core.evaluation.evaluate import telling_rows
    from core.evaluation.references import find_references
    from core.inference.lens import Lens
    from core.inference.plate_normals import ViewSettings
    from core.inference.session import open_model
    from core.tasks import check_task

    check_task(task)
    references = find_references(data, Lens(fov), limit)
    settings = ViewSettings(size, tile)
    with ExitStack() as stack:
        opened = open_model(_model_path(model, stack), device)
        with progress() as bar:
            line = bar.add_task("evaluating", total=len(references))
            result = judge(opened, references, settings, lambda done, total: bar.update(line, completed=done))
        if out is not None:
            details = {"model": model, "data": str(data), "fov_degrees": fov, "size": size, "tile": tile}
            write_sheet(out / "contact_sheet.png", telling_rows(opened, references, result, settings))
            write_json(out / "evaluation.json", {**details, "name": opened.card.name, **result.to_json()})
    _print_table(result)
    if result.skipped:
        console.print(f"{len(result.skipped)} images left out: less than 2 % of their reference is trusted")


def _model_path(model: str, stack: ExitStack) -> str:
    """A run is exported to a temporary folder first; anything else is taken as it is."""
    from core.training.run_folder import CHECKPOINT

    path = Path(model)
    run = path.parent if path.name == CHECKPOINT else path
    if not (run / CHECKPOINT).is_file():
        return model
    import tempfile

    from core.cli.console import console
    from core.export.model import export_run

    console.print(f"{run} is a training run: its averaged model is exported first", highlight=False)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="platelight-")))
    export_run(run, folder, precision="fp32")
    return str(folder)


def _print_table(result: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("set")
    for title in ("images", "mean", "median", "< 5", "< 11.25", "< 22.5", "< 30"):
        table.add_column(title, justify="right")
    for name, one in result.sets.items():
        count = sum(image.group == name for image in result.images)
        table.add_row(name, str(count), *(f"{value:.1f}" for value in vars(one).values()))
    table.add_section()
    table.add_row("mean of sets", str(len(result.images)), *(f"{value:.1f}" for value in vars(result.mean_of_sets).values()))
    table.caption = "mean and median in degrees, shares in percent of the pixels"
    Console().print(table)
