"""`platelight evaluate`: a model against reference normals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from core.evaluation.evaluate import Evaluation

__all__ = ["evaluate"]


def evaluate(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What it has learnt: plate_normals or pix2pix_normals.")],
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Shards, SET/NAME_plate.png with SET/NAME_normals.exr beside it, or a public data set.",
        ),
    ],
    model: Annotated[
        str,
        typer.Option("--model", metavar="NAME|PATH", help="A shipped model, an exported folder, or a training run."),
    ] = "plate_normals",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for evaluation.json and a contact sheet.")
    ] = None,
    fov: Annotated[
        float | None, typer.Option("--fov", help="Degrees along the longer side, for plates that do not say.")
    ] = None,
    size: Annotated[
        int | None, typer.Option("--size", min=32, help="Working short side, pixels. [default: the card's]")
    ] = None,
    record: Annotated[
        str | None, typer.Option("--record", metavar="LABEL", help="Also write the figures to the model's card.")
    ] = None,
    layout: Annotated[
        str,
        typer.Option(
            "--layout", help="What DIR holds: auto, platelight, nyuv2, scannet, ibims1, diode or oasis.", metavar="NAME"
        ),
    ] = "auto",
    normal_axes: Annotated[
        str | None,
        typer.Option(
            "--normal-axes",
            metavar="XYZ",
            help="Where +x, +y, +z of a public set's normals point, such as LUB or RDF. [default: the layout's]",
        ),
    ] = None,
    tile: Annotated[bool, typer.Option("--tile", help="Look through overlapping tiles.")] = False,
    looks: Annotated[
        int | None,
        typer.Option(help="Answers averaged: 1, 2 or 4; see platelight normals. [default: the model's]"),
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or gpu.")] = "auto",
    threads: Annotated[int, typer.Option("--threads", min=0, help="Processor threads; 0 is all.")] = 0,
) -> None:
    """Measure a model: mean and median angle, and the share of pixels within 5, 11.25, 22.5 and 30 degrees, per set.

    Also the mean within 3 pixels of where the reference turns sharply, and away from there; and for a model that states
    its confidence, how true that is, and its picture in the contact sheet. Each image of a set counts the same, and
    each set in the last line. DIR holds shards, one folder a set, or NYUv2, ScanNet, iBims-1, DIODE or OASIS as they
    are handed out (docs/evaluation.md).

    Examples:

        platelight evaluate plate_normals --model plate_normals --data data/held_out --out report
        platelight evaluate plate_normals --model runs/first --data real_normals

        platelight evaluate plate_normals --data NYUv2/test --layout nyuv2 --out report
    """
    import tempfile

    from core.card import WEIGHTS, shipped_models
    from core.cli.console import console, progress
    from core.errors import BadConfig, BadInput
    from core.evaluation.evaluate import evaluate_normals
    from core.evaluation.layouts.axes import Axes
    from core.evaluation.record import record_scores
    from core.evaluation.sets import open_pairs
    from core.evaluation.sheet import write_sheet
    from core.inference.lens import Lens
    from core.inference.plate_normals import ViewSettings
    from core.inference.session import open_model

    if task not in ("plate_normals", "pix2pix_normals"):
        raise BadConfig(
            f"task {task!r}: this measures plate_normals and pix2pix_normals; models of other tasks are measured by "
            "normal_maps.py, material_figures.py and occlusion.py of the repository's benchmarks, and by "
            "`platelight images evaluate`"
        )
    if out is not None and out.exists() and not out.is_dir():
        raise BadInput(f"{out}: is a file; name a folder for the report with --out")
    lens = None if fov is None else Lens(fov_degrees=fov)
    view = ViewSettings(size=size, tile=tile, looks=looks)
    pairs = open_pairs(data, layout, Axes(normal_axes.upper()) if normal_axes else None)
    if record and model in shipped_models():
        raise BadConfig(
            f"--record writes to the card of a shipped model, whose figures are published; copy its folder "
            f"({WEIGHTS / model}) and name the copy with --model"
        )
    if record and _is_run(model):
        raise BadConfig(f"{model}: is a training run and has no card to record figures in; export it first")
    with tempfile.TemporaryDirectory(prefix="platelight-") as scratch:
        opened = open_model(_exported(model, Path(scratch)), device=device, threads=threads or None)
        with progress() as bar:
            line = bar.add_task("plates", total=len(pairs))
            result = evaluate_normals(
                opened,
                pairs,
                lens=lens,
                view=view,
                on_image=lambda row: bar.update(line, advance=1, note=f"{row.name} {row.figures.mean:.1f} degrees"),
            )
            bar.update(line, completed=len(pairs))
    _print(result)
    if out is not None:
        from core.atomic import write_json

        write_json(out / "evaluation.json", result.to_json())
        write_sheet(result, out / "contact_sheet.png")
        console.print(f"{out / 'evaluation.json'} and {out / 'contact_sheet.png'}")
    if record:
        card = record_scores(model, record, result)
        console.print(f"figures recorded in {card} as {record!r}")


def _is_run(model: str) -> bool:
    from core.training.run_folder import CHECKPOINT

    return (Path(model) / CHECKPOINT).is_file()


def _exported(model: str, scratch: Path) -> str:
    # A run holds torch weights; exporting it first measures just what users will run.
    if _is_run(model):
        from core.export import export_run

        export_run(Path(model), scratch / Path(model).name)
        return str(scratch / Path(model).name)
    return model


def _print(result: Evaluation) -> None:
    from rich.table import Table

    from core.cli.console import console

    headings = ("mean", "median", "< 5", "< 11.25", "< 22.5", "< 30")
    table = Table("set", "images", *headings, title="angular error: degrees, % of pixels")
    edges = Table("set", "near", "away", "% near", title="near and away from sharp turns of the reference: degrees")
    rows = [(name, str(len(result.groups()[name])), figures) for name, figures in result.by_group().items()]
    for name, count, figures in [*rows, ("mean of sets", str(len(rows)), result.overall())]:
        shown = ["-" if value is None else f"{value:.1f}" for value in vars(figures).values()]
        table.add_row(name, count, *shown[: len(headings)])
        edges.add_row(name, *shown[len(headings) :])
    console.print(table)
    console.print(edges)
    _print_calibration(result)


def _print_calibration(result: Evaluation) -> None:
    from rich.table import Table

    from core.cli.console import console

    together = result.calibration()
    if together is None:
        return
    table = Table(
        *("set", "error, degrees", "error, 0..1", "AUSE", "AUSE / mean", "temperature"),
        title="calibration of the expected angle and of the confidence",
    )
    reports = {name: calibration.report() for name, calibration in result.calibrations.items()}
    whole = together.report()
    for name, report in [*reports.items(), ("all", whole)]:
        table.add_row(
            name,
            f"{report.error_degrees:.2f}",
            f"{report.error_confidence:.3f}",
            f"{report.ause_degrees:.2f}",
            f"{report.ause_relative:.3f}",
            f"{report.temperature:.2f}",
        )
    console.print(table)
    table = Table("expected", "measured", "confidence", "within 11.25", title="reliability, most confident tenth first")
    for row in whole.reliability:
        table.add_row(
            f"{row.predicted_degrees:.1f}",
            f"{row.measured_degrees:.1f}",
            f"{100 * row.confidence:.0f} %",
            f"{100 * row.within:.0f} %",
        )
    console.print(table)
