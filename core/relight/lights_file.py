"""The lights file: JSON that a person writes, checked field by field. `docs/relight.md` documents it."""

from __future__ import annotations

import difflib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from core.atomic import write_text
from core.errors import BadConfig, FileMissing
from core.relight.lights import (
    FALLOFFS,
    AmbientLight,
    AreaLight,
    DirectionalLight,
    EnvironmentLight,
    Light,
    PointLight,
    RimLight,
    SpotLight,
)
from core.relight.temperature import COLDEST, HOTTEST
from worker_link.json_text import read_json

__all__ = ["EXAMPLE", "VERSION", "kind_of", "lights_as_json", "parse_lights", "read_lights", "schema", "write_lights"]

VERSION = 2
"""What is written. Version 1, which had directional, point and ambient lights only, is read too."""

MOST_LIGHTS = 64
LARGEST = 1e6
"""Bound of every number in the file: far beyond any use, small enough that float32 light stays finite."""


@dataclass(frozen=True)
class _Number:
    lowest: float
    highest: float
    meaning: str
    may_be_null: bool = False


@dataclass(frozen=True)
class _Vector:
    lowest: float
    highest: float
    meaning: str
    not_zero: bool = False


@dataclass(frozen=True)
class _Text:
    meaning: str
    not_empty: bool = False


@dataclass(frozen=True)
class _Switch:
    meaning: str


@dataclass(frozen=True)
class _Choice:
    choices: tuple[str, ...]
    meaning: str


_Field = _Number | _Vector | _Text | _Switch | _Choice

_PLACE = _Vector(-LARGEST, LARGEST, "camera space, metres; the camera looks down -Z")
_WAY = _Vector(-LARGEST, LARGEST, "the way the light travels, camera space; any length", not_zero=True)
_RADIUS = _Number(1e-4, LARGEST, "metres; nearer than this the light grows no further")
_EVERY: dict[str, _Field] = {
    "name": _Text("what you call the light"),
    "enabled": _Switch("false switches the light off"),
    "color": _Vector(0.0, LARGEST, "scene-linear red, green, blue factors, in the plate's primaries"),
    "intensity": _Number(0.0, LARGEST, "1 lights a white surface that faces the light to 1 (at reference_distance)"),
    "temperature": _Number(COLDEST, HOTTEST, "kelvin; multiplies the colour by that light's at luminance 1", True),
}
_PARTS: dict[str, _Field] = {
    "diffuse": _Switch("false takes the light out of the diffuse part"),
    "specular": _Switch("false takes the light out of the specular part"),
}
_WRAP: dict[str, _Field] = {"wrap": _Number(0.0, 1.0, "how far the light reaches round the terminator")}
_DISTANCE: dict[str, _Field] = {
    "falloff": _Choice(tuple(FALLOFFS), "how the light weakens with distance"),
    "reference_distance": _Number(1e-4, LARGEST, "metres, where the intensity holds"),
    "radius": _RADIUS,
}
_POINT: dict[str, _Field] = {**_EVERY, "position": _PLACE, **_DISTANCE, **_WRAP, **_PARTS}
_FIELDS: dict[str, dict[str, _Field]] = {
    "directional": {**_EVERY, "direction": _WAY, **_WRAP, **_PARTS},
    "point": _POINT,
    "spot": {
        **_POINT,
        "direction": _WAY,
        "cone_angle": _Number(0.1, 180.0, "degrees, full angle of the cone"),
        "penumbra": _Number(-90.0, 90.0, "degrees over which the edge fades; outward, or inward where negative"),
        "cone_falloff": _Number(0.0, 1000.0, "power of the cosine by which the light weakens across the cone"),
    },
    "area": {
        **_EVERY,
        "position": _PLACE,
        "direction": _WAY,
        "up": _Vector(-LARGEST, LARGEST, "which way the height goes", not_zero=True),
        "width": _Number(1e-3, LARGEST, "metres"),
        "height": _Number(1e-3, LARGEST, "metres"),
        "two_sided": _Switch("whether the back shines too"),
        **_DISTANCE,
        **_PARTS,
    },
    "rim": {
        **_EVERY,
        "angle": _Number(-360.0, 360.0, "degrees, the side of the picture: 0 right, 90 up, 180 left"),
        "spread": _Number(0.0, 1.0, "0: the half of the outline on that side; 1: all round"),
        "power": _Number(0.5, 32.0, "larger is thinner"),
        **_PARTS,
    },
    "environment": {
        **_EVERY,
        "file": _Text("latitude-longitude picture, scene-linear; from the folder of the lights file", not_empty=True),
        "rotation": _Number(-3600.0, 3600.0, "degrees about +Y"),
        **_WRAP,
        **_PARTS,
    },
    "ambient": dict(_EVERY),
}
_NEEDED: dict[str, tuple[str, ...]] = {
    "directional": ("direction",),
    "point": ("position",),
    "spot": ("position", "direction"),
    "area": ("position", "direction"),
    "rim": (),
    "environment": ("file",),
    "ambient": (),
}
_KINDS: dict[str, type[Light]] = {
    "directional": DirectionalLight,
    "point": PointLight,
    "spot": SpotLight,
    "area": AreaLight,
    "rim": RimLight,
    "environment": EnvironmentLight,
    "ambient": AmbientLight,
}
_VERSION_1 = {
    "directional": ("name", "enabled", "color", "intensity", "direction"),
    "point": ("name", "enabled", "color", "intensity", "position", "radius"),
    "ambient": ("name", "enabled", "color", "intensity"),
}

