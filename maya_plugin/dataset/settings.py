"""What a training set from Maya is made of; presets as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from maya_plugin.errors import BadSetting
from worker_link.json_text import read_json

__all__ = ["PLACES", "RENDERERS", "DatasetSettings", "load_preset", "save_preset"]

FORMAT = "platelight-dataset"
VERSION = 1

PLACES = ("here", "mayapy", "farm")
"""Where it is made: on this machine by Platelight's own renderer; on this machine by Maya without a window; or nowhere
yet: job files for a farm."""

RENDERERS = ("embedded", "arnold", "software")
"""For a farm: Platelight's own renderer, or Maya's by mayapy."""


@dataclass(frozen=True)
class DatasetSettings:
    """One training set.

    Attributes:
        recipe: name or .json file.
        families: with commas; empty: all of the recipe.
        ranges: other ranges than the families' own, `room.things=2:5, street.cars=0`.
        count: scenes.
        seed: of the set.
        size: width and height, pixels.
        samples: light paths a pixel.
        passes: with commas, or `all`.
        out: folder of the shards; for a farm one that every machine sees under this path.
        place: one of `PLACES`.
        renderer: one of `RENDERERS`; `here` is always `embedded`.
        workers: processes at once; 0: the command's own choice.
        tasks: of a farm job.
        job: folder of a farm job's files.
    """

    recipe: str = "plate_normals"
    families: str = ""
    ranges: str = ""
    count: int = 24
    seed: int = 0
    size: int = 256
    samples: int = 16
    passes: str = "all"
    out: str = ""
    place: str = "here"
    renderer: str = "embedded"
    workers: int = 0
    tasks: int = 4
    job: str = ""

    def check(self) -> None:
        """Raises BadSetting for a value that cannot be worked with."""
        limits = {
            "count": (1, 10_000_000),
            "seed": (0, 2**62),
            "size": (16, 4096),
            "samples": (1, 4096),
            "workers": (0, 1024),
            "tasks": (1, 10_000),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadSetting(f"{name} is {value}; expected {low} to {high}")
        for name, known in (("place", PLACES), ("renderer", RENDERERS)):
            if getattr(self, name) not in known:
                raise BadSetting(f"{name} is {getattr(self, name)!r}; use {', '.join(known)}")
        if not self.out.strip():
            raise BadSetting("name a folder for the set (out)")
        if self.place == "farm" and not self.job.strip():
            raise BadSetting("name a folder for the job's files (job)")
        if not self.recipe.strip():
            raise BadSetting("name a recipe")

    @property
    def rendered_by(self) -> str:
        """`embedded`, `arnold` or `software`, by place and renderer."""
        if self.place == "here":
            return "embedded"
        if self.place == "mayapy" and self.renderer == "embedded":
            return "arnold"
        return self.renderer


def parse(values: Mapping[str, Any], source: str) -> DatasetSettings:
    """Settings from plain values. Raises BadSetting for an unknown name or a value of another kind."""
    known = {field.name: type(field.default) for field in fields(DatasetSettings)}
    for name, value in values.items():
        if name not in known:
            raise BadSetting(f"{source}: {name!r} is no setting; known are {', '.join(known)}")
        if type(value) is not known[name]:
            raise BadSetting(f"{source}: {name} is {value!r}; expected {known[name].__name__}")
    return replace(DatasetSettings(), **values)


def save_preset(path: str, settings: DatasetSettings) -> None:
    """Write a preset, whole or not at all. Raises BadSetting if it cannot be written."""
    partial = f"{path}.{os.getpid()}.partial"
    document = {"format": FORMAT, "version": VERSION, "settings": asdict(settings)}
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(partial, "w", encoding="utf-8") as file:
            file.write(json.dumps(document, indent=2, sort_keys=True) + "\n")
        os.replace(partial, path)
    except OSError as error:
        raise BadSetting(f"{path}: the preset cannot be written ({error.strerror}); name another file") from error
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def load_preset(path: str) -> DatasetSettings:
    """Read a preset. Raises BadSetting: it is not there, or is none."""
    try:
        document = read_json(path)
    except (OSError, ValueError) as error:
        raise BadSetting(f"{path}: cannot be read as a preset ({error})") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadSetting(f'{path}: is no preset: "format" is not "{FORMAT}"')
    if document.get("version") != VERSION or not isinstance(document.get("settings"), dict):
        raise BadSetting(f"{path}: is of version {document.get('version')!r}; this Platelight reads {VERSION}")
    return parse(document["settings"], path)
