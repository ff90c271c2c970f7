"""`platelight normal-map`: colour textures in, normal maps and more out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.choice import Choice
from core.cli.options import Device, DeviceOption, ModelOption, ThreadsOption

if TYPE_CHECKING:
    from core.errors import PlatelightError

__all__ = ["normal_map"]


class Tileable(Choice):
    """Whether textures repeat without a seam."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


class MapFormat(Choice):
    """Which way the green channel goes."""

    OPENGL = "opengl"
    DIRECTX = "directx"


class FileType(Choice):
    """How maps are stored; see `core.textures.outputs.FILE_TYPES`."""

    PNG = "png"
    PNG16 = "png16"
    TIFF = "tiff"
    EXR = "exr"


def normal_map(
    textures: Annotated[list[str], typer.Argument(metavar="COLOR...", help="Colour textures, folders or wildcards.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the maps; made if it is not there.")],
    tileable: Annotated[
        Tileable, typer.Option(help="Whether the textures repeat: their maps then do, too. auto looks at the borders.")
    ] = Tileable.AUTO,
    strength: Annotated[float, typer.Option(help="Factor on all slopes; 0 is flat.")] = 1.0,
    map_format: Annotated[
        MapFormat, typer.Option("--format", help="Green channel up (opengl) or down (directx).")
    ] = MapFormat.OPENGL,
    invert: Annotated[bool, typer.Option("--invert", help="Turn hollows into bumps.")] = False,
    low: Annotated[float, typer.Option(help="Factor on forms wider than --scale.")] = 1.0,
    high: Annotated[float, typer.Option(help="Factor on forms finer than --scale.")] = 1.0,
    scale: Annotated[float, typer.Option(help="Where low and high part, pixels.")] = 8.0,
    flat: Annotated[float, typer.Option(help="Press slopes below about this to nothing, such as 0.02.")] = 0.0,
    height: Annotated[bool, typer.Option("--height", help="Also write NAME_height, 16 bits or EXR.")] = False,
    curvature: Annotated[bool, typer.Option("--curvature", help="Also write NAME_curvature.")] = False,
    occlusion: Annotated[
        bool, typer.Option("--occlusion", help="Also write NAME_occlusion (cavities are dark).")
    ] = False,
    roughness: Annotated[bool, typer.Option("--roughness", help="Also write NAME_roughness, a guess.")] = False,
    metalness: Annotated[bool, typer.Option("--metalness", help="Also write NAME_metalness, a guess.")] = False,
    materialx: Annotated[
        bool, typer.Option("--materialx", help="Also write NAME.mtlx, a standard_surface with texture and maps.")
    ] = False,
    file_type: Annotated[
        FileType, typer.Option("--file-type", help="png (8 bits), png16, tiff (16 bits) or exr (float).")
    ] = FileType.PNG,
    model: ModelOption = None,
    color_space: Annotated[
        str | None,
        typer.Option(help="Colour space of the textures, as OpenColorIO names it. [default: what each file says]"),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite/--skip", help="Make finished maps again, or leave them.")
    ] = False,
    device: DeviceOption = Device.AUTO,
    threads: ThreadsOption = None,
) -> None:
    """Make tangent-space normal maps, and height, curvature, occlusion, roughness and metalness, of colour textures.

    For each texture NAME it writes NAME_normal.png, 8 bits, of the texture's size: 8 to 65536 pixels a side. A
    tileable texture gives tileable maps. Files that a folder holds and that are maps already, by their names, are left
    out and named. Finished maps are left on a second run: those made with the same settings and model from a texture
    that has not changed since.

    Examples:

        platelight normal-map bricks.png --out maps

        platelight normal-map textures --out maps --format directx --height --occlusion --materialx

        platelight normal-map scan.tif --out maps --tileable no --strength 1.5 --low 0.5 --file-type tiff
    """
    from core.card import load_card
    from core.cli.console import console
    from core.cli.one_by_one import one_by_one
    from core.cli.sequence_words import raise_for
    from core.textures.model import DEFAULT_MODEL, open_texture_model
    from core.textures.outputs import EXTRA_MAPS, MapSettings, is_finished, write_maps
    from core.textures.settings import ReliefSettings
    from core.textures.sources import check_names, find_textures

    asked = dict(zip(EXTRA_MAPS, (height, curvature, occlusion, roughness, metalness), strict=True))
    settings = MapSettings(
        tileable={"auto": None, "yes": True, "no": False}[tileable.value],
        relief=ReliefSettings(strength=strength, low=low, high=high, scale=scale, flat=flat, invert=invert),
        convention=map_format.value,
        maps=[name for name, wanted in asked.items() if wanted],
        file_type=file_type.value,
        materialx=materialx,
        color_space=color_space,
    )
    found, left_out = find_textures(textures, out)
    check_names(found)
    for path in left_out:
        console.print(f"left out, a map by its name: {path}", markup=False, soft_wrap=True)
    card = load_card(DEFAULT_MODEL if model is None else model)
    todo = [path for path in found if overwrite or not is_finished(path, out, settings, card)]
    if len(todo) < len(found):
        console.print(
            f"{len(found) - len(todo)} of {len(found)} textures have their maps already; --overwrite makes them again",
            highlight=False,
        )
    failures: list[PlatelightError] = []
    if todo:
        opened = open_texture_model(model, device=device.value, threads=threads)

        def work(path: Path) -> None:
            report = write_maps(opened, path, out, settings)
            for note in report.notes:
                console.print(note, markup=False, soft_wrap=True)
            if settings.tileable is None and len(todo) <= 8:
                word = "repeats" if report.tileable else "does not repeat"
                console.print(f"{path.name}: taken as a texture that {word} (--tileable)", markup=False)

        title = f"normal maps ({opened.card.name} on {opened.device})"
        failures = one_by_one(title, todo, work, alone=len(found) == 1)
    print(out)
    done = len(found) - len(failures)
    console.print(f"{done} normal {'map is' if done == 1 else 'maps are'} in {out}", markup=False, soft_wrap=True)
    raise_for(failures, 0, len(found))
