"""`platelight materialx`: a scene's materials as a MaterialX document with baked textures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import BadConfig, FileMissing
from worker_link.json_text import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from scene_generator.spec import SceneSpec
    from scene_generator.textures.maps import TextureMaps


def materialx(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for materials.mtlx and textures/.")],
    scene: Annotated[
        Path | None, typer.Argument(help="A scene's JSON file, or a folder of shards (then also --key).")
    ] = None,
    key: Annotated[str, typer.Option(help="Which sample of the shards, such as 00000012.")] = "",
    recipe: Annotated[str, typer.Option(help="Instead of SCENE: a recipe's name or file, with --seed, --index.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="With --recipe: the seed.")] = 0,
    index: Annotated[int, typer.Option(min=0, help="With --recipe: which scene of the seed.")] = 0,
    attempt: Annotated[int, typer.Option(min=0, help="With --recipe: which draw, as in the manifest.")] = 0,
    textures: Annotated[
        list[Path] | None, typer.Option(help="Folder of your own texture sets, where the scene uses any; repeatable.")
    ] = None,
    texture_size: Annotated[int, typer.Option(min=1, max=8192, help="Texels along each side of a texture.")] = 512,
) -> None:
    """Write a scene's materials as MaterialX `standard_surface`.

    The document has one material for each distinct one of the scene and a look that assigns them to the objects by
    name; it is checked with MaterialX's validator before it is written. Texture coordinates are in metres of surface.

    Examples:

        platelight materialx scenes --key 00000012 --out look

        platelight materialx --recipe plate_normals --seed 7 --index 3 --texture-size 1024 --out look
    """
    from core.cli.console import console
    from scene_generator.mtlx import scene_to_mtlx

    if (scene is None) == (not recipe):
        raise BadConfig("give either a scene (JSON file, or shards with --key) or --recipe, and not both")
    if recipe and textures:
        # Which of them a scene has depends on every mesh and sky that it could have had, too.
        raise BadConfig(
            "--textures with --recipe: a scene with your own textures is not drawn anew; name its JSON, or its shards "
            "with --key"
        )
    if key and (scene is None or scene.is_file()):
        raise BadConfig(f"--key {key} is of a folder of shards; name that folder, or leave --key out")
    spec = _drawn(recipe, seed, index, attempt) if scene is None else _stored(scene, key)
    made = scene_to_mtlx(spec, out, texture_size, _texture_sets(textures) if textures else None)
    objects = sum(len(names) for names in made.materials.values())
    console.print(f"{len(made.materials)} materials of {objects} objects, {made.images} textures, valid: {made.path}")


def _drawn(recipe: str, seed: int, index: int, attempt: int) -> SceneSpec:
    from scene_generator.recipe import load_recipe
    from scene_generator.sample import sample_scene

    return sample_scene(load_recipe(recipe), seed, index, attempt)


def _texture_sets(folders: list[Path]) -> Callable[[str, int], TextureMaps]:
    from scene_generator.asset_files.folders import scan

    return scan((), folders, ()).texture


def _stored(scene: Path, key: str) -> SceneSpec:
    from core.shards import ShardSet
    from scene_generator.spec import SceneSpec

    if scene.is_dir():
        shards = ShardSet.open(scene)
        if key not in shards.keys:
            shown = f"{shards.keys[0]} .. {shards.keys[-1]}"
            wrong = f"no sample {key!r}" if key else "a folder of shards holds many scenes"
            raise BadConfig(f"{scene}: {wrong}; --key takes one of {shown}")
        return SceneSpec.from_dict(_spec_of(shards.metadata(key), f"{scene}: sample {key}"))
    try:
        data = read_json(scene)
    except FileNotFoundError as error:
        raise FileMissing(f"{scene}: no such file; give a scene's JSON, a folder of shards, or --recipe") from error
    except (OSError, ValueError) as error:
        raise BadConfig(
            f"{scene}: not a scene's JSON ({error}); give a file that holds a scene specification"
        ) from error
    return SceneSpec.from_dict(_spec_of(data, str(scene)))


def _spec_of(data: Any, where: str) -> dict[str, Any]:
    # A sample's own JSON holds the scene under "spec".
    found = data.get("spec", data) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise BadConfig(f"{where}: holds no scene specification; give one that `platelight generate` wrote")
    return found