EXAMPLE: tuple[Light, ...] = (
    DirectionalLight(name="key", direction=(-0.6, -0.5, -0.6), color=(1.0, 0.93, 0.82), intensity=1.1),
    PointLight(name="lamp", position=(-0.9, 0.1, -1.2), color=(0.45, 0.65, 1.0), intensity=0.5, radius=0.05),
    AmbientLight(name="room", color=(0.9, 0.95, 1.0), intensity=0.12),
)
"""A warm key from the upper right, a blue lamp to the left, a little light from the room."""


def read_lights(path: str | Path) -> tuple[Light, ...]:
    """Read a lights file.

    Returns:
        The lights, those that are off too, in the file's order. The `file` of an environment light is a path from the
        folder of the lights file.

    Raises:
        FileMissing: no such file.
        BadConfig: not JSON, or a key, type or value that is not allowed; the message names the file, the key, the
            value and the allowed range.
    """
    file = Path(path)
    if not file.is_file():
        raise FileMissing(f"{file}: no such lights file; `platelight relight --example-lights {file}` writes one")
    try:
        value = read_json(file)
    except UnicodeDecodeError as error:
        raise BadConfig(f"{file}: not UTF-8 text; a lights file is JSON, see docs/relight.md") from error
    except json.JSONDecodeError as error:
        raise BadConfig(f"{file}: line {error.lineno}, column {error.colno}: not JSON ({error.msg})") from error
    except ValueError as error:
        raise BadConfig(f"{file}: {error}; see docs/relight.md") from error
    except OSError as error:
        raise BadConfig(f"{file}: cannot be read ({error.strerror}); mend its rights") from error
    lights = parse_lights(value, source=str(file))
    return tuple(
        replace(light, file=str(file.parent / light.file)) if isinstance(light, EnvironmentLight) else light
        for light in lights
    )


def write_lights(path: str | Path, lights: Sequence[Light]) -> None:
    """Write `lights` as a lights file, whole or not at all.

    The `file` of an environment light is written as a path from the folder of `path`, as `read_lights` takes it; an
    absolute one stays as it is.

    Raises:
        DiskFull, BadInput, WorkFailed: as `core.atomic.write_text`.
    """
    folder = Path(path).parent
    lights = [
        replace(light, file=_path_from(folder, light.file)) if isinstance(light, EnvironmentLight) else light
        for light in lights
    ]
    # One key a line with its vector beside it: made to be edited by hand, which json's own indentation is not.
    entries = lights_as_json(lights)["lights"]
    blocks = (",\n".join(f'      "{key}": {json.dumps(value)}' for key, value in entry.items()) for entry in entries)
    body = ",\n".join(f"    {{\n{block}\n    }}" for block in blocks)
    write_text(path, f'{{\n  "version": {VERSION},\n  "lights": [\n{body}\n  ]\n}}\n')


def _path_from(folder: Path, file: str) -> str:
    if Path(file).is_absolute():
        return file
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # Windows: the two are on different drives
        return str(Path(file).resolve())


def lights_as_json(lights: Sequence[Light]) -> dict[str, Any]:
    """What `parse_lights` reads back as `lights`: type, name, colour, intensity, what the type needs, and every other
    value that is not the usual one."""
    return {"version": VERSION, "lights": [_as_json(light) for light in lights]}


def parse_lights(value: Any, *, source: str = "lights") -> tuple[Light, ...]:
    """Lights from decoded JSON. `source` starts each message. Returns and raises as `read_lights`."""
    if not isinstance(value, Mapping):
        raise BadConfig(f'{source}: holds {_kind(value)}; write {{"version": {VERSION}, "lights": [...]}}')
    _known_keys(value, ("$schema", "version", "lights"), source)
    version = value.get("version")
    if version not in (1, VERSION) or isinstance(version, bool):
        raise BadConfig(f"{source}: version is {_shown(version)}; this Platelight reads 1 and {VERSION}")
    lights = value.get("lights")
    if not isinstance(lights, list):
        raise BadConfig(f"{source}: lights is {_shown(lights)}; it must be a list of lights")
    if len(lights) > MOST_LIGHTS:
        raise BadConfig(f"{source}: lights has {len(lights)} entries; at most {MOST_LIGHTS} are allowed")
    return tuple(_named(entry, f"{source}: lights[{index}]", version) for index, entry in enumerate(lights))


