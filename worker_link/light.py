"""The light-estimate file: what is known of a plate's light, as JSON that the worker writes and hosts read.

`light.schema.json` beside this file is its form, docs/light-estimation.md explains it. JSON has no infinity: what may
be infinite (`ambient_to_key`, where there is no key) is null then.

Camera space, +X right, +Y up, +Z towards the camera. Colours are scene-linear in the primaries that `color_space`
names; irradiance is over pi, the radiance that leaves a white matt surface.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Tuple  # noqa: UP035  (Python 3.9 evaluates the aliases below)

from worker_link.json_text import read_json
from worker_link.light_doubts import confidence_of, doubts_of

__all__ = [
    "FORMAT",
    "LUMINANCE",
    "VERSION",
    "BadLight",
    "PlateLight",
    "Residual",
    "color_and_intensity",
    "luminance",
    "merge_lights",
    "parse_light",
    "read_light",
    "save_light",
]

FORMAT = "platelight-light"
VERSION = 1

Color = Tuple[float, float, float]  # noqa: UP006

LUMINANCE: Color = (0.2126, 0.7152, 0.0722)
"""Rec. ITU-R BT.709; used for other primaries too, where it only weighs channels."""

_COUNT = 9
_MOST_BYTES = 4 << 20
_LARGEST = 1e9
_LEAST_WEIGHT = 0.05


class BadLight(ValueError):
    """A light-estimate file that is missing, no such file, or of another version. One line with the remedy."""


@dataclass(frozen=True)
class Residual:
    """How well the light explains the plate, in stops (log2 of plate over model, luminance).

    Attributes:
        median_stops, p90_stops: median and 90th percentile of the absolute residual.
        rejected_share: share of the sampled pixels that the robust fit gave no weight.
        usable_share: share of the surface's pixels that were fit for use.
        coverage: share of the sphere's directions near which a normal points; 0.5 at most for what faces the camera.
        pixels: how many were used.
    """

    median_stops: float = 0.0
    p90_stops: float = 0.0
    rejected_share: float = 0.0
    usable_share: float = 1.0
    coverage: float = 0.5
    pixels: int = 0


@dataclass(frozen=True)
class PlateLight:
    """The light of a plate.

    Attributes:
        harmonics: nine rows of red, green, blue: spherical harmonics of radiance, in the order of
            `core.relight.harmonics`.
        toward: unit vector from the scene to the dominant light.
        key: irradiance of the directional part on a surface that faces it.
        ambient: irradiance of the rest, the same on all sides.
        mean_irradiance: of all the light, over the plate's surfaces; dividing by it takes the estimate's own strength
            and colour out, which one plate cannot tell.
        bright_irradiance: its 99th percentile by channel; a share of it is the least that ratio mode divides by.
        directionality: 0 is light from all sides alike, 1 one distant lamp and nothing else.
        spread_degrees: RMS angle of the directions that explain the plate about as well, uncalibrated.
        residual: how well it fits.
        color_space: of all colours, as OpenColorIO names it.
        frames: how many were merged.
        plate, normals: the files, for people; may be empty.
        made_with: tells the settings of the estimate apart, so that a second run knows what is finished; may be empty.
    """

    harmonics: Tuple[Color, ...]  # noqa: UP006
    toward: Color
    key: Color
    ambient: Color
    mean_irradiance: Color
    bright_irradiance: Color
    directionality: float = 0.0
    spread_degrees: float = 0.0
    residual: Residual = Residual()
    color_space: str = "lin_rec709"
    frames: int = 1
    plate: str = ""
    normals: str = ""
    made_with: str = ""

    @property
    def ambient_to_key(self) -> float:
        """Ambient over key, by luminance; infinite where there is no key."""
        key = luminance(self.key)
        return luminance(self.ambient) / key if key > 0.0 else math.inf

    @property
    def confidence(self) -> float:
        """How far the direction and the key can be relied on, 0..1; see `worker_link.light_doubts`."""
        return confidence_of(**self._judged())

    @property
    def doubts(self) -> Tuple[str, ...]:  # noqa: UP006
        """A readable line for each reason to distrust the estimate."""
        return doubts_of(**self._judged())

    def _judged(self) -> dict[str, float]:
        return {
            "coverage": self.residual.coverage,
            "usable_share": self.residual.usable_share,
            "median_stops": self.residual.median_stops,
            "directionality": self.directionality,
            "spread_degrees": self.spread_degrees,
        }

    def balanced(self) -> PlateLight:
        """The same with a mean irradiance of 1 in each channel, so that white light of about 1 keeps the exposure."""
        return self.scaled(1.0 / max(c, 1e-6) for c in self.mean_irradiance)

    def scaled(self, factors: Any) -> PlateLight:
        """The light times (red, green, blue)."""
        by = tuple(float(factor) for factor in factors)
        return replace(
            self,
            harmonics=tuple(_times(row, by) for row in self.harmonics),
            key=_times(self.key, by),
            ambient=_times(self.ambient, by),
            mean_irradiance=_times(self.mean_irradiance, by),
            bright_irradiance=_times(self.bright_irradiance, by),
        )

    def to_json(self) -> dict[str, Any]:
        """The document, ready for `json.dumps`; `confidence` and `doubts` are told for readers and not read back."""
        ratio = self.ambient_to_key
        return {
            "format": FORMAT,
            "version": VERSION,
            "plate": self.plate,
            "normals": self.normals,
            "frames": self.frames,
            "color_space": self.color_space,
            "harmonics": [list(row) for row in self.harmonics],
            "toward": list(self.toward),
            "spread_degrees": self.spread_degrees,
            "key": _split(self.key),
            "ambient": _split(self.ambient),
            "ambient_to_key": ratio if math.isfinite(ratio) else None,
            "directionality": self.directionality,
            "mean_irradiance": list(self.mean_irradiance),
            "bright_irradiance": list(self.bright_irradiance),
            "residual": {
                "median_stops": self.residual.median_stops,
                "p90_stops": self.residual.p90_stops,
                "rejected_share": self.residual.rejected_share,
                "usable_share": self.residual.usable_share,
                "coverage": self.residual.coverage,
                "pixels": self.residual.pixels,
            },
            "confidence": self.confidence,
            "doubts": list(self.doubts),
            **({"made_with": self.made_with} if self.made_with else {}),
        }


def luminance(color: Sequence[float]) -> float:
    """Weighted sum of red, green and blue."""
    return sum(weight * value for weight, value in zip(LUMINANCE, color))


def color_and_intensity(color: Sequence[float]) -> tuple[Color, float]:
    """A colour of luminance 1 and the level it was divided by; black is white at intensity 0."""
    level = luminance(color)
    if not level > 0.0:
        return (1.0, 1.0, 1.0), 0.0
    return _times(color, (1.0 / level,) * 3), level


def read_light(path: str) -> PlateLight:
    """Read a light-estimate file.

    Raises:
        BadLight: it is not there, cannot be read, or is none.
    """
    try:
        document = read_json(path, _MOST_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise BadLight(
            f"{path}: cannot be read ({error}); name a light-estimate file, as `platelight estimate-light` writes it"
        ) from error
    except ValueError as error:
        raise BadLight(f"{path}: is no JSON ({error}); write it again with `platelight estimate-light`") from error
    return parse_light(document, path)


def save_light(path: str, light: PlateLight) -> None:
    """Write a light-estimate file, whole or not at all; its folder is made.

    Raises:
        OSError: it cannot be written.
    """
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    partial = os.path.join(folder, f".{os.path.basename(path)}.{os.getpid()}.partial")
    try:
        with open(partial, "w", encoding="utf-8") as file:
            file.write(json.dumps(light.to_json(), indent=2, allow_nan=False) + "\n")
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def parse_light(document: Any, source: str = "light estimate") -> PlateLight:
    """The light of a document.

    Args:
        document: what `json.loads` gives.
        source: begins every message.

    Raises:
        BadLight: a field is missing, of another kind or not finite, or the version is not known.
    """
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise BadLight(f'{source}: is no light estimate: "format" is not "{FORMAT}"; see `platelight estimate-light`')
    if document.get("version") != VERSION:
        raise BadLight(
            f"{source}: is of version {document.get('version')!r:.80}, and this Platelight reads {VERSION}; write it "
            "again with the same version"
        )
    given = _Reader(document, source)
    rows = given.field("harmonics")
    if not isinstance(rows, list) or len(rows) != _COUNT:
        raise BadLight(f"{source}: harmonics has to be a list of {_COUNT} rows of red, green, blue")
    x, y, z = given.color("toward", -1.01)
    length = math.sqrt(x * x + y * y + z * z)
    if not 0.99 < length < 1.01:
        raise BadLight(f"{source}: toward is of length {length:.3g}; it has to be a unit vector")
    residual = given.inner("residual")
    return PlateLight(
        harmonics=tuple(given.three(row, f"harmonics[{index}]", -_LARGEST) for index, row in enumerate(rows)),
        toward=(x / length, y / length, z / length),
        key=given.inner("key").level(),
        ambient=given.inner("ambient").level(),
        mean_irradiance=given.color("mean_irradiance"),
        bright_irradiance=given.color("bright_irradiance"),
        directionality=given.number("directionality", 0.0, 1.0),
        spread_degrees=given.number("spread_degrees", 0.0, 180.0),
        residual=Residual(
            median_stops=residual.number("median_stops"),
            p90_stops=residual.number("p90_stops"),
            rejected_share=residual.number("rejected_share", 0.0, 1.0),
            usable_share=residual.number("usable_share", 0.0, 1.0),
            coverage=residual.number("coverage", 0.0, 1.0),
            pixels=int(residual.number("pixels")),
        ),
        color_space=given.text("color_space"),
        frames=max(1, int(given.number("frames"))),
        plate=given.text("plate"),
        normals=given.text("normals"),
        made_with=given.text("made_with") if "made_with" in document else "",
    )


def merge_lights(lights: Sequence[PlateLight]) -> PlateLight:
    """One light for several frames of a shot whose light does not change.

    Each frame's estimate has a scale of its own (the mean albedo of what it shows counts as the same), so all are
    brought to one mean irradiance first; then they are averaged, weighted by their confidence. The spread is at least
    the RMS angle of the frames' directions about the merged one.

    Raises:
        BadLight: there is none, or they are in different colour spaces.
    """
    if not lights:
        raise BadLight("there is no light estimate to merge")
    spaces = sorted({light.color_space for light in lights})
    if len(spaces) > 1:
        raise BadLight(f"light estimates in different colour spaces ({', '.join(spaces)}) cannot be merged")
    if len(lights) == 1:
        return lights[0]
    weights = [max(light.confidence, _LEAST_WEIGHT) for light in lights]
    weights = [weight / sum(weights) for weight in weights]
    levels = [max(luminance(light.mean_irradiance), 1e-6) for light in lights]
    level = sum(weight * one for weight, one in zip(weights, levels))
    same = [light.scaled((level / one,) * 3) for light, one in zip(lights, levels)]

    def mean(values: Sequence[Sequence[float]]) -> tuple[float, ...]:
        return tuple(sum(weight * value for weight, value in zip(weights, column)) for column in zip(*values))

    harmonics = tuple(_color(mean([light.harmonics[row] for light in same])) for row in range(_COUNT))
    pull = [luminance(light.key) + 1e-9 for light in same]
    way = mean([tuple(strength * v for v in light.toward) for light, strength in zip(same, pull)])
    length = math.sqrt(sum(v * v for v in way))
    best = lights[weights.index(max(weights))].toward
    toward = _color([v / length for v in way]) if length > 1e-3 * max(pull) else best
    apart = [_degrees_between(light.toward, toward) for light in lights]
    spread = mean([(light.spread_degrees, angle * angle) for light, angle in zip(lights, apart)])
    facts = mean([(r.median_stops, r.p90_stops, r.rejected_share, r.usable_share, r.coverage) for r in map(_res, same)])
    return replace(
        lights[0],
        harmonics=harmonics,
        toward=toward,
        key=_color(mean([light.key for light in same])),
        ambient=_color(mean([light.ambient for light in same])),
        mean_irradiance=_color(mean([light.mean_irradiance for light in same])),
        bright_irradiance=_color(mean([light.bright_irradiance for light in same])),
        directionality=_directionality(harmonics),
        spread_degrees=max(spread[0], math.sqrt(spread[1])),
        residual=Residual(
            facts[0], facts[1], facts[2], facts[3], facts[4], sum(light.residual.pixels for light in lights)
        ),
        frames=sum(light.frames for light in lights),
    )


class _Reader:
    """The fields of one object, checked."""

    def __init__(self, document: Mapping[str, Any], source: str, inside: str = "") -> None:
        self._document, self._source, self._inside = document, source, inside

    def field(self, name: str) -> Any:
        if name not in self._document:
            raise BadLight(f"{self._source}: has no {self._inside}{name}; write it again with this Platelight")
        return self._document[name]

    def number(self, name: str, low: float = 0.0, high: float = _LARGEST) -> float:
        return self._number(self.field(name), name, low, high)

    def color(self, name: str, low: float = 0.0) -> Color:
        return self.three(self.field(name), name, low)

    def three(self, value: Any, name: str, low: float) -> Color:
        if not isinstance(value, list) or len(value) != 3:
            raise BadLight(f"{self._source}: {self._inside}{name} has to be three numbers")
        return _color([self._number(part, name, low, _LARGEST) for part in value])

    def level(self) -> Color:
        return _times(self.color("color"), (self.number("intensity"),) * 3)

    def inner(self, name: str) -> _Reader:
        found = self.field(name)
        if not isinstance(found, Mapping):
            raise BadLight(f"{self._source}: {name} has to be an object")
        return _Reader(found, self._source, f"{name}.")

    def text(self, name: str) -> str:
        found = self.field(name)
        if not isinstance(found, str):
            raise BadLight(f"{self._source}: {self._inside}{name} has to be a text")
        return found

    def _number(self, value: Any, name: str, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise BadLight(
                f"{self._source}: {self._inside}{name} is {value!r:.80}; a number from {low:g} to {high:g} is due"
            )
        return float(value)


def _directionality(harmonics: Sequence[Sequence[float]]) -> float:
    light = [luminance(row) for row in harmonics]
    length = math.sqrt(sum(v * v for v in light[1:4]))
    return min(1.0, length / max(math.sqrt(3.0) * light[0], 1e-12))


def _degrees_between(a: Sequence[float], b: Sequence[float]) -> float:
    return math.degrees(math.acos(max(-1.0, min(1.0, sum(u * v for u, v in zip(a, b))))))


def _res(light: PlateLight) -> Residual:
    return light.residual


def _split(color: Color) -> dict[str, Any]:
    hue, level = color_and_intensity(color)
    return {"color": list(hue), "intensity": level}


def _times(color: Sequence[float], factors: Sequence[float]) -> Color:
    return _color([value * factor for value, factor in zip(color, factors)])


def _color(values: Sequence[float]) -> Color:
    red, green, blue = values
    return float(red), float(green), float(blue)
