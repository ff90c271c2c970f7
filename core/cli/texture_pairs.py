"""`platelight texture-pairs`: training data for texture_normals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.choice import Choice

__all__ = ["texture_pairs"]


class Convention(Choice):
    """Which way the green channel of normal maps goes."""

    AUTO = "auto"
    OPENGL = "opengl"
    DIRECTX = "directx"


def texture_pairs(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the shards; made if it is not there.")],
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Folders of colour textures and normal maps.")
    ] = None,
    procedural: Annotated[int, typer.Option(min=0, help="Also make so many procedural textures with true relief.")] = 0,
    size: Annotated[int, typer.Option(min=32, help="Side of a procedural texture, pixels.")] = 256,
    seed: Annotated[int, typer.Option(min=0, help="Of the procedural textures.")] = 0,
    largest: Annotated[
        int, typer.Option(min=32, help="Longest side of a packed pair, pixels; larger ones are averaged down.")
    ] = 512,
    repeat: Annotated[
        int, typer.Option(min=1, help="How often each pair is seen in an epoch, beside other folders of shards.")
    ] = 1,
    convention: Annotated[
        Convention,
        typer.Option(
            help="Green channel of the normal maps: up (opengl) or down (directx). [default: by name and map]"
        ),
    ] = Convention.AUTO,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace pairs, or procedural textures of other options, in DIR.")
    ] = False,
) -> None:
    """Pack colour textures with their normal maps, and procedural ones with true relief, for `train texture_normals`.

    Pairs are found by their names: NAME_color.png with NAME_normal.png and the like, in any case, or color/NAME.tif
    with normal/NAME.tif. `index.json` beside them may say who made what: [{"id", "group", "licence"}, ...].
    Procedural textures that are there, of the same --seed and --size, are kept: stopped and run again, it goes on.

    Examples:

        platelight texture-pairs my_textures --out data/pairs --repeat 32

        platelight texture-pairs --procedural 4000 --out data/procedural
    """
    from core.cli.console import console, progress
    from core.errors import BadConfig
    from core.shards import refuse_other_sets
    from core.sole import sole_writer
    from core.textures.packing import pack_drawn, pack_pairs, remove_shards
    from core.textures.pairs import find_pairs, settle_conventions
    from scene_generator.texture_pairs import VERSION, draw_pair

    if not folders and not procedural:
        raise BadConfig("nothing to pack; name a folder of pairs, or give --procedural COUNT")
    pairs = []
    for folder in folders or []:
        pairs += find_pairs(folder, None if convention is Convention.AUTO else convention.value)
    ways, guessed = settle_conventions(pairs)
    with sole_writer(out, "another `platelight texture-pairs`"), progress() as bar:
        refuse_other_sets(out, "pairs-", "procedural-")
        if pairs and not overwrite and any(out.glob("pairs-*.tar")):
            raise BadConfig(f"{out}: holds pairs already; name another --out, or give --overwrite")
        if pairs:
            line = bar.add_task("pairs", total=len(pairs))
            shards = pack_pairs(
                pairs, ways, out, largest=largest, repeat=repeat, on_pair=lambda pair: bar.update(line, advance=1)
            )
            remove_shards(out, "pairs-*.tar", shards)
        if procedural:
            made = bar.add_task("procedural", total=procedural)
            pack_drawn(
                out,
                procedural,
                lambda index: draw_pair(seed, index, size),
                {"seed": seed, "size": size, "version": VERSION},
                on_pair=lambda index: bar.update(made, advance=1),
                replace=overwrite,
            )
    for pair in guessed:
        console.print(
            f"{pair.normal}: cannot tell OpenGL from DirectX; taken as OpenGL (--convention)",
            markup=False,
            soft_wrap=True,
        )
    if pairs:
        down = sum(way == "directx" for way in ways)
        console.print(f"{len(pairs)} pairs, {down} of them DirectX", highlight=False)
    print(out)