def kind_of(light: Light) -> str:
    """The `type` of a light in the file: `directional`, `point` ..."""
    return next(name for name, made in _KINDS.items() if type(light) is made)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the lights file, made from the same table that `parse_lights` checks by.

    `core/relight/lights.schema.json` is this, written out for editors that complete and check while one types.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Platelight lights",
        "type": "object",
        "required": ["version", "lights"],
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            "version": {"enum": [1, VERSION]},
            "lights": {
                "type": "array",
                "maxItems": MOST_LIGHTS,
                "items": {"oneOf": [_kind_schema(kind) for kind in _FIELDS]},
            },
        },
    }


def _named(entry: Any, where: str, version: int) -> Light:
    """`_light`, whose complaints also say what a person calls the light."""
    try:
        return _light(entry, where, version)
    except BadConfig as error:
        name = entry.get("name") if isinstance(entry, Mapping) else None
        raise BadConfig(f"{error} (light {name!r:.80})" if isinstance(name, str) and name else str(error)) from None


def _light(entry: Any, where: str, version: int) -> Light:
    if not isinstance(entry, Mapping):
        raise BadConfig(f'{where} is {_shown(entry)}; it must be an object such as {{"type": "ambient"}}')
    kind = entry.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise BadConfig(f"{where}.type is {_shown(kind)}; choose one of {', '.join(_FIELDS)}")
    fields_of_kind = _FIELDS[kind]
    _known_keys(entry, ("type", *fields_of_kind), where)
    if version == 1:
        newer = [kind] if kind not in _VERSION_1 else [key for key in entry if key not in ("type", *_VERSION_1[kind])]
        if newer:
            raise BadConfig(f'{where}: {newer[0]!r:.80} is not in version 1 of the file; write "version": {VERSION}')
    for key in _NEEDED[kind]:
        if key not in entry:
            raise BadConfig(f"{where}.{key} is missing; a {kind} light needs it ({fields_of_kind[key].meaning})")
    values = {
        key: _checked(field, entry[key], f"{where}.{key}") for key, field in fields_of_kind.items() if key in entry
    }
    return _KINDS[kind](**values)


def _checked(field: _Field, value: Any, where: str) -> Any:
    if isinstance(field, _Text):
        if not isinstance(value, str):
            raise BadConfig(f"{where} is {_shown(value)}; it must be text")
        if field.not_empty and not value:
            raise BadConfig(f'{where} is ""; it must name a file')
        return value
    if isinstance(field, _Choice):
        if value not in field.choices:
            raise BadConfig(f"{where} is {_shown(value)}; choose one of {', '.join(field.choices)}")
        return value
    if isinstance(field, _Switch):
        if not isinstance(value, bool):
            raise BadConfig(f"{where} is {_shown(value)}; it must be true or false")
        return value
    span = f"from {field.lowest:g} to {field.highest:g}"
    if isinstance(field, _Number):
        if value is None and field.may_be_null:
            return None
        if not _within(value, field):
            raise BadConfig(f"{where} is {_shown(value)}; it must be a number {span}")
        return float(value)
    if not isinstance(value, list) or len(value) != 3 or not all(_within(part, field) for part in value):
        raise BadConfig(f"{where} is {_shown(value)}; it must be three numbers {span}")
    if field.not_zero and not math.hypot(*value) > 1e-9:
        raise BadConfig(f"{where} is {_shown(value)}; it must not be zero, or it points nowhere")
    return tuple(float(part) for part in value)


def _within(value: Any, field: _Number | _Vector) -> bool:
    # JSON's true is Python's 1, and json reads NaN and Infinity, which no JSON file should hold: neither is a number.
    return isinstance(value, int | float) and not isinstance(value, bool) and field.lowest <= value <= field.highest


def _known_keys(entry: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    for key in entry:
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(allowed)}"
            raise BadConfig(f"{where}: unknown key {key!r:.80}; {hint}")


def _kind_schema(kind: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"type": {"const": kind}}
    for key, field in _FIELDS[kind].items():
        properties[key] = _field_schema(field)
    return {
        "type": "object",
        "required": ["type", *_NEEDED[kind]],
        "additionalProperties": False,
        "properties": properties,
    }


def _field_schema(field: _Field) -> dict[str, Any]:
    if isinstance(field, _Text):
        return {"type": "string", "description": field.meaning, **({"minLength": 1} if field.not_empty else {})}
    if isinstance(field, _Choice):
        return {"enum": list(field.choices), "description": field.meaning}
    if isinstance(field, _Switch):
        return {"type": "boolean", "description": field.meaning}
    number: dict[str, Any] = {"type": "number", "minimum": field.lowest, "maximum": field.highest}
    if isinstance(field, _Number):
        kinds = {"type": ["number", "null"]} if field.may_be_null else {}
        return {**number, **kinds, "description": field.meaning}
    return {"type": "array", "minItems": 3, "maxItems": 3, "items": number, "description": field.meaning}


def _as_json(light: Light) -> dict[str, Any]:
    kind = kind_of(light)
    values = asdict(light)
    usual = {field.name: field.default for field in fields(light) if field.default is not MISSING}
    shown = [
        key for key in values if key in (*_NEEDED[kind], "name", "intensity", "color") or values[key] != usual[key]
    ]
    return {"type": kind, **{key: values[key] for key in shown}}


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _shown(value: Any) -> str:
    text = "missing" if value is None else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
