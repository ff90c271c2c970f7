"""A folder as Nuke's Cattery wants it: node, model, cat.json and icons, which Nuke 14 and later find by themselves.

    python -m nuke_plugin.cattery.folder --model DIR --out FOLDER

`FOLDER/PlateNormals` can be put into `~/.nuke/Cattery`, or anywhere on the plug-in path.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from nuke_plugin.cattery.icon import normals_ball
from nuke_plugin.cattery.make_cat import DEFAULT_NAME
from nuke_plugin.cattery.script_card import CARD_NAME, ScriptModel, read_script_card
from nuke_plugin.errors import ModelMissing, PluginError
from nuke_plugin.host import MINIMUM_VERSION

__all__ = ["assemble", "cat_json", "main"]

_NODE = "PlateNormals"
_GIZMO = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "gizmos", f"{_NODE}.gizmo")
_INIT = '"""Nothing to do: this folder on the plug-in path is enough for the node and its model."""\n'


def cat_json(model: ScriptModel) -> dict[str, Any]:
    """What Nuke's Cattery menu is told about the node (the fields of published cat.json files)."""
    return {
        "minimum_nuke_version_required": float(".".join(str(part) for part in MINIMUM_VERSION)),
        "version": _number(model.version),
        "category": "Normals",
        "description": f"Camera-space surface normals from a photographic plate ({model.name} {model.version}).",
        "cats": [{"filepath": f"{_NODE}.gizmo", "name": _NODE, "icon": f"{_NODE}.png"}],
    }


def assemble(out: str, source: str, cat: str | None = None, gizmo: str = _GIZMO) -> list[str]:
    """Write `out/PlateNormals`, whole or not at all; one that is there is replaced if it is one of these.

    Args:
        out: the folder to put it into.
        source: the folder with torchscript.json, or the TorchScript file beside it; it goes along, so that a .cat
            can be made from it.
        cat: a .cat file to put in; None: one beside the model if there is one, else none.
        gizmo: the node's file.

    Returns:
        The names of the files, sorted.

    Raises:
        ModelMissing: the model, the .cat file or the gizmo is missing, something else is in the way, or `out` cannot
            be written.
    """
    model = read_script_card(source)
    target = os.path.join(os.path.abspath(out), _NODE)
    beside = os.path.join(os.path.dirname(model.path), DEFAULT_NAME)
    chosen = cat or (beside if os.path.isfile(beside) else None)
    for path, what in ((gizmo, "the node's file"), (chosen, "the .cat file")):
        if path is not None and not os.path.isfile(path):
            raise ModelMissing(f"{path}: {what} is missing; install Platelight again, or name another")
    if os.path.lexists(target) and not os.path.isfile(os.path.join(target, "cat.json")):
        raise ModelMissing(f"{target}: is there and is no Cattery folder; move it away, or choose another folder")
    making = target + ".making"
    try:
        shutil.rmtree(making, ignore_errors=True)
        os.makedirs(making)
        copies = [gizmo, model.path, model.card_path]
        for path in copies:
            shutil.copyfile(path, os.path.join(making, os.path.basename(path)))
        if chosen is not None:
            shutil.copyfile(chosen, os.path.join(making, DEFAULT_NAME))
        for name, side in ((f"{_NODE}.png", 26), (f"{_NODE}@2x.png", 52)):
            with open(os.path.join(making, name), "wb") as picture:
                picture.write(normals_ball(side))
        with open(os.path.join(making, "init.py"), "w", encoding="utf-8") as file:
            file.write(_INIT)
        with open(os.path.join(making, "cat.json"), "w", encoding="utf-8") as file:
            file.write(json.dumps(cat_json(model), indent=4) + "\n")
        if os.path.lexists(target):
            shutil.rmtree(target)
        os.replace(making, target)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise ModelMissing(f"{target}: cannot be written ({error.strerror or error}); choose another folder") from error
    return sorted(os.listdir(target))


def main(arguments: Sequence[str]) -> int:
    """The command; prints one line and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nuke_plugin.cattery.folder", description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, metavar="DIR", help=f"folder with {CARD_NAME}")
    parser.add_argument("--out", required=True, metavar="FOLDER", help=f"gets the folder {_NODE}")
    parser.add_argument("--cat", metavar="FILE", help="a .cat file to put in")
    chosen = parser.parse_args(list(arguments))
    try:
        names = assemble(chosen.out, chosen.model, chosen.cat)
    except PluginError as error:
        sys.stderr.write(f"platelight: {error}\n")
        return 2
    hint = "" if DEFAULT_NAME in names else "; its button Make model file makes the .cat"
    sys.stdout.write(f"platelight: {os.path.join(chosen.out, _NODE)}: {', '.join(names)}{hint}\n")
    return 0


def _number(version: str) -> float:
    try:
        return float(version)
    except ValueError:
        return 1.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
