"""`platelight export`: a run's model as ONNX with its card, and as TorchScript for Nuke."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["export"]


def export(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="Folder of a training run; with --torchscript also a model (its folder, or its name), or `relight`.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the graph and its card.json.")],
    precision: Annotated[
        str,
        typer.Option("--precision", help="How weights are stored: fp16 (half the size) or fp32. Arithmetic is fp32."),
    ] = "fp16",
    name: Annotated[str | None, typer.Option("--name", help="Name in the card. [default: the name of DIR]")] = None,
    work_size: Annotated[
        int | None,
        typer.Option("--work-size", help="Short side in pixels to look at plates with. [default: the training size]"),
    ] = None,
    looks: Annotated[
        int, typer.Option("--looks", help="How many answers about a plate to average: 1, 2 or 4; for the card.")
    ] = 1,
    version: Annotated[str, typer.Option("--version", help="Version of these weights, for the card.")] = "1",
    credit: Annotated[
        list[str] | None,
        typer.Option(
            "--credit", metavar="TEXT", help="Author and licence of something it saw, for the card; repeatable."
        ),
    ] = None,
    torchscript: Annotated[
        bool,
        typer.Option("--torchscript", help="Also write TASK.pt, for Nuke's Inference node, with torchscript.json."),
    ] = False,
) -> None:
    """Write a trained model as ONNX, checked against torch, with a card that says what it is.

    The card is written last, and only where the graph says what torch says, at sizes it was not traced with. The
    TorchScript file holds the whole way from a plate to its normals and is written only where it says what
    `platelight normals` says. A model that is there already gets the TorchScript file alone. `relight` is no model: it
    writes the shading of `platelight relight` for the node PlateRelight, checked against it.

    Examples:

        platelight export runs/first --out models/first
        platelight export runs/first --out models/first --torchscript
        platelight export plate_normals --out models/nuke --torchscript
        platelight export relight --out models/relight --torchscript
        platelight normals plate.exr --model models/first --out normals
    """
    from core.cli.console import console
    from core.export import export_run

    if torchscript and str(run) == "relight" and not run.exists():
        _export_relight(out)
        return
    if torchscript and _is_model(run):
        _export_torchscript(run, out, from_run=False)
        return
    card = export_run(
        run,
        out,
        precision=precision,
        name=name,
        version=version,
        work_size=work_size,
        looks=looks,
        credits=credit or (),
    )
    size = (out / card.weights).stat().st_size / 1e6
    parity = card.parity
    if "mean_degrees" in parity:
        words = f"mean {parity['mean_degrees']} degrees, 99.9 % within {parity['p99.9_degrees']}"
    else:
        apart = max(value for key, value in parity.items() if key.startswith("mean_"))
        words = f"mean difference {apart:.2g}"
    console.print(f"graph and torch agree: {words}, at {', '.join(parity['sizes'])}")
    done, planned = card.training["steps"], card.training["planned_steps"]
    if done < planned:
        console.print(f"[yellow]the run is at step {done} of {planned}; this is what it has learnt so far[/yellow]")
    console.print(f"{out / card.weights} ({size:.1f} MB, {card.precision}) and {out / 'card.json'}")
    if torchscript:
        _export_torchscript(run, out, from_run=True)


def _is_model(path: Path) -> bool:
    from core.card import CARD, shipped_models

    return (path / CARD).is_file() or (not path.exists() and str(path) in shipped_models())


def _export_torchscript(source: Path, out: Path, from_run: bool) -> None:
    from core.cli.console import console
    from core.export.torchscript import SCRIPT_CARD, convert_to_torchscript, export_torchscript

    script = export_torchscript(source, out) if from_run else convert_to_torchscript(source, out)
    parity = script.parity
    console.print(
        f"TorchScript and ONNX Runtime agree: mean {parity['mean_degrees']} degrees, 99.9 % within "
        f"{parity['p99.9_degrees']}, in half {parity['half_mean_degrees']}, at {', '.join(parity['sizes'])}"
    )
    console.print(f"{out / script.weights} ({script.bytes / 1e6:.1f} MB) and {out / SCRIPT_CARD}")


def _export_relight(out: Path) -> None:
    from core.cli.console import console
    from core.export.relight_script import export_relight
    from core.export.torchscript import SCRIPT_CARD

    script = export_relight(out)
    told = ", ".join(f"{name} {value:.1g}" for name, value in script.differences.items())
    console.print(f"TorchScript and core.relight agree; largest difference by kind of light: {told}")
    console.print(f"{out / script.card['weights']} ({script.card['bytes'] / 1e3:.0f} kB) and {out / SCRIPT_CARD}")
