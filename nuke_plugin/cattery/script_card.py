"""A TorchScript model and the card beside it, checked before Nuke is asked to read them."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from nuke_plugin.errors import ModelMissing
from worker_link.json_text import read_json

__all__ = ["CARD_NAME", "Attribute", "ScriptModel", "read_script_card"]

CARD_NAME = "torchscript.json"
"""The card's file name: what `platelight export --torchscript` writes beside the model."""

_FORMAT = 1


class Attribute:
    """A float of the model that a knob of the same name drives.

    Attributes:
        name: of the attribute and the knob.
        label: for people.
        default: its value in the file.
        low, high: the sensible range.
        tooltip: what it does.
    """

    def __init__(self, name: str, label: str, default: float, low: float, high: float, tooltip: str) -> None:
        self.name, self.label, self.default = name, label, default
        self.low, self.high, self.tooltip = low, high, tooltip


class ScriptModel:
    """A TorchScript file that is there and is the one its card describes.

    Attributes:
        path: of the TorchScript file.
        card_path: of its card.
        name, version: of the model.
        attributes: what can be changed in it.
        oldest_libtorch: (major, minor); the file needs this or a later one.
        channels_in: Nuke's channels that it is given, in their order; empty: rgba.
        card: all of the card.
    """

    def __init__(self, path: str, card_path: str, card: dict[str, Any]) -> None:
        self.path, self.card_path, self.card = path, card_path, card
        self.name, self.version = str(card["name"]), str(card["version"])
        self.attributes = tuple(
            Attribute(
                str(knob["name"]),
                str(knob["label"]),
                float(knob["default"]),
                float(knob["range"][0]),
                float(knob["range"][1]),
                str(knob["tooltip"]),
            )
            for knob in card["knobs"]
        )
        self.channels_in = tuple(str(name) for name in card.get("nuke_channels_in", ()))
        major, minor = str(card["oldest_libtorch"]).split(".")[:2]
        self.oldest_libtorch: tuple[int, int] = (int(major), int(minor))


def read_script_card(source: str) -> ScriptModel:
    """Read the model in a folder, or a TorchScript file with its card beside it.

    Args:
        source: the folder that `platelight export --torchscript` wrote, or the .pt file in it.

    Raises:
        ModelMissing: a file is missing, damaged, or is not the one that the card describes.
    """
    folder = source if os.path.isdir(source) else os.path.dirname(os.path.abspath(source))
    card_path = os.path.join(folder, CARD_NAME)
    if not os.path.exists(source):
        raise ModelMissing(f"{source}: no such file; `platelight export RUN --out DIR --torchscript` writes one")
    try:
        card = read_json(card_path)
    except OSError as error:
        raise ModelMissing(
            f"{card_path}: cannot be read ({error.strerror}); it comes with the TorchScript file, from "
            "`platelight export RUN --out DIR --torchscript`"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelMissing(f"{card_path}: is not JSON ({error}); export the model again") from error
    if not isinstance(card, dict) or card.get("format") != _FORMAT:
        raise ModelMissing(f"{card_path}: is no TorchScript card of format {_FORMAT}; export the model again")
    try:
        if os.path.basename(str(card["weights"])) != str(card["weights"]):
            raise ValueError("its weights are to lie beside it")
        path = os.path.join(folder, str(card["weights"]))
        model = ScriptModel(path, card_path, card)
        expected = str(card["sha256"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelMissing(f"{card_path}: incomplete ({error}); export the model again") from error
    if not os.path.isdir(source) and os.path.abspath(source) != os.path.abspath(path):
        raise ModelMissing(f"{source}: the {CARD_NAME} beside it describes {card['weights']}; name that file")
    try:
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    except OSError as error:
        raise ModelMissing(f"{path}: cannot be read ({error.strerror}); export or install the model again") from error
    if digest.hexdigest() != expected:
        raise ModelMissing(
            f"{path}: is not the file that {CARD_NAME} describes (its checksum differs); export or install the model "
            "again"
        )
    return model
