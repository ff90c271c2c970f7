"""Lights <-> the light nodes of Nuke's classic 3D system, as text of a script.

    directional  DirectLight    rotate
    point        Light2         translate, falloff_type
    spot         Spotlight      translate, rotate, falloff_type, cone_angle, cone_penumbra_angle, cone_falloff
    environment  Environment    rotate; its picture stands in the label, to be connected by hand

and `color`, `intensity`, `name`, `disable` of each. The knobs are those of Nuke's reference guide (3D nodes: Light,
Direct, Spot, Environment), the classes those that published menus create; the words of `falloff_type`, and that lights
shine along their own -Z, are as the vendor's public Hydra plug-in reads them (TheFoundryVisionmongers/NukeHydraPlugins,
src/hdNuke/lightAdapter.cpp). Rotations are written as turns about X and then Y, as the rotation order ZXY has them.

Both sides take the same camera space if the camera's node stands at the origin, untransformed; numbers of intensity
pass over as they are. What Nuke's nodes cannot say is told in notes: area, rim and ambient lights are left out;
temperature goes into the colour; a reference distance goes into the intensity; wrap, radius and the switches for
diffuse and specular are dropped. What the lights here cannot say: shadow settings, scale, pivot, and the roll of a
rotation are dropped silently, animation and expressions are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.atomic import write_text
from core.errors import BadConfig, FileMissing
from core.relight.falloff import falloff_power
from core.relight.lights import (
    DirectionalLight,
    EnvironmentLight,
    Falloff,
    Light,
    PointLight,
    SpotLight,
    Vector,
)
from core.relight.lights_file import VERSION, kind_of, parse_lights
from core.relight.tcl_words import ScriptNode, quoted, script_nodes, words
from core.relight.temperature import kelvin_to_rgb

__all__ = ["holds_lights_only", "lights_from_script", "read_nuke_lights", "script_from_lights", "write_nuke_lights"]

_FALLOFF_WORDS: dict[Falloff, str] = {
    "none": "No Falloff",
    "linear": "Linear",
    "quadratic": "Quadratic",
    "cubic": "Cubic",
}
_CLASSES = {"directional": "DirectLight", "point": "Light2", "spot": "Spotlight", "environment": "Environment"}
_TYPES = {
    "DirectLight": "directional",
    "Light": "point",
    "Light2": "point",
    "Spotlight": "spot",
    "Environment": "environment",
}
_LIGHT_TYPES = ("point", "directional", "spot")  # the knob light_type of Light2
_DEFAULT_CONE = 40.0
_SPEECHLESS = str.maketrans({"[": "(", "]": ")", "$": "_"})
_NAME_MARK, _MAP_MARK = "light: ", "map: "


def read_nuke_lights(path: str | Path) -> tuple[tuple[Light, ...], list[str]]:
    """Lights of a script file. Returns as `lights_from_script`.

    Raises:
        FileMissing: no such file.
        BadConfig: as `lights_from_script`, or the file cannot be read.
    """
    file = Path(path)
    if not file.is_file():
        raise FileMissing(f"{file}: no such script; copy light nodes in Nuke and save what is pasted as a file")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{file}: cannot be read as text ({error}); save the script again") from error
    return lights_from_script(text, source=str(file))


def holds_lights_only(path: Path) -> bool:
    """Whether a file is a script of light nodes and nothing else, and may be written anew.

    Raises:
        BadConfig: it is no script.
        OSError, UnicodeDecodeError: it cannot be read as text.
    """
    kinds = {node.kind for node in script_nodes(path.read_text(encoding="utf-8"), source=str(path))}
    return bool(kinds) and kinds <= set(_TYPES)


def write_nuke_lights(path: str | Path, lights: Sequence[Light]) -> list[str]:
    """Write `script_from_lights` to a file, whole or not at all.

    Returns:
        Its notes.

    Raises:
        BadInput, DiskFull: as `core.atomic.write_text`.
    """
    text, notes = script_from_lights(lights)
    write_text(path, text)
    return notes


def script_from_lights(lights: Sequence[Light]) -> tuple[str, list[str]]:
    """Light nodes for lights.

    Returns:
        The text of a script, to be pasted into Nuke, and a note for each thing that it does not hold.
    """
    blocks: list[str] = []
    notes: list[str] = []
    names: set[str] = set()
    for light in lights:
        kind = kind_of(light)
        shown = f"light {light.name!r}" if light.name else f"a light of type {kind}"
        if kind not in _CLASSES:
            notes.append(f"{shown} is left out: Nuke has no {kind} light")
            continue
        notes.extend(f"{shown}: {what}" for what in _lost(light))
        light, changed = _speechless(light)
        notes.extend(f"{shown}: {what}" for what in changed)
        name = _node_name(light.name or _CLASSES[kind], names)
        names.add(name)
        blocks.append(_node(light, kind, name, 120 * len(blocks)))
    return "\n".join(blocks) + ("\n" if blocks else ""), notes


def lights_from_script(text: str, *, source: str = "script") -> tuple[tuple[Light, ...], list[str]]:
    """The lights among the nodes of a script.

    Args:
        text: of a .nk file, or nodes copied from Nuke.
        source: starts each message.

    Returns:
        The lights in the order of the nodes, and a note for each node or connection that could not be taken over.

    Raises:
        BadConfig: a knob of a light that is animated, an expression or out of range; the message names node and knob.
    """
    entries: list[dict[str, Any]] = []
    notes: list[str] = []
    for node in script_nodes(text, source=source):
        name = node.knobs.get("name", node.kind)
        if node.kind in _TYPES:
            if node.kind != "Environment" and node.knobs.get("inputs", "0") != "0":
                notes.append(f"{name}: is connected to another node, whose transformation is not looked at")
            entries.append(_entry(node, f"{source}: {name}"))
        elif re.search(r"light", node.kind, re.IGNORECASE):
            notes.append(f"{name}: a node of class {node.kind} is not read; use {', '.join(_TYPES)}")
    return parse_lights({"version": VERSION, "lights": entries}, source=source), notes


def _node(light: Light, kind: str, name: str, x: int) -> str:
    intensity = light.intensity
    color = light.color
    if light.temperature is not None:
        red, green, blue = (float(c * t) for c, t in zip(color, kelvin_to_rgb(light.temperature), strict=True))
        color = (red, green, blue)
    lines = ["inputs 0"]
    if isinstance(light, PointLight):
        intensity = intensity * light.reference_distance ** falloff_power(light.falloff)
        lines += [f"translate {_braces(light.position)}", f"falloff_type {quoted(_FALLOFF_WORDS[light.falloff])}"]
    if isinstance(light, DirectionalLight | SpotLight):
        lines.append(f"rotate {_braces(_angles(light.direction))}")
    if isinstance(light, SpotLight):
        lines += [
            f"cone_angle {_number(light.cone_angle)}",
            f"cone_penumbra_angle {_number(light.penumbra)}",
            f"cone_falloff {_number(light.cone_falloff)}",
        ]
    label = [] if light.name == name else [_NAME_MARK + light.name]
    if isinstance(light, EnvironmentLight):
        lines.append(f"rotate {_braces((0.0, light.rotation, 0.0))}")
        label.append(_MAP_MARK + light.file)
    lines += [f"color {_braces(color)}", f"intensity {_number(intensity)}", f"name {name}"]
    if label:
        lines.append(f"label {quoted(chr(10).join(label))}")
    if not light.enabled:
        lines.append("disable true")
    lines += [f"xpos {x}", "ypos 0"]
    return "\n".join([f"{_CLASSES[kind]} {{", *(f" {line}" for line in lines), "}"])


def _speechless(light: Light) -> tuple[Light, list[str]]:
    """The light with texts that Nuke does not evaluate: in a label, what stands in `[ ]` is a program that it runs."""
    plain: dict[str, Any] = {}
    for key in ("name", "file"):
        text = getattr(light, key, "")
        if text != text.translate(_SPEECHLESS):
            plain[key] = text.translate(_SPEECHLESS)
    notes = [
        f"its {key} is written as {text!r}, as Nuke would run what stands in brackets" for key, text in plain.items()
    ]
    return (replace(light, **plain) if plain else light), notes


def _lost(light: Light) -> list[str]:
    notes = []
    if light.temperature is not None:
        notes.append(f"its temperature of {light.temperature:g} K is in the colour now (Rec.709)")
    if isinstance(light, PointLight) and light.reference_distance != 1.0:
        notes.append(f"its reference distance of {light.reference_distance:g} m is in the intensity now")
    usual: Mapping[str, Any] = {"wrap": 0.0, "diffuse": True, "specular": True, "radius": PointLight().radius}
    for key, value in usual.items():
        if getattr(light, key, value) != value:
            notes.append(f"{key} is dropped, Nuke's node has none")
    return notes


def _entry(node: ScriptNode, where: str) -> dict[str, Any]:
    kind = _TYPES[node.kind]
    if kind == "point" and "light_type" in node.knobs:
        kind = _light_type(node.knobs["light_type"], where)
    marks = dict.fromkeys((_NAME_MARK, _MAP_MARK), "")
    named = False
    for line in node.knobs.get("label", "").split("\n"):
        for mark in marks:
            if line.startswith(mark):
                marks[mark] = line[len(mark) :]
                named = named or mark == _NAME_MARK
    numbers = _numbers_of(node, where)
    entry: dict[str, Any] = {
        "type": kind,
        "name": marks[_NAME_MARK] if named else node.knobs.get("name", ""),
        "enabled": node.knobs.get("disable", "false") not in ("true", "1"),
        "color": numbers("color", (1.0, 1.0, 1.0)),
        "intensity": numbers("intensity", (1.0,))[0],
    }
    place, turned = _placed(node, numbers, where)
    if kind in ("point", "spot"):
        entry["position"] = place
        entry["falloff"] = _falloff(node.knobs.get("falloff_type", "No Falloff"), where)
    if kind in ("directional", "spot"):
        entry["direction"] = turned((0.0, 0.0, -1.0))
    if kind == "spot":
        entry["cone_angle"] = numbers("cone_angle", (_DEFAULT_CONE,))[0]
        entry["penumbra"] = numbers("cone_penumbra_angle", (0.0,))[0]
        entry["cone_falloff"] = numbers("cone_falloff", (0.0,))[0]
    if kind == "environment":
        if not marks[_MAP_MARK]:
            raise BadConfig(f"{where}: has no picture; write 'map: FILE' into its label")
        entry["file"] = marks[_MAP_MARK]
        entry["rotation"] = numbers("rotate", (0.0, 0.0, 0.0))[1]
    return entry


def _numbers_of(node: ScriptNode, where: str) -> Callable[[str, Sequence[float]], list[float]]:
    """A reader of the node's number knobs; a knob that is not written has its default."""

    def numbers(knob: str, default: Sequence[float]) -> list[float]:
        text = node.knobs.get(knob)
        if text is None:
            return list(default)
        try:
            # A matrix has its rows in braces of their own.
            found = [float(part) for word in words(text, source=where) for part in word.split()]
        except ValueError:
            raise BadConfig(
                f"{where}.{knob} is {text[:40]!r}: an animation or expression; only numbers are read, so bake it"
            ) from None
        if len(found) == 1 and len(default) == 3:
            found *= 3  # a colour or vector of equal parts is written as one number
        if len(found) < len(default):
            raise BadConfig(f"{where}.{knob} is {text[:40]!r}; {len(default)} numbers are needed")
        return found[: len(default)]

    return numbers


