"""`platelight relight`: put lights on plates through their normals."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.one_by_one import one_by_one
from core.cli.options import DepthIsOption, DistanceOption, FinishedOption, FovOption
from core.cli.sequence_words import finished_line, missing_lines, raise_for
from core.depth_kind import DepthKind

if TYPE_CHECKING:
    from core.relight.companions import PlannedRelight
    from core.relight.lights import Light

__all__ = ["relight"]


def _write_example(path: Path | None) -> None:
    if path is None:
        return
    from core.errors import BadInput, PlatelightError
    from core.relight.lights_file import EXAMPLE, read_lights, write_lights

    same = False
    with contextlib.suppress(PlatelightError):
        same = path.exists() and read_lights(path) == EXAMPLE
    if path.exists() and not same:
        raise BadInput(f"{path}: is there already; name another file for the example, or take that one away")
    write_lights(path, EXAMPLE)
    print(path)
    raise typer.Exit


def _convert(paths: tuple[Path, Path] | None) -> None:
    if not paths:
        return
    from core.cli.console import console
    from core.errors import BadInput
    from core.relight.lights_file import write_lights
    from core.relight.nuke_lights import write_nuke_lights

    source, target = paths
    lights, notes = _read_lights(source)
    if target.exists() and not _holds_lights(target):
        raise BadInput(f"{target}: is there, and holds other things than lights; name another file for them")
    if target.suffix.lower() == ".nk":
        notes = [*notes, *write_nuke_lights(target, lights)]
    else:
        write_lights(target, lights)
    for note in notes:
        console.print(note, markup=False, soft_wrap=True)
    print(target)
    raise typer.Exit


def _holds_lights(path: Path) -> bool:
    # A conversion may be repeated; what must not be lost is somebody's comp of the same ending.
    from core.errors import PlatelightError
    from core.relight.lights_file import read_lights
    from core.relight.nuke_lights import holds_lights_only

    try:
        return holds_lights_only(path) if path.suffix.lower() == ".nk" else read_lights(path) is not None
    except (OSError, ValueError, PlatelightError):
        return False


def relight(
    plates: Annotated[
        list[str],
        typer.Argument(metavar="PLATE...", help="Plates: images, folders, or frame patterns with or without a range."),
    ],
    normals: Annotated[
        str,
        typer.Option(
            "--normals",
            metavar="N.exr",
            help="EXR with a layer N, as `platelight normals` writes it: FILES, see below.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            metavar="FILE",
            help="A file, a folder or a pattern. .exr is scene-linear; .png and others show it on an sRGB screen.",
        ),
    ],
    lights: Annotated[
        Path | None, typer.Option("--lights", metavar="FILE", help="Lights as JSON, or a Nuke script (.nk) of lights.")
    ] = None,
    env: Annotated[
        Path | None,
        typer.Option("--env", metavar="HDRI", help="Also light with this latitude-longitude picture, scene-linear."),
    ] = None,
    env_rotation: Annotated[float, typer.Option("--env-rotation", help="Degrees about +Y, for --env.")] = 0.0,
    env_intensity: Annotated[float, typer.Option("--env-intensity", min=0.0, help="Factor, for --env.")] = 1.0,
    depth: Annotated[
        str | None,
        typer.Option(
            "--depth", metavar="FILES", help="Depth (depth.Z or Z), in metres; see --depth-is, --depth-scale."
        ),
    ] = None,
    occlusion: Annotated[
        str | None,
        typer.Option(
            "--occlusion",
            metavar="FILES",
            help="Layer occlusion or AO, else first channel, 0 (closed in) to 1: on ambient and HDRI.",
        ),
    ] = None,
    occlude_all: Annotated[bool, typer.Option("--occlude-all", help="--occlusion weakens every light.")] = False,
    shadows: Annotated[bool, typer.Option("--shadows", help="Cast shadows, as far as --depth shows them.")] = False,
    shadow_thickness: Annotated[
        float, typer.Option("--shadow-thickness", help="Metres that things are taken to be deep, for --shadows.")
    ] = 0.3,
    mode: Annotated[
        str,
        typer.Option(
            "--mode",
            help="multiply: the plate under new light. ratio: its own light taken out first. "
            "add: the plate plus light. replace: only new light.",
        ),
    ] = "multiply",
    absolute: Annotated[
        bool,
        typer.Option("--absolute", help="With ratio: take strength and hue of the estimate as they are, not as 1."),
    ] = False,
    from_estimate: Annotated[
        str | None,
        typer.Option(
            "--from-estimate",
            metavar="FILES",
            help="With ratio: the plate's own light, from files of `platelight estimate-light`. [default: estimated]",
        ),
    ] = None,
    albedo: Annotated[
        str, typer.Option("--albedo", help="For add and replace: FILES, 0.5 or 0.6,0.5,0.4, or plate (estimated).")
    ] = "plate",
    roughness: Annotated[float, typer.Option("--roughness", help="0 (mirror) to 1.")] = 0.5,
    metalness: Annotated[float, typer.Option("--metalness", help="0 to 1.")] = 0.0,
    specular: Annotated[float, typer.Option("--specular", help="Strength of reflections, 0 to 1; 0.5 is 4 %.")] = 0.5,
    wrap: Annotated[float, typer.Option("--wrap", help="How far light reaches round edges, 0 to 1.")] = 0.0,
    fov: FovOption = None,
    distance: DistanceOption = 2.0,
    depth_is: DepthIsOption = DepthKind.PLANAR,
    depth_scale: Annotated[
        float, typer.Option("--depth-scale", help="Metres in one unit of --depth: 0.01 where it is in centimetres.")
    ] = 1.0,
    passes: Annotated[
        bool,
        typer.Option("--passes", help="Store diffuse, specular, ambient, plate, shadow and mask layers too (EXR)."),
    ] = False,
    light_layers: Annotated[
        bool, typer.Option("--light-layers", help="Store each light alone as a layer light_NAME (EXR).")
    ] = False,
    preview: Annotated[
        str | None, typer.Option("--preview", metavar="FILE", help="Also write display-encoded pictures; as --out.")
    ] = None,
    overwrite: FinishedOption = None,
    example_lights: Annotated[
        Path | None,
        typer.Option(
            "--example-lights",
            metavar="FILE",
            help="Write a lights file to start from, and stop.",
            is_eager=True,
            callback=_write_example,
        ),
    ] = None,
    convert_lights: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--convert-lights",
            metavar="FROM TO",
            help="Convert lights between JSON and Nuke's light nodes (.nk), and stop.",
            is_eager=True,
            callback=_convert,
        ),
    ] = None,
) -> None:
    """Relight plates, in scene-linear light.

    Lights are directional, point, spot, area, rim, environment and ambient; on Lambert and GGX. They stand in a small
    JSON file, docs/relight.md explains it; --example-lights writes one to start from.

    FILES are one file for all plates, a folder with a file of each plate's name, or a frame pattern. A frame is
    finished, and left alone on a second run, if it was made with the same lights and options from files that have not
    changed since.

    Examples:

        platelight relight --example-lights lights.json

        platelight relight plate.exr --normals N/plate.exr --lights lights.json --out relit.exr --passes

        platelight relight photo.png --normals N/photo.exr --env studio.exr --out relit.png --mode add

        platelight relight plate.%04d.exr 1001-1020 --normals normals --lights lights.json --out relit --preview relit

        platelight relight p.exr --normals N.exr --mode ratio --from-estimate light.json --lights new.json --out out.exr

        platelight relight --convert-lights lights.json lights.nk
    """
    from core.cli.console import console
    from core.errors import BadConfig
    from core.inference.sequence import expand_inputs
    from core.relight.batch import RelightJob
    from core.relight.companions import plan_relights
    from core.relight.lights import AmbientLight, EnvironmentLight
    from core.relight.output import Layers
    from core.relight.picture import RelightOptions, is_albedo_file
    from core.relight.shadows import ShadowSettings

    options = RelightOptions(
        mode=mode,  # type: ignore[arg-type]  # RelightOptions checks it, with a message that lists the modes
        albedo=albedo,
        roughness=roughness,
        metalness=metalness,
        specular=specular,
        wrap=wrap,
        fov_degrees=fov,
        distance=distance,
        depth_is=depth_is,
        depth_scale=depth_scale,
        occlude_all=occlude_all,
        balance=not absolute,
        shadows=ShadowSettings(thickness=shadow_thickness) if shadows else None,
    )
    if lights is None and env is None:
        raise BadConfig("no light is given; name a lights file with --lights, or an HDRI with --env")
    read, notes = _read_lights(lights) if lights is not None else ((), [])
    if env is not None:
        sky = EnvironmentLight(name="env", file=str(env), rotation=env_rotation, intensity=env_intensity)
        read = (*read, sky)
    if from_estimate is not None and mode != "ratio":
        raise BadConfig(f"--from-estimate is the light that the mode ratio divides by; the mode is {mode}")
    for given, option, use in (
        (absolute and mode != "ratio", "--absolute", "is for --mode ratio"),
        (albedo != "plate" and mode in ("multiply", "ratio"), "--albedo", "is for --mode add and --mode replace"),
        (occlude_all and occlusion is None, "--occlude-all", "goes with --occlusion"),
        (
            occlusion is not None
            and not occlude_all
            and not any(light.enabled and isinstance(light, AmbientLight | EnvironmentLight) for light in read)
            # There the plate's own light is estimated with it.
            and not (mode == "ratio" and from_estimate is None),
            "--occlusion",
            "is for ambient and environment lights, of which none is on (--occlude-all: for all lights)",
        ),
        (depth_is is not DepthKind.PLANAR and depth is None, "--depth-is", "goes with --depth"),
        (depth_scale != 1.0 and depth is None, "--depth-scale", "goes with --depth"),
        (
            env is None and (env_rotation, env_intensity) != (0.0, 1.0),
            "--env-rotation, --env-intensity",
            "go with --env",
        ),
    ):
        if given:
            raise BadConfig(f"{option}: {use}, and would change nothing here")
    named = {"normals": normals, "depth": depth, "occlusion": occlusion, "estimate": from_estimate}
    if is_albedo_file(albedo):
        named["albedo"] = albedo
    expansion = expand_inputs(plates, Path(out))
    companions = {what: text for what, text in named.items() if text is not None}
    skies = [Path(light.file) for light in read if isinstance(light, EnvironmentLight)]
    planned = plan_relights(
        [frame.path for frame in expansion.frames],
        companions,
        out,
        preview,
        also_read=skies if lights is None else [lights, *skies],
        numbers=[frame.number for frame in expansion.frames],
    )
    for line in (*notes, *missing_lines(expansion.missing)):
        console.print(line, markup=False, soft_wrap=True)
    job = RelightJob(lights=read, options=options, layers=Layers(passes, light_layers))
    again = overwrite if overwrite is not None else len(planned) == 1
    todo = [frame for frame in planned if again or not job.is_finished(frame)]
    if len(todo) < len(planned):
        console.print(finished_line(len(planned) - len(todo), len(planned)), markup=False, soft_wrap=True)
    said = False

    def work(frame: PlannedRelight) -> None:
        nonlocal said
        note = job.write(frame)
        if note and not said:
            said = True
            console.print(f"{frame.plate}: {note}", markup=False, soft_wrap=True)

    failures = one_by_one("relight", todo, work, alone=len(planned) == 1)
    done = len(planned) - len(failures)
    on = sum(light.enabled for light in read)
    console.print(f"{done} of {len(planned)} plates relit, {on} lights, {mode}", markup=False, soft_wrap=True)
    print(out)
    raise_for(failures, len(expansion.missing), len(planned))


def _read_lights(path: Path) -> tuple[tuple[Light, ...], list[str]]:
    """Lights of a JSON file or a Nuke script, and what is to be said about them."""
    if path.suffix.lower() == ".nk":
        from core.relight.nuke_lights import read_nuke_lights

        return read_nuke_lights(path)
    from core.relight.lights_file import read_lights

    return read_lights(path), []
