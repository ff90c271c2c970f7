"""`platelight estimate-light`: what light a plate was shot in, from the plate and its normals."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.one_by_one import one_by_one
from core.cli.options import FinishedOption
from core.cli.sequence_words import finished_line, missing_lines, raise_for

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.relight.companions import PlannedRelight
    from core.relight.estimate import EstimateSettings
    from worker_link.light import PlateLight

__all__ = ["estimate_light"]


def estimate_light(
    plates: Annotated[
        list[str],
        typer.Argument(metavar="PLATE...", help="Plates: images, folders, or frame patterns with or without a range."),
    ],
    normals: Annotated[
        str,
        typer.Option("--normals", metavar="FILES", help="EXR with a layer N, as `platelight normals` writes it."),
    ],
    out: Annotated[
        str,
        typer.Option("--out", metavar="FILE", help="A .json file, a folder or a pattern; with --merge one file."),
    ],
    merge: Annotated[
        bool, typer.Option("--merge", help="One light for all frames: neither light nor camera turns.")
    ] = False,
    preview: Annotated[
        str | None,
        typer.Option("--preview", metavar="FILE", help="Also write the plate with two lit balls beside it; as --out."),
    ] = None,
    lights: Annotated[
        Path | None,
        typer.Option("--lights", metavar="FILE", help="Also write key and ambient as lights: .json, or .nk for Nuke."),
    ] = None,
    occlusion: Annotated[
        str | None,
        typer.Option(
            "--occlusion", metavar="FILES", help="Layer occlusion or AO, else first channel, 0 (closed in) to 1."
        ),
    ] = None,
    clip: Annotated[
        float | None,
        typer.Option("--clip", help="Scene-linear value at which the plates are clipped. [default: found by itself]"),
    ] = None,
    least_confidence: Annotated[
        float, typer.Option("--least-confidence", help="Leave normals of less confidence out, 0 to 1.")
    ] = 0.0,
    mean_albedo: Annotated[
        float,
        typer.Option("--mean-albedo", help="What the plate's mean albedo is taken to be; it sets the light's scale."),
    ] = 0.3,
    color_space: Annotated[
        str | None,
        typer.Option(help="Colour space of the plates, as OpenColorIO names it. [default: what each file says]"),
    ] = None,
    overwrite: FinishedOption = None,
) -> None:
    """Estimate the light that plates were shot in.

    Each result is a small JSON file: nine spherical harmonics a channel, the direction to the dominant light, the
    colours and strengths of key and ambient light, how well they explain the plate, and how far they can be relied on.
    docs/light-estimation.md explains every field. `platelight relight --mode ratio --from-estimate` and the nodes in
    Nuke read it.

    FILES are one file for all plates, a folder with a file of each plate's name, or a frame pattern.

    Examples:

        platelight estimate-light plate.exr --normals N/plate.exr --out light.json --preview light.png

        platelight estimate-light plate.%04d.exr 1001-1100x10 --normals normals --out light.json --merge

        platelight estimate-light plate.%04d.exr 1001-1020 --normals normals --out lights
    """
    from core.cli.console import console
    from core.errors import BadInput
    from core.inference.sequence import expand_inputs
    from core.relight.companions import PlannedRelight, companion_of, plan_relights
    from core.relight.estimate import EstimateSettings
    from core.relight.plate_light import merge_light_files, read_light_file, write_light_file

    settings = EstimateSettings(clip=clip, least_confidence=least_confidence, mean_albedo=mean_albedo)
    expansion = expand_inputs(plates, Path(out))
    found = [frame.path for frame in expansion.frames]
    several = len(found) > 1
    if merge and Path(out).suffix.lower() != ".json":
        raise BadInput(f"--out {out}: a merged light is one file; give it a name that ends with .json")
    if lights is not None and lights.resolve() == Path(out).resolve():
        raise BadInput(f"--lights {lights} is the same file as --out; give the lights another name")
    if lights is not None and several and not merge:
        raise BadInput(f"--lights {lights} is one file for {len(found)} plates; add --merge, or leave it out")
    named = {what: text for what, text in (("normals", normals), ("occlusion", occlusion)) if text is not None}
    numbers = [frame.number for frame in expansion.frames]
    if merge:
        shown = plan_relights(found, named, preview, suffix=".png", numbers=numbers) if preview is not None else ()
        inputs = (
            {what: companion_of(plate, text, what, number) for what, text in named.items()}
            for plate, number in zip(found, numbers, strict=True)
        )
        pictures: list[Path | None] = [frame.out for frame in shown] if shown else [None for _ in found]
        planned = tuple(map(PlannedRelight, found, [Path(out)] * len(found), inputs, pictures))
    else:
        planned = plan_relights(found, named, out, preview, suffix=".json", numbers=numbers)
    for line in missing_lines(expansion.missing):
        console.print(line, markup=False, soft_wrap=True)
    again = overwrite if overwrite is not None else merge or not several
    mark = _mark(settings, color_space, named)
    todo = [frame for frame in planned if again or not _is_finished(frame, mark, len(planned) if merge else 1)]
    if merge and todo:
        todo = list(planned)  # a merged light is of all frames, or it is another one
    if len(todo) < len(planned):
        console.print(finished_line(len(planned) - len(todo), len(planned)), markup=False, soft_wrap=True)
    made: list[PlateLight] = []

    def work(frame: PlannedRelight) -> None:
        light = replace(_estimate(frame, settings, color_space), made_with=mark)
        if not merge:
            write_light_file(frame.out, light)
        made.append(light)

    failures = one_by_one("estimate light", todo, work, alone=len(planned) == 1)
    if (made or not todo) and (merge or not several):
        light = merge_light_files(made) if made else read_light_file(planned[0].out)
        if merge and made:
            write_light_file(out, light)
        if lights is not None:
            _write_lights(lights, light)
        for line in _told(light):
            console.print(line, markup=False, soft_wrap=True)
    done = len(planned) - len(failures)
    console.print(f"{done} of {len(planned)} plates' light estimated", markup=False, soft_wrap=True)
    print(out)
    raise_for(failures, len(expansion.missing), len(planned))


def _estimate(frame: PlannedRelight, settings: EstimateSettings, color_space: str | None) -> PlateLight:
    from core.image import read_image
    from core.relight.light_preview import save_light_preview
    from core.relight.plate_light import estimate_from_pictures, linear_pixels

    plate, path = read_image(frame.plate), frame.inputs["normals"]
    light = estimate_from_pictures(
        plate,
        plate if path == frame.plate else read_image(path),
        occlusion=read_image(frame.inputs["occlusion"]) if "occlusion" in frame.inputs else None,
        color_space=color_space,
        settings=settings,
        name=str(frame.plate),
        normals_name=str(path),
    )
    if frame.preview is not None:
        save_light_preview(frame.preview, linear_pixels(plate, color_space)[0], light, albedo=settings.mean_albedo)
    return light


def _mark(settings: EstimateSettings, color_space: str | None, inputs: Collection[str]) -> str:
    """Tells settings and kinds of inputs apart: 16 hex digits that are written into each file."""
    told = json.dumps([asdict(settings), color_space, sorted(inputs)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _is_finished(frame: PlannedRelight, mark: str, frames: int) -> bool:
    """Whether the files are there, are newer than all that they are made from, and hold such an estimate of so many
    frames."""
    from core.errors import PlatelightError
    from core.relight.plate_light import read_light_file

    written = [path for path in (frame.out, frame.preview) if path is not None]
    try:
        oldest = min(path.stat().st_mtime_ns for path in written)
        newest = max(path.stat().st_mtime_ns for path in (frame.plate, *frame.inputs.values()))
        light = read_light_file(frame.out)
    except (OSError, PlatelightError):
        return False
    return newest < oldest and (light.made_with, light.frames) == (mark, frames)


def _write_lights(path: Path, light: PlateLight) -> None:
    from core.cli.console import console
    from core.relight.lights_file import write_lights
    from core.relight.lights_from_estimate import lights_from_light
    from core.relight.nuke_lights import write_nuke_lights

    found = lights_from_light(light)
    if path.suffix.lower() != ".nk":
        write_lights(path, found)
        return
    for note in write_nuke_lights(path, found):
        console.print(note, markup=False, soft_wrap=True)


def _told(light: PlateLight) -> list[str]:
    from worker_link.light_words import light_words

    return [light_words(light), *(f"weak: {doubt}" for doubt in light.doubts)]
