"""`platelight normals`: plates in, camera-space normals out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.choice import Choice
from core.cli.one_by_one import one_by_one
from core.cli.options import Device, DeviceOption, FilmBackOption, FocalLengthOption, ModelOption, ThreadsOption
from core.cli.sequence_words import finished_line, missing_lines, raise_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.errors import PlatelightError
    from core.inference.frame import FrameReport, FrameSettings
    from core.inference.sequence import PlannedFrame
    from core.inference.session import NormalsModel

__all__ = ["normals"]


class DetailChoice(Choice):
    """How much of a plate's own structure reaches its normals; see `core.inference.detail.Detail`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def normals(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="IN...", help="Images, folders, or frame patterns, each pattern with or without a range."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results; made if it is not there.")],
    model: ModelOption = None,
    fov: Annotated[
        float | None,
        typer.Option(help="Field of view along the longer side of the plate, degrees. [default: the model's]"),
    ] = None,
    focal_length: FocalLengthOption = None,
    film_back: FilmBackOption = None,
    size: Annotated[
        int | None,
        typer.Option(help="Short side of what the model sees, pixels. [default: the model's; twice that with --tile]"),
    ] = None,
    tile: Annotated[bool, typer.Option("--tile", help="Look through overlapping tiles: finer detail, slower.")] = False,
    detail: Annotated[
        DetailChoice | None,
        typer.Option(
            help="low: one view, enlarged; medium: its edges laid along the plate's; high: finer tiles, made to agree "
            "with the whole, add structure. [default: medium; low with --tile]"
        ),
    ] = None,
    looks: Annotated[
        int | None,
        typer.Option(
            help="Answers averaged: 1, 2 (the mirror image too) or 4 (at two sizes). [default: the model's; 1 "
            "with --tile]"
        ),
    ] = None,
    deflicker: Annotated[
        bool,
        typer.Option("--deflicker", help="The inputs are frames of shots: steady each with those before it on disk."),
    ] = False,
    preview: Annotated[bool, typer.Option("--preview/--no-preview", help="Write NAME_normals.png, 8 bit, too.")] = True,
    keep_tree: Annotated[
        bool, typer.Option("--keep-tree", help="Repeat the sub-folders of IN below the output.")
    ] = False,
    color_space: Annotated[
        str | None,
        typer.Option(help="Colour space of the plates, as OpenColorIO names it. [default: what each file says]"),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite/--skip", help="Make finished frames again, or leave them.")
    ] = False,
    device: DeviceOption = Device.AUTO,
    threads: ThreadsOption = None,
) -> None:
    """Predict camera-space normals of plates.

    For each plate NAME it writes NAME.exr with float N.red N.green N.blue (unit vectors, -1..1, camera space: +X right,
    +Y up, +Z to the camera) at the resolution and with the windows of the plate, and NAME_normals.png to look at.

    A model that states its confidence adds the channel confidence.alpha, 0..1: the probability that the normal there is
    less than 11.25 degrees off, at the same resolution, to be used as a mask. --deflicker steadies it, too.

    8- and 16-bit files are taken as sRGB and EXR as scene-linear Rec.709 unless the file or --color-space says
    otherwise. Both sides of a plate must be 8 pixels or more. Finished frames are left on a second run: those made with
    the same settings and model from a plate that has not changed since.

    With --deflicker a frame is averaged along the movement of the picture with up to six frames before it, those in
    its folder whose names differ in the last number only, whether or not they are named here: a shot may be done in
    parts, on several machines, and gives the same.

    Examples:

        platelight normals photo.jpg --out normals

        platelight normals plate.%04d.exr 1001-1020 --out normals --focal-length 35 --film-back 24.9

        platelight normals "plates/sh010.####.exr 1001-1100x10" --out normals --color-space ACEScg

        platelight normals plate.%04d.exr 1001-1100 --out normals --deflicker

        platelight normals plates --keep-tree --out normals --tile --size 1024
    """
    import numpy as np
    import OpenImageIO as oiio  # noqa: N813

    from core.card import load_card
    from core.cli.console import console
    from core.color import to_scene_linear
    from core.inference.detail import Detail
    from core.inference.frame import FrameSettings, is_finished
    from core.inference.lens import Lens
    from core.inference.plate_normals import ViewSettings
    from core.inference.sequence import expand_inputs, plan_outputs
    from core.inference.session import DEFAULT_MODEL, open_model

    settings = FrameSettings(
        lens=Lens(fov, focal_length, film_back),
        view=ViewSettings(size, tile, Detail(detail.value) if detail else None, looks),
        color_space=color_space,
        preview=preview,
    )
    if color_space is not None:
        to_scene_linear(np.zeros((1, 1, 3), dtype=np.float32), color_space)  # an unknown name stops before the work
    expansion = expand_inputs(inputs, out)
    planned = plan_outputs(expansion.frames, out, keep_tree)
    for line in missing_lines(expansion.missing):
        console.print(line, markup=False, soft_wrap=True)
    card = load_card(DEFAULT_MODEL if model is None else model)
    todo = [
        frame
        for frame in planned
        if overwrite
        or not is_finished(frame.source, frame.normals, settings, card, deflicker)
        or (preview and not frame.preview.exists())
    ]
    if len(todo) < len(planned):
        console.print(finished_line(len(planned) - len(todo), len(planned)), markup=False, soft_wrap=True)
    failures: list[PlatelightError] = []
    if todo:
        if threads is not None:
            oiio.attribute("threads", threads)
        loaded = open_model(model, device=device.value, threads=threads)
        write = _writer(loaded, settings, deflicker)

        def work(frame: PlannedFrame) -> None:
            report = write(frame.source, frame.normals, frame.preview if preview else None)
            for note in report.notes:
                console.print(note, markup=False, soft_wrap=True)

        title = f"normals ({loaded.card.name} on {loaded.device})"
        failures = one_by_one(title, todo, work, alone=len(planned) == 1)
        if settings.lens == Lens() and len(failures) < len(todo):
            console.print(
                f"field of view not given: {loaded.card.default_fov_degrees:g} degrees along the longer side "
                "was assumed (--fov, or --focal-length and --film-back)",
                markup=False,
                soft_wrap=True,
            )
    print(out)
    done = len(planned) - len(failures)
    console.print(f"{done} normals {'layer is' if done == 1 else 'layers are'} in {out}", markup=False, soft_wrap=True)
    raise_for(failures, len(expansion.missing), len(planned))


def _writer(
    model: NormalsModel, settings: FrameSettings, deflicker: bool
) -> Callable[[Path, Path, Path | None], FrameReport]:
    """What makes one frame, from source, normals file and preview."""
    from core.inference.frame import write_normals
    from core.inference.shot import ShotWriter

    if deflicker:
        return ShotWriter(model, settings).write
    return lambda source, normals_path, preview_path: write_normals(model, source, normals_path, preview_path, settings)
