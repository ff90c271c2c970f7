"""`platelight export`: a trained run to a model file and its card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["export"]


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that `platelight train` made.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the model.")],
    precision: Annotated[str, typer.Option("--precision", help="How weights are stored: fp16 or fp32.")] = "fp16",
    name: Annotated[str | None, typer.Option("--name", help="Name of the model. [default: the task's]")] = None,
    version: Annotated[str, typer.Option("--model-version", help="Version of the weights, for the card.")] = "1",
    work_size: Annotated[
        int | None, typer.Option("--work-size", min=32, help="Short side that plates are looked at in, pixels. [default: as trained]")
    ] = None,
    fov: Annotated[
        float | None, typer.Option("--fov", min=1.0, max=170.0, help="Field of view to assume where it is unknown, degrees.")
    ] = None,
    notes: Annotated[
        Path | None, typer.Option("--notes", metavar="FILE.json", help="More for the card: description, scores, data, credits.")
    ] = None,
) -> None:
    """Write a run's averaged model as ONNX, check its answers against torch, and write the card beside it.

    Weights are stored in half precision unless told otherwise; arithmetic is float32 either way.

        platelight export runs/first --out models/first
        platelight export runs/first --out models/first --work-size 256 --notes notes.json
    """
    from core.cli.console import console
    from core.export.model import export_run

    details: dict[str, Any] = _read_notes(notes) if notes else {}
    details |= {key: value for key, value in (("work_size", work_size), ("default_fov_degrees", fov)) if value is not None}
    card = export_run(run, out, precision=precision, name=name, version=version, details=details)
    megabytes = card.weights_path.stat().st_size / 1e6
    figures = ", ".join(f"{key.replace('_', ' ')} {value:.4f}" for key, value in card.parity.items())
    console.print(f"{card.weights_path}: {megabytes:.1f} MB, {card.precision}; against torch: {figures}", highlight=False)
    print(out)


def _read_notes(path: Path) -> dict[str, Any]:
    import json

    from core.errors import BadConfig, FileMissing

    known = ("description", "scores", "data", "credits", "licence")
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: no such file of notes for the card") from error
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path}: notes for the card must be a JSON file ({error})") from error
    unknown = sorted(set(value) - set(known)) if isinstance(value, dict) else ["(no object)"]
    if unknown:
        raise BadConfig(f"{path}: {unknown[0]!r} is no part of the notes for a card; known are {', '.join(known)}")
    return dict(value)
