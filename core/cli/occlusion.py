"""`platelight occlusion`: ambient occlusion from normals and depth, and soft-shadowed shiny shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.choice import Choice
from core.cli.one_by_one import one_by_one
from core.cli.options import (
    DepthIsOption,
    Device,
    DeviceOption,
    DistanceOption,
    FilmBackOption,
    FinishedOption,
    FocalLengthOption,
    FovOption,
    ModelOption,
    ThreadsOption,
)
from core.cli.sequence_words import finished_line, missing_lines, raise_for
from core.depth_kind import DepthKind

__all__ = ["occlusion", "occlusion_shapes"]


class Style(Choice):
    """What becomes of white shapes."""

    SHINY = "shiny"


def occlusion(
    source: Annotated[
        str | None,
        typer.Argument(metavar="[TEXT_OR_IMAGE]", help="With --style: a white-on-black picture, or what to write."),
    ] = None,
    out: Annotated[
        str, typer.Option("--out", metavar="FILE", help="A file, a folder or a pattern. .exr, .png, .tif ...")
    ] = "",
    normals: Annotated[
        str | None,
        typer.Option("--normals", metavar="FILES", help="Layer N, camera space, -1..1: as `platelight normals` makes."),
    ] = None,
    depth: Annotated[
        str | None,
        typer.Option("--depth", metavar="FILES", help="Depth (depth.Z or Z). Far better with than without."),
    ] = None,
    radius: Annotated[
        float, typer.Option("--radius", help="How far away a surface may be and still occlude, in units of the depth.")
    ] = 1.0,
    relative: Annotated[
        bool,
        typer.Option("--relative", help="--radius is a share of the longer side of the picture, such as 0.1."),
    ] = False,
    fov: FovOption = None,
    focal_length: FocalLengthOption = None,
    film_back: FilmBackOption = None,
    distance: DistanceOption = 2.0,
    depth_is: DepthIsOption = DepthKind.PLANAR,
    strength: Annotated[float, typer.Option("--strength", min=0.0, help="Factor on what is closed.")] = 1.0,
    fast: Annotated[
        bool, typer.Option("--fast", help="Look at 640 pixels along the longer side at most, and once only.")
    ] = False,
    gtao: Annotated[
        bool, typer.Option("--gtao", help="By a tuned screen-space formula (GTAO) instead of the network.")
    ] = False,
    style: Annotated[
        Style | None, typer.Option("--style", help="Make TEXT_OR_IMAGE soft-shadowed and shiny instead.")
    ] = None,
    letters: Annotated[int, typer.Option("--letters", help="With --style: height of the letters, pixels.")] = 96,
    model: ModelOption = None,
    overwrite: FinishedOption = None,
    device: DeviceOption = Device.AUTO,
    threads: ThreadsOption = None,
) -> None:
    """Make ambient occlusion from camera-space normals and depth, of frames and sequences: 1 is open, 0 is shut in.

    An EXR gets the channel occlusion.Y, which `platelight relight --occlusion` takes. FILES are one file, a folder, or
    a frame pattern with or without a range. Without --depth the surface is taken for a plane at --distance, and only
    the normals tell of hollows.

    Examples:

        platelight occlusion --normals N.exr --depth Z.exr --radius 0.5 --out AO.exr

        platelight occlusion --normals "N.%04d.exr 1001-1020" --depth Z.%04d.exr --fov 40 --out AO.%04d.exr

        platelight occlusion --normals normals/plate.exr --radius 0.1 --relative --out AO.exr

        platelight relight plate.exr --normals N.exr --occlusion AO.exr --lights lights.json --out relit.exr

        platelight occlusion --style shiny "Platelight" --out title.png
    """
    from core.errors import BadConfig

    if not out:
        raise BadConfig("no --out is given; name a file, a folder or a pattern")
    if style is not None:
        if source is None or normals is not None:
            raise BadConfig("--style takes a text or a picture: platelight occlusion --style shiny TEXT_OR_IMAGE")
        for given, option in (
            (depth is not None, "--depth"),
            (depth_is is not DepthKind.PLANAR, "--depth-is"),
            (radius != 1.0, "--radius"),
            (relative, "--relative"),
            (strength != 1.0, "--strength"),
            (fast, "--fast"),
            (gtao, "--gtao"),
        ):
            if given:
                raise BadConfig(f"{option}: is for the occlusion of --normals, and would change nothing with --style")
        _write_shiny(source, Path(out), letters, model, device.value, threads)
        return
    if normals is None:
        raise BadConfig("no --normals are given; `platelight normals` makes them, or use --style")
    if source is not None:
        raise BadConfig(f"{source}: a text or a picture is for --style; normals come with --normals")
    if depth_is is not DepthKind.PLANAR and depth is None:
        raise BadConfig(f"--depth-is {depth_is}: goes with --depth, and would change nothing here")
    if gtao and model is not None:
        raise BadConfig(f"--gtao is a formula and --model {model} a network; leave one of them out")

    from core.inference.lens import Lens
    from core.occlusion.frames import OcclusionSettings
    from core.occlusion.geometry import METRES, RELATIVE, Radius
    from core.occlusion.predict import FAST, Look

    settings = OcclusionSettings(
        radius=Radius(radius, RELATIVE if relative else METRES),
        lens=Lens(fov, focal_length, film_back),
        distance=distance,
        depth_is=depth_is,
        strength=strength,
        look=FAST if fast else Look(),
        formula=gtao,
    )
    _run(normals, depth, out, settings, model, overwrite, device.value, threads)


def _run(
    normals: str,
    depth: str | None,
    out: str,
    settings: object,
    model: str | None,
    overwrite: bool | None,
    device: str,
    threads: int | None,
) -> None:
    from core.cli.console import console
    from core.inference.sequence import expand_inputs
    from core.occlusion.frames import OcclusionSettings, is_finished, write_occlusion
    from core.occlusion.model import open_occlusion_model
    from core.relight.companions import PlannedRelight, plan_relights

    assert isinstance(settings, OcclusionSettings)
    expansion = expand_inputs([normals], Path(out))
    for line in missing_lines(expansion.missing):
        console.print(line, markup=False, soft_wrap=True)
    planned = plan_relights(
        [frame.path for frame in expansion.frames],
        {} if depth is None else {"depth": depth},
        out,
        numbers=[frame.number for frame in expansion.frames],
    )
    opened = None if settings.formula else open_occlusion_model(model, device=device, threads=threads)
    name = "gtao" if opened is None else opened.card.name
    again = overwrite if overwrite is not None else len(planned) == 1
    todo = [
        one for one in planned if again or not is_finished(one.out, [one.plate, *one.inputs.values()], settings, name)
    ]
    if len(todo) < len(planned):
        console.print(finished_line(len(planned) - len(todo), len(planned)), markup=False, soft_wrap=True)
    said: set[str] = set()

    def work(one: PlannedRelight) -> None:
        for note in write_occlusion(opened, one.plate, one.inputs.get("depth"), one.out, settings):
            words = note.partition(": ")[2]
            if words not in said:
                said.add(words)
                console.print(note, markup=False, soft_wrap=True)

    failures = one_by_one(f"occlusion ({name})", todo, work, alone=len(planned) == 1)
    done = len(planned) - len(failures)
    console.print(f"{done} of {len(planned)} frames have occlusion", markup=False, soft_wrap=True)
    print(out)
    raise_for(failures, len(expansion.missing), len(planned))


def _write_shiny(source: str, out: Path, letters: int, model: str | None, device: str, threads: int | None) -> None:
    from core.cli.console import console
    from core.color import to_scene_linear
    from core.errors import BadConfig
    from core.image import SCENE_LINEAR, write_image
    from core.occlusion.model import open_style_model
    from core.occlusion.style import mask_of, shiny

    if out.resolve() == Path(source).resolve():
        raise BadConfig(f"{out}: the result would replace what it is made of; choose another --out")
    mask = mask_of(source, letters)
    opened = open_style_model(model, device=device, threads=threads)
    image = shiny(opened, mask)
    if out.suffix.lower() == ".exr":  # programs take what is in an EXR for scene-linear light
        shown = image.with_pixels(to_scene_linear(image.pixels, image.color_space), color_space=SCENE_LINEAR)
        write_image(out, shown, dtype="half")
    else:
        write_image(out, image, dtype="uint8")
    console.print(f"{image.width}x{image.height} pixels, {opened.card.name}", markup=False)
    print(out)


def occlusion_shapes(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the shards.")],
    count: Annotated[int, typer.Option(min=1, help="Pictures.")] = 256,
    size: Annotated[int, typer.Option(min=32, max=4096, help="Width and height of each, pixels.")] = 512,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same pictures.")] = 0,
) -> None:
    """Draw random white shapes and words and their soft-shadowed, shiny relief, for `platelight train occlusion_style`.

    The relief is ray-marched through the shapes' exact distance field: soft shadows, occlusion and Phong gloss. Shards
    that are there are left alone, so that the same command goes on after a stop.

        platelight occlusion-shapes --count 256 --out shapes

        platelight train occlusion_style --data shapes --out runs/shiny
    """
    from core.cli.console import console, progress
    from core.occlusion.shape_set import make_shapes
    from core.sole import sole_writer

    with sole_writer(out, "another `platelight occlusion-shapes`"), progress() as bar:
        task = bar.add_task("shapes", total=count)
        made = make_shapes(out, count, size, seed, on_picture=lambda: bar.update(task, advance=1))
        bar.update(task, completed=count)
    console.print(f"{made} of {count} pictures were made now, the others were there", markup=False)
    print(out)