def _placed(
    node: ScriptNode, numbers: Callable[[str, Sequence[float]], list[float]], where: str
) -> tuple[list[float], Callable[[Vector], list[float]]]:
    """Where the node stands, and what turns its own directions into those of the scene."""
    if node.knobs.get("useMatrix", "false") in ("true", "1"):
        m = numbers("matrix", [float(row == column) for row in range(4) for column in range(4)])
        rows = [m[0:3], m[4:7], m[8:11]]
        place = [m[3], m[7], m[11]]
    else:
        order = node.knobs.get("rot_order", "ZXY").upper()
        if sorted(order) != ["X", "Y", "Z"]:
            raise BadConfig(f"{where}.rot_order is {order!r}; it must be an order of X, Y and Z")
        angles = dict(zip("XYZ", numbers("rotate", (0.0, 0.0, 0.0)), strict=True))
        rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
        for axis in order:  # the first letter turns first
            rows = _product(_rotation(axis, math.radians(angles[axis])), rows)
        place = numbers("translate", (0.0, 0.0, 0.0))

    def turned(vector: Vector) -> list[float]:
        return [round(sum(a * b for a, b in zip(row, vector, strict=True)), 12) + 0.0 for row in rows]

    return place, turned


def _rotation(axis: str, angle: float) -> list[list[float]]:
    c, s = math.cos(angle), math.sin(angle)
    return {
        "X": [[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]],
        "Y": [[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]],
        "Z": [[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]],
    }[axis]


