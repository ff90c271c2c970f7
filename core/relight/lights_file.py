"""The lights file: JSON that a person writes, checked field by field. `docs/relight.md` documents it."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.atomic import write_text
from core.errors import BadConfig, FileMissing
from core.relight.lights import AmbientLight, DirectionalLight, Light, PointLight

__all__ = ["EXAMPLE", "VERSION", "parse_lights", "read_lights", "schema", "write_lights"]

VERSION = 1
MOST_LIGHTS = 64
LARGEST = 1e6
"""Bound of every number in the file: far beyond any use, small enough that float32 light stays finite."""


@dataclass(frozen=True)
class _Number:
    lowest: float
    highest: float
    meaning: str


@dataclass(frozen=True)
class _Vector:
    lowest: float
    highest: float
    meaning: str
    not_zero: bool = False


@dataclass(frozen=True)
class _Text:
    meaning: str


@dataclass(frozen=True)
class _Switch:
    meaning: str


_Field = _Number | _Vector | _Text | _Switch

_EVERY: dict[str, _Field] = {
    "name": _Text("what you call the light"),
    "enabled": _Switch("false switches the light off"),
    "color": _Vector(0.0, LARGEST, "scene-linear red, green, blue factors, in the plate's primaries"),
    "intensity": _Number(0.0, LARGEST, "1 lights a white surface that faces the light to 1 (point: at one metre)"),
}
_FIELDS: dict[str, dict[str, _Field]] = {
    "directional": {
        **_EVERY,
        "direction": _Vector(-LARGEST, LARGEST, "the way the light travels, camera space; any length", not_zero=True),
    },
    "point": {
        **_EVERY,
        "position": _Vector(-LARGEST, LARGEST, "camera space, metres; the camera looks down -Z"),
        "radius": _Number(1e-4, LARGEST, "metres; nearer than this the light grows no further"),
    },
    "ambient": dict(_EVERY),
}
_NEEDED = {"directional": ("direction",), "point": ("position",), "ambient": ()}
_KINDS: dict[str, type[DirectionalLight] | type[PointLight] | type[AmbientLight]] = {
    "directional": DirectionalLight,
    "point": PointLight,
    "ambient": AmbientLight,
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
        The enabled lights, in the file's order.

    Raises:
        FileMissing: no such file.
        BadConfig: not JSON, or a key, type or value that is not allowed; the message names the file, the key, the
            value and the allowed range.
    """
    file = Path(path)
    if not file.is_file():
        raise FileMissing(f"{file}: no such lights file; `platelight relight --example-lights {file}` writes one")
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadConfig(f"{file}: not UTF-8 text; a lights file is JSON, see docs/relight.md") from error
    except json.JSONDecodeError as error:
        raise BadConfig(f"{file}: line {error.lineno}, column {error.colno}: not JSON ({error.msg})") from error
    except OSError as error:
        raise BadConfig(f"{file}: cannot be read ({error.strerror}); mend its rights") from error
    return parse_lights(value, source=str(file))


def write_lights(path: str | Path, lights: Sequence[Light]) -> None:
    """Write `lights` as a lights file, whole or not at all. Raises as `core.atomic.write_text`."""
    # One key a line with its vector beside it: made to be edited by hand, which json's own indentation is not.
    blocks = (",\n".join(f'      "{k}": {json.dumps(v)}' for k, v in _as_json(light).items()) for light in lights)
    body = ",\n".join(f"    {{\n{block}\n    }}" for block in blocks)
    write_text(path, f'{{\n  "version": {VERSION},\n  "lights": [\n{body}\n  ]\n}}\n')


def parse_lights(value: Any, *, source: str = "lights") -> tuple[Light, ...]:
    """Lights from decoded JSON. `source` starts each message. Returns and raises as `read_lights`."""
    if not isinstance(value, Mapping):
        raise BadConfig(f'{source}: holds {_kind(value)}; write {{"version": {VERSION}, "lights": [...]}}')
    _known_keys(value, ("$schema", "version", "lights"), source)
    if value.get("version") != VERSION or isinstance(value.get("version"), bool):
        raise BadConfig(f"{source}: version is {_shown(value.get('version'))}; this Platelight reads {VERSION}")
    lights = value.get("lights")
    if not isinstance(lights, list):
        raise BadConfig(f"{source}: lights is {_shown(lights)}; it must be a list of lights")
    if len(lights) > MOST_LIGHTS:
        raise BadConfig(f"{source}: lights has {len(lights)} entries; at most {MOST_LIGHTS} are allowed")
    parsed = [_light(entry, f"{source}: lights[{index}]") for index, entry in enumerate(lights)]
    return tuple(light for light in parsed if light is not None)


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
            "version": {"const": VERSION},
            "lights": {
                "type": "array",
                "maxItems": MOST_LIGHTS,
                "items": {"oneOf": [_kind_schema(kind) for kind in _FIELDS]},
            },
        },
    }


def _light(entry: Any, where: str) -> Light | None:
    if not isinstance(entry, Mapping):
        raise BadConfig(f'{where} is {_shown(entry)}; it must be an object such as {{"type": "ambient"}}')
    kind = entry.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise BadConfig(f"{where}.type is {_shown(kind)}; choose one of {', '.join(_FIELDS)}")
    fields = _FIELDS[kind]
    _known_keys(entry, ("type", *fields), where)
    for key in _NEEDED[kind]:
        if key not in entry:
            raise BadConfig(f"{where}.{key} is missing; a {kind} light needs it ({fields[key].meaning})")
    values = {key: _checked(fields[key], entry[key], f"{where}.{key}") for key in fields if key in entry}
    enabled = values.pop("enabled", True)
    light = _KINDS[kind](**values)
    return light if enabled else None


def _checked(field: _Field, value: Any, where: str) -> Any:
    if isinstance(field, _Text):
        if not isinstance(value, str):
            raise BadConfig(f"{where} is {_shown(value)}; it must be text")
        return value
    if isinstance(field, _Switch):
        if not isinstance(value, bool):
            raise BadConfig(f"{where} is {_shown(value)}; it must be true or false")
        return value
    span = f"from {field.lowest:g} to {field.highest:g}"
    if isinstance(field, _Number):
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
            raise BadConfig(f"{where}: unknown key {key!r}; {hint}")


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
        return {"type": "string", "description": field.meaning}
    if isinstance(field, _Switch):
        return {"type": "boolean", "description": field.meaning}
    number = {"type": "number", "minimum": field.lowest, "maximum": field.highest}
    if isinstance(field, _Number):
        return {**number, "description": field.meaning}
    return {"type": "array", "minItems": 3, "maxItems": 3, "items": number, "description": field.meaning}


def _as_json(light: Light) -> dict[str, Any]:
    kind = next(name for name, made in _KINDS.items() if isinstance(light, made))
    return {"type": kind, "name": light.name, **asdict(light)}


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _shown(value: Any) -> str:
    text = "missing" if value is None else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
