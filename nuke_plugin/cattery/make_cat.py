"""TorchScript to .cat, which only Nuke can do: from a button, a menu, or a terminal with

    nuke -t make_cat.py --torchscript DIR/plate_normals.pt --out FOLDER [--name PlateNormals.cat]
    nuke -t make_cat.py --torchscript nuke_plugin/cattery/relight --out FOLDER --name PlateRelight.cat

The names of CatFileCreator's knobs are those seen in published set-up scripts; docs/nuke-inference.md says which of
them no one has tried from here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable

if __name__ == "__main__":  # run by path, so that the package's folder is not on the path yet
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from nuke_plugin.cattery.script_card import ScriptModel, read_script_card
from nuke_plugin.errors import ModelMissing, PluginError
from nuke_plugin.host import NukeHost, require_version

if TYPE_CHECKING:
    from nuke_plugin.host import Host, Knob, Node

__all__ = ["CHANNELS_IN", "CHANNELS_OUT", "DEFAULT_NAME", "NODE_CLASS", "main", "make_cat"]

NODE_CLASS = "CatFileCreator"
DEFAULT_NAME = "PlateNormals.cat"
CHANNELS_IN = "rgba.red,rgba.green,rgba.blue,rgba.alpha"
"""For a model whose card names none. Alpha comes in so that the attribute keep_alpha has something to keep."""

CHANNELS_OUT = "rgba.red,rgba.green,rgba.blue,rgba.alpha"
"""Normals and confidence; Inference is said to refuse layers of one's own, so that the gizmo moves them afterwards."""

_BUTTON = "createCatFile"
_PATIENCE = 30.0  # seconds for a file that the button did not write before it returned


def make_cat(
    host: Host,
    source: str,
    cat: str,
    *,
    patience: float = _PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Make a .cat file with a CatFileCreator node, which is removed again.

    Args:
        host: Nuke.
        source: the folder with torchscript.json, or the TorchScript file beside it.
        cat: path of the .cat file; it appears whole or not at all, and an old one stays if this fails.
        patience: seconds to wait for the file after the button returned.
        sleep: waits that many seconds.

    Returns:
        `cat`, with forward slashes.

    Raises:
        NukeTooOld: this Nuke's libtorch cannot read the file.
        ModelMissing: the model is missing or damaged, the folder cannot be written, this Nuke has no CatFileCreator or
            one with other knobs, or it wrote nothing.
    """
    require_version(host, what="Making a .cat file")
    model = read_script_card(source)
    target = os.path.abspath(cat)
    making = os.path.join(os.path.dirname(target), "making_" + os.path.basename(target))
    _check_folder(os.path.dirname(target))
    _remove(making)
    node = _create(host)
    try:
        _fill(host, node, model, making)
        try:
            _knob(node, (_BUTTON,)).execute()
        except RuntimeError as error:
            raise ModelMissing(
                f"{model.path}: CatFileCreator refused it ({error}). The file needs libtorch "
                f"{model.card['oldest_libtorch']} or later, which is Nuke 14's; making .cat files may need NukeX or "
                "Nuke Studio"
            ) from error
        _wait_for(making, patience, sleep)
    finally:
        host.delete_node(node)
    if not os.path.isfile(making) or os.path.getsize(making) == 0:
        _remove(making)
        raise ModelMissing(
            f"{cat}: CatFileCreator wrote nothing. Making .cat files may need NukeX or Nuke Studio; Nuke's error "
            f"console or terminal says more. The TorchScript file is {model.path}"
        )
    try:
        os.replace(making, target)
    except OSError as error:
        _remove(making)
        raise ModelMissing(
            f"{cat}: cannot be replaced ({error.strerror}); close the scripts that use it, or choose another folder"
        ) from error
    return target.replace("\\", "/")


def main(arguments: Sequence[str], host: Host | None = None) -> int:
    """What `nuke -t make_cat.py ...` does; prints one line and returns the exit code."""
    parser = argparse.ArgumentParser(prog="nuke -t make_cat.py", description="Make a .cat file from TorchScript.")
    parser.add_argument("--torchscript", required=True, metavar="FILE", help="TorchScript file, or its folder")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="folder for the .cat file")
    parser.add_argument("--name", default=DEFAULT_NAME, help=f"name of the .cat file (default: {DEFAULT_NAME})")
    chosen = parser.parse_args(list(arguments))
    try:
        os.makedirs(chosen.out, exist_ok=True)
        made = make_cat(host or NukeHost(), chosen.torchscript, os.path.join(chosen.out, chosen.name))
    except OSError as error:
        sys.stderr.write(f"platelight: {chosen.out}: cannot be written ({error.strerror})\n")
        return 2
    except PluginError as error:
        sys.stderr.write(f"platelight: {error}\n")
        return 2
    except ImportError:
        sys.stderr.write("platelight: this Python is not Nuke's; run it as: nuke -t make_cat.py --torchscript ...\n")
        return 2
    sys.stdout.write(f"platelight: wrote {made} ({os.path.getsize(made) / 1e6:.1f} MB)\n")
    return 0


def _create(host: Host) -> Node:
    try:
        return host.create_node(NODE_CLASS)
    except RuntimeError as error:
        raise ModelMissing(
            f"this Nuke has no {NODE_CLASS} ({error}): making .cat files may need NukeX or Nuke Studio. A .cat file "
            "made elsewhere, in the same or an earlier version from 14 on, works here"
        ) from error


def _fill(host: Host, node: Node, model: ScriptModel, cat: str) -> None:
    settings: list[tuple[tuple[str, ...], object]] = [
        (("torchScriptFile", "torchscriptFile"), model.path.replace("\\", "/")),
        (("catFile",), cat.replace("\\", "/")),
        (("channelsIn",), ",".join(model.channels_in) or CHANNELS_IN),
        (("channelsOut",), CHANNELS_OUT),
        (("modelId",), f"{model.name} {model.version}"),
        (("outputScale",), 1),
    ]
    for names, value in settings:
        _knob(node, names).setValue(value)
    # A knob named as an attribute of the model is what makes the attribute a control of the Inference node.
    for attribute in model.attributes:
        host.add_user_knob(node, "float", attribute.name, attribute.default)


def _knob(node: Node, names: tuple[str, ...]) -> Knob:
    """The knob by the first of its known spellings that there is."""
    for name in names:
        knob = node.knob(name)
        if knob is not None:
            return knob
    raise ModelMissing(
        f"{NODE_CLASS} has no knob {names[0]!r} in this Nuke: make the .cat file by hand (docs/nuke-inference.md), and "
        "tell us the version"
    )


def _wait_for(path: str, patience: float, sleep: Callable[[float], None]) -> None:
    """Until the file is there and has stopped growing, or patience is at an end."""
    step, waited, before = 0.25, 0.0, -1
    while waited < patience:
        size = os.path.getsize(path) if os.path.isfile(path) else -1
        if size > 0 and size == before:
            return
        before = size
        sleep(step)
        waited += step


def _check_folder(folder: str) -> None:
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise ModelMissing(f"{folder}: is no folder that can be written; choose another one for the .cat file")


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.remove(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
