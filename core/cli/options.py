"""Options that several commands have: declared once, so that they read the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from core.choice import Choice
from core.depth_kind import DepthKind

__all__ = [
    "DepthIsOption",
    "Device",
    "DeviceOption",
    "DistanceOption",
    "FilmBackOption",
    "FinishedOption",
    "FocalLengthOption",
    "FovOption",
    "ModelOption",
    "ThreadsOption",
]


class Device(Choice):
    """Where a model runs."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"


ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="Shipped model, or path of a model folder, card or .onnx. [default: the shipped one]"),
]
DeviceOption = Annotated[Device, typer.Option("--device", help="Where the model runs.")]
ThreadsOption = Annotated[int | None, typer.Option("--threads", min=1, help="CPU threads. [default: all cores]")]
FovOption = Annotated[
    float | None,
    typer.Option(
        "--fov", help="Field of view along the longer side, degrees; without it what the normals' file says, or 50."
    ),
]
FocalLengthOption = Annotated[float | None, typer.Option("--focal-length", help="Focal length, mm; with --film-back.")]
FilmBackOption = Annotated[
    float | None, typer.Option("--film-back", help="Width of the film back, mm; with --focal-length.")
]
DepthIsOption = Annotated[
    DepthKind,
    typer.Option(
        "--depth-is",
        help="Of --depth: planar (along the camera's axis), inverse (1 / planar, as ScanlineRender's), "
        "distance (to the camera).",
    ),
]
DistanceOption = Annotated[float, typer.Option("--distance", help="Metres to the surface where there is no depth.")]
FinishedOption = Annotated[
    bool | None,
    typer.Option(
        "--overwrite/--skip",
        help="Make finished frames again, or leave them. [default: leave them; a single one is made again]",
    ),
]