def _product(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
    return [[sum(a[i][k] * b[k][j] for k in range(3)) for j in range(3)] for i in range(3)]


def _angles(direction: Vector) -> Vector:
    """Degrees about X, Y and Z that turn (0, 0, -1) to `direction`, X before Y."""
    x, y, z = direction
    level = math.hypot(x, z)
    about_x = math.degrees(math.atan2(y, level))
    about_y = math.degrees(math.atan2(-x, -z)) if level > 1e-9 * abs(y) else 0.0
    return round(about_x, 10) + 0.0, round(about_y, 10) + 0.0, 0.0


def _falloff(text: str, where: str) -> str:
    for falloff, word in _FALLOFF_WORDS.items():
        if text.strip().lower() == word.lower():
            return falloff
    if text.strip().isdigit() and int(text) < len(_FALLOFF_WORDS):
        return list(_FALLOFF_WORDS)[int(text)]
    raise BadConfig(f"{where}.falloff_type is {text!r}; it must be one of {', '.join(_FALLOFF_WORDS.values())}")


def _light_type(text: str, where: str) -> str:
    plain = text.strip().lower()
    found = _LIGHT_TYPES[int(plain)] if plain.isdigit() and int(plain) < len(_LIGHT_TYPES) else plain
    if found not in _LIGHT_TYPES:
        raise BadConfig(f"{where}.light_type is {text!r}; it must be one of {', '.join(_LIGHT_TYPES)}")
    return found


def _node_name(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    plain = plain if plain[:1].isalpha() else f"L_{plain}"
    number, unique = 1, plain
    while unique in taken:
        number += 1
        unique = f"{plain}_{number}"
    return unique


def _braces(values: Vector) -> str:
    return "{" + " ".join(_number(value) for value in values) + "}"


def _number(value: float) -> str:
    """The shortest text that reads back as the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
