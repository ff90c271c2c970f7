"""`platelight textures`: new textures for scenes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["textures"]

textures = typer.Typer(no_args_is_help=True, help="Make textures that scene recipes can name as a source.")


@textures.command("dream")
def dream_textures(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run of `platelight images train` whose pictures tile.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the textures.")],
    count: Annotated[int, typer.Option(min=1, help="How many.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Of the first; the others follow.")] = 0,
    truncation: Annotated[float, typer.Option(min=0.0, max=1.5, help="Below 1: less variety, fewer failures.")] = 0.9,
    kind: Annotated[
        int | None, typer.Option(min=0, help="Only this kind; `platelight images kinds` shows them. [default: all]")
    ] = None,
    licence: Annotated[
        str, typer.Option(help="Licence to write beside them. [default: what they were learnt from]")
    ] = "",
    relief: Annotated[
        bool, typer.Option("--relief", help="Give them normal maps, by the texture-to-normal model.")
    ] = False,
    model: Annotated[
        str | None, typer.Option(help="That model: name, folder, card or .onnx. [default: the shipped one]")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, ...")] = "auto",
) -> None:
    """Draw tileable textures: NAME_diffuse.png, and NAME_metalness.png and NAME_glossiness.png where the run has them.

    `platelight generate --textures DIR` takes the folder as a source; where they come from goes into the manifest.

        platelight textures dream runs/textures --out dreamed --count 200 --relief

        platelight generate --out data/plates --textures dreamed
    """
    from core.cli.console import console, progress
    from core.generative.dream import DreamSettings, dream
    from core.generative.runs import open_run

    opened = open_run(run, device)
    settings = DreamSettings(count=count, seed=seed, truncation=truncation, kind=kind, licence=licence)
    with progress() as bar:
        line = bar.add_task("textures", total=count)
        colors = dream(opened, out, settings, on_texture=lambda name: bar.update(line, advance=1))
    if len(opened.channels) == 3:
        console.print("the run draws colours only: metalness and glossiness stay what a material has", soft_wrap=True)
    if relief:
        _give_relief(colors, out, model)
    console.print(f"{count} textures; use them: platelight generate --textures {out} --out DIR", soft_wrap=True)
    print(out)


def _give_relief(colors: list[Path], out: Path, model: str | None) -> None:
    """NAME_normal.png, OpenGL, beside each colour."""
    import shutil
    import tempfile

    from core.cli.console import progress
    from core.textures.model import open_texture_model
    from core.textures.outputs import MapSettings, write_maps

    opened = open_texture_model(model)
    with progress() as bar, tempfile.TemporaryDirectory(dir=out, prefix=".relief") as work:
        line = bar.add_task("relief", total=len(colors))
        for color in colors:
            # The maps of a file are named after it; here they are to be named after the set.
            plain = Path(work) / color.name.replace("_diffuse", "")
            shutil.copyfile(color, plain)
            write_maps(opened, plain, out, MapSettings(tileable=True))
            bar.update(line, advance=1)
