"""Where the model's files lie, and how PlateNormals.cat comes about.

A .cat file can only be made by Nuke, from a TorchScript file that comes with the plug-in (or that
`platelight install nuke --model DIR` brings). Both lie in the `models` folder of the installation, which is on Nuke's
plug-in path, so that nodes find the .cat by its name on every machine that shares the installation.
"""

from __future__ import annotations

import os

from nuke_plugin.cattery.make_cat import make_cat
from nuke_plugin.cattery.script_card import CARD_NAME
from nuke_plugin.controls import CAT_NAME
from nuke_plugin.errors import ModelMissing
from nuke_plugin.host import Host

__all__ = ["CAT_FOLDER_VARIABLE", "find_cat", "find_torchscript", "make_model_file", "model_folders"]

CAT_FOLDER_VARIABLE = "PLATELIGHT_CAT_FOLDER"
"""Names another folder for the .cat, where that of the installation cannot be written."""

_BESIDE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def model_folders() -> list[str]:
    """Folders for model files, the first to be written to: the variable's, the installation's, the user's own."""
    named = os.environ.get(CAT_FOLDER_VARIABLE)
    found = [named] if named else []
    # Beside the package only where it was installed: a clone of the repository is no place for model files.
    if os.path.isfile(os.path.join(_BESIDE, "installed.json")):
        found.append(os.path.join(_BESIDE, "models"))
    found.append(os.path.join(os.path.expanduser("~"), ".nuke", "platelight_models"))
    return [folder.replace("\\", "/") for folder in found]


def find_cat(host: Host, name: str = CAT_NAME) -> str | None:
    """The .cat file of that name that nodes will find, or None."""
    for folder in (*host.plugin_path(), *model_folders()):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path.replace("\\", "/")
    return None


def find_torchscript() -> str:
    """The folder with the TorchScript file and its card.

    Raises:
        ModelMissing: there is none.
    """
    for folder in model_folders():
        if os.path.isfile(os.path.join(folder, CARD_NAME)):
            return folder
    raise ModelMissing(
        "the TorchScript model is not installed, so no model file can be made from it. Write one with `platelight "
        "export RUN --out DIR --torchscript`, then run `platelight install nuke --model DIR`"
    )


def make_model_file(host: Host, source: str | None = None, name: str = CAT_NAME) -> str:
    """Make the .cat with Nuke's CatFileCreator; returns its path.

    Args:
        host: Nuke.
        source: folder with the TorchScript file and its card; None: that of PlateNormals, where it is installed.
        name: of the .cat file.

    Raises:
        NukeTooOld: this Nuke cannot read the TorchScript file.
        ModelMissing: there is no TorchScript file, no folder that can be written, or Nuke made nothing of it.
    """
    script = source or find_torchscript()
    folder = _writable_folder(name)
    path = make_cat(host, script, os.path.join(folder, name))
    there = {os.path.normcase(os.path.abspath(known)) for known in host.plugin_path()}
    if os.path.normcase(os.path.abspath(folder)) not in there:
        host.add_plugin_path(folder)  # it was made just now, so that the start could not add it
    return path


def _writable_folder(name: str) -> str:
    for folder in model_folders():
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise ModelMissing(
        f"no folder for {name} can be written ({', '.join(model_folders())}); name one with {CAT_FOLDER_VARIABLE}"
    )
