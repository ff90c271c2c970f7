"""`platelight relight`: put lights on a plate through its normals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["relight"]


def _write_example(path: Path | None) -> None:
    if path is None:
        return
    from core.relight.lights_file import EXAMPLE, write_lights

    write_lights(path, EXAMPLE)
    print(path)
    raise typer.Exit


def relight(
    plate: Annotated[Path, typer.Argument(metavar="PLATE", help="The plate: EXR, PNG, JPEG, TIFF.")],
    normals: Annotated[
        Path, typer.Option("--normals", metavar="N.exr", help="EXR with a layer N, as `platelight normals` writes it.")
    ],
    lights: Annotated[Path, typer.Option("--lights", metavar="FILE", help="Lights as JSON, see docs/relight.md.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help=".exr is scene-linear; .png and others show it on sRGB.")
    ],
    depth: Annotated[
        Path | None, typer.Option("--depth", metavar="FILE", help="Planar depth in metres (depth.Z or Z).")
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            "--mode", help="multiply: the plate under new light. add: the plate plus light. replace: only new light."
        ),
    ] = "multiply",
    albedo: Annotated[
        str, typer.Option("--albedo", help="For add and replace: an image, 0.5 or 0.6,0.5,0.4, or plate (estimated).")
    ] = "plate",
    roughness: Annotated[float, typer.Option("--roughness", help="0 (mirror) to 1.")] = 0.5,
    metalness: Annotated[float, typer.Option("--metalness", help="0 to 1.")] = 0.0,
    specular: Annotated[float, typer.Option("--specular", help="Strength of reflections, 0 to 1; 0.5 is 4 %.")] = 0.5,
    fov: Annotated[
        float | None,
        typer.Option("--fov", help="Field of view along the longer side, degrees; without it 50."),
    ] = None,
    distance: Annotated[
        float, typer.Option("--distance", help="Metres to the surface where there is no depth (point lights).")
    ] = 2.0,
    passes: Annotated[
        bool, typer.Option("--passes", help="Store diffuse, specular, ambient and plate layers too (EXR).")
    ] = False,
    preview: Annotated[
        Path | None, typer.Option("--preview", metavar="FILE", help="Also write a display-encoded PNG or JPEG.")
    ] = None,
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
) -> None:
    """Relight a plate: directional and point lights, Lambert and GGX, ambient; in scene-linear light.

    LIGHTS is a small JSON file; --example-lights writes one to start from.

    Examples:

        platelight relight --example-lights lights.json

        platelight relight plate.exr --normals N/plate.exr --lights lights.json --out relit.exr --passes

        platelight relight photo.png --normals N/photo.exr --lights lights.json --out relit.png --mode add
    """
    from core.cli.console import console
    from core.image import read_image
    from core.relight.lights_file import read_lights
    from core.relight.picture import RelightOptions, relight_picture, save_preview, save_relit

    options = RelightOptions(
        mode=mode,  # type: ignore[arg-type]  # RelightOptions checks it, with a message that lists the modes
        albedo=albedo,
        roughness=roughness,
        metalness=metalness,
        specular=specular,
        fov_degrees=fov,
        distance=distance,
    )
    read = read_lights(lights)
    image, relit = relight_picture(
        read_image(plate),
        read_image(normals),
        read,
        options,
        depth=read_image(depth) if depth is not None else None,
        name=str(plate),
    )
    save_relit(out, image, relit if passes else None)
    if preview is not None:
        save_preview(preview, image)
    size = f"{image.width}x{image.height}"
    console.print(f"{plate}: {size}, {len(read)} lights, {mode}", markup=False, soft_wrap=True)
    print(out)
