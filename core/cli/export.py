"""`platelight export`: a run's model as ONNX with its card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["export"]


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a training run.")],
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
    version: Annotated[str, typer.Option("--version", help="Version of these weights, for the card.")] = "1",
    credit: Annotated[
        list[str] | None,
        typer.Option(
            "--credit", metavar="TEXT", help="Author and licence of something it saw, for the card; repeatable."
        ),
    ] = None,
) -> None:
    """Write a trained model as ONNX, checked against torch, with a card that says what it is.

    The card is written last, and only where the graph says what torch says, at sizes it was not traced with.

    Examples:

        platelight export runs/first --out models/first
        platelight normals plate.exr --model models/first --out normals
    """
    from core.cli.console import console
    from core.export import export_run

    card = export_run(
        run, out, precision=precision, name=name, version=version, work_size=work_size, credits=credit or ()
    )
    size = (out / card.weights).stat().st_size / 1e6
    parity = card.parity
    console.print(
        f"graph and torch agree: mean {parity['mean_degrees']} degrees, 99.9 % within {parity['p99.9_degrees']}, "
        f"at {', '.join(parity['sizes'])}"
    )
    done, planned = card.training["steps"], card.training["planned_steps"]
    if done < planned:
        console.print(f"[yellow]the run is at step {done} of {planned}; this is what it has learnt so far[/yellow]")
    console.print(f"{out / card.weights} ({size:.1f} MB, {card.precision}) and {out / 'card.json'}")
