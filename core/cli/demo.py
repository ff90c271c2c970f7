"""`platelight demo`: the main job end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for all that is made.")] = Path("demo"),
    plate: Annotated[
        str | None,
        typer.Option("--plate", metavar="IN", help="A picture, folder or frame pattern of yours, EXR included."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A taste: fewer scenes, a few steps, one photograph.")] = False,
) -> None:
    """Run the main job end to end and write a page that shows it: DIR/index.html.

    Random scenes are rendered, a model is trained on them for a moment and exported, the shipped model gives
    photographs their normals, and a moving key light relights them. Two to three minutes on two cores. Run again, it
    keeps the rendered scenes and makes the rest anew.

    Examples:

        platelight demo

        platelight demo --out /tmp/demo --plate "plates/sh010.%04d.exr 1001-1020"
    """
    from core.cli.console import console
    from core.demo.main_job import DemoSettings, run_demo

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    print(run_demo(DemoSettings(out, plate, quick, say)))
