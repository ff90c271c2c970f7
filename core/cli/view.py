"""`platelight view`: a texture or plate and its normals under a light that can be moved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.choice import Choice

__all__ = ["view"]


class Shape(Choice):
    """What the maps are shown on."""

    BALL = "ball"
    PLANE = "plane"
    CYLINDER = "cylinder"
    CUBE = "cube"
    PICTURE = "picture"


class Green(Choice):
    """Which way the green channel of a normal map goes."""

    AUTO = "auto"
    OPENGL = "opengl"
    DIRECTX = "directx"


def view(
    color: Annotated[Path, typer.Argument(metavar="COLOR", help="Colour texture, or plate.")],
    normals: Annotated[
        list[Path], typer.Argument(metavar="NORMAL...", help="One normal map or normals layer, or two.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="The page. [default: NAME_view.html beside NORMAL]")
    ] = None,
    shape: Annotated[
        Shape | None, typer.Option(help="Shown first. [default: picture for a layer N, else ball]")
    ] = None,
    map_format: Annotated[
        Green, typer.Option("--format", help="Green channel up (opengl) or down (directx); auto looks at each map.")
    ] = Green.AUTO,
    strength: Annotated[float, typer.Option(min=0.0, max=4.0, help="Shown first.")] = 1.0,
    largest: Annotated[int, typer.Option(min=16, help="Longest side of the pictures in the page, pixels.")] = 2048,
    color_space: Annotated[
        str | None, typer.Option(help="Colour space of COLOR, as OpenColorIO names it. [default: what the file says]")
    ] = None,
    opened: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
) -> None:
    """Write one HTML page, which needs no network, that shows normals under a light moved by the mouse; and open it.

    On a ball, plane, cylinder or cube the normals are a tangent-space map; as a picture, they relight COLOR as a plate
    with its camera-space normals. Two maps are shown side by side.

    Examples:

        platelight view bricks.png maps/bricks_normal.png

        platelight view bricks.png mine_normal.png theirs_normal.png --no-open --out compare.html

        platelight view plate.exr normals/plate.exr
    """
    from dataclasses import replace

    from core.cli.console import console
    from core.errors import BadConfig
    from core.viewer.page import read_normals, write_page

    told = None if map_format is Green.AUTO else map_format is Green.DIRECTX
    page = out or normals[0].with_name(f"{normals[0].stem}_view.html")
    if page.suffix.lower() not in (".html", ".htm"):
        raise BadConfig(f"{page}: a page ends with .html")
    layers = [read_normals(path, told) for path in normals]
    if len({layer.name for layer in layers}) < len(layers):  # mine/bricks_normal.png beside theirs/bricks_normal.png
        layers = [replace(layer, name="/".join(path.parts[-2:])) for layer, path in zip(layers, normals, strict=True)]
    chosen = shape.value if shape else ("picture" if layers[0].camera else "ball")
    write_page(page, color, layers, shape=chosen, strength=strength, largest=largest, color_space=color_space)
    for layer in layers:
        if layer.directx and told is None:
            console.print(
                f"{layer.name}: shown as DirectX, as its slopes tell (--format)", markup=False, soft_wrap=True
            )
    print(page)
    if opened:
        import webbrowser

        if not webbrowser.open(page.resolve().as_uri()):
            console.print(f"no browser could be opened; open {page} yourself", markup=False, soft_wrap=True)
