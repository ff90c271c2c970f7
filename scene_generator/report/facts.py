"""What a finished folder tells about itself: the numbers behind the report.

Everything is read from the metadata in the shards, as plain values, so that sets of older versions can be reported on;
a part that is missing or damaged leaves its lists empty.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BrokenShard
from core.shards import ShardSet
from worker_link.json_text import parse_json, read_object

MOST_COLORS = 6000
"""Base colours that are kept for the swatches."""


@dataclass(frozen=True)
class CameraPose:
    """Where a scene's camera stands and looks; world, metres, +Y up."""

    family: str
    position: tuple[float, float, float]
    forward: tuple[float, float, float]
    """Unit."""
    pitch: float
    """Degrees above the horizon, -90 .. 90."""


@dataclass(frozen=True)
class Rejected:
    """A draw that the gate turned down and that was kept with a picture."""

    facts: dict[str, Any]
    picture: Path | None


@dataclass
class SetFacts:
    """Everything that the report states but for the pictures; samples are scenes, records frames of them."""

    folder: Path
    build: dict[str, Any] = field(default_factory=dict)
    """`build.json`: recipe, seed, settings; empty if it is not there."""
    records: int = 0
    sample_keys: list[str] = field(default_factory=list)
    """Key of the first frame of each sample."""
    damaged: list[str] = field(default_factory=list)
    families: Counter[str] = field(default_factory=Counter)
    numbers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Numbers of the scenes and of the checks, by name; units are in the names' descriptions in the report."""
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    drawn: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    """What each family drew from its ranges: family, name, values."""
    colors: list[tuple[float, float, float]] = field(default_factory=list)
    """Base colours, scene-linear Rec.709."""
    cameras: list[CameraPose] = field(default_factory=list)
    checks: dict[str, dict[str, float]] = field(default_factory=dict)
    """The gate's numbers of each accepted sample by key."""
    family_of: dict[str, str] = field(default_factory=dict)
    assets: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(kind, name, licence) of a user's own assets: how many samples use each."""
    rejected_draws: Counter[str] = field(default_factory=Counter)
    """Rejected draws by family, those of failed samples among them."""
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(reason, family): how often; one draw may have several reasons."""
    rejected: list[Rejected] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    timings: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Renderer, versions, size and the like: how many samples state which."""


def gather(folder: Path, shards: ShardSet) -> SetFacts:
    """Read the metadata of every sample of `folder` and what lies beside the shards."""
    found = SetFacts(folder, read_object(folder / "build.json"))
    for key in shards.keys:
        found.records += 1
        try:
            meta = shards.metadata(key)
        except BrokenShard:
            found.damaged.append(key)
            continue
        if not meta.get("frame"):
            _add_sample(found, key, meta)
    for path in sorted((folder / "rejected").glob("*.json")):
        pictures = [path.with_suffix(ending) for ending in (".png", ".jpg") if path.with_suffix(ending).is_file()]
        if facts := read_object(path):
            found.rejected.append(Rejected(facts, pictures[0] if pictures else None))
    found.failures = [facts for path in sorted((folder / "failed").glob("*.json")) if (facts := read_object(path))]
    for failure in found.failures:
        _add_rejected(found, str(failure.get("family") or "unknown"), failure)
    found.timings = list(_json_lines(folder / "timings.jsonl"))
    return found


def sort_of(reason: str) -> str:
    """Return a reason of the gate without its number."""
    return str(reason).split(" (")[0]


def _add_sample(found: SetFacts, key: str, meta: Mapping[str, Any]) -> None:
    family = str(meta.get("family", "unknown"))
    found.sample_keys.append(key)
    found.families[family] += 1
    found.family_of[key] = family
    found.checks[key] = {name: float(value) for name, value in dict(meta.get("checks") or {}).items()}
    for name in ("renderer", "renderer_version", "samples", "denoised", "color_space", "normal_convention"):
        if name in meta:
            found.facts[name][str(meta[name])] += 1
    found.facts["size"][f"{meta.get('width', '?')} × {meta.get('height', '?')}"] += 1
    found.facts["passes"][", ".join(meta.get("passes") or ())] += 1
    _add_rejected(found, family, meta)
    for asset in meta.get("assets") or ():
        found.assets[tuple(str(asset.get(part, "")) for part in ("kind", "name", "licence"))] += 1  # type: ignore[index]
    mean = found.checks[key].get("mean_luminance", 0.0)
    if mean > 0:
        found.numbers["light level"].append(math.log2(mean))
    spec = meta.get("spec") or {}
    for draw in spec.get("drawn") or ():
        found.drawn[family][str(draw["name"])].append(float(draw["value"]))
    if spec:
        _add_camera(found, family, spec["camera"])
        _add_sky(found, spec["sky"])
        found.numbers["objects"].append(len(spec["objects"]))
        found.numbers["lights"].append(len(spec["lights"]))
        found.kinds["motion"].update(["moving" if spec.get("motion") else "still"])
        for thing in spec["objects"]:
            found.kinds["shapes"][str(thing["shape"]["kind"])] += 1
        # An object of many parts shares one material: each counts once a scene.
        materials = {_identity(thing["material"]): thing["material"] for thing in spec["objects"]}
        for material in materials.values():
            _add_material(found, material)


def _add_rejected(found: SetFacts, family: str, owner: Mapping[str, Any]) -> None:
    for draw in owner.get("rejected") or ():
        found.rejected_draws[family] += 1
        found.reasons.update((sort_of(reason), family) for reason in draw.get("reasons", ()))


def _add_camera(found: SetFacts, family: str, camera: Mapping[str, Any]) -> None:
    m = camera["to_world"]
    # Columns of the rotation are right, up and backwards.
    forward = (-float(m[2]), -float(m[6]), -float(m[10]))
    pitch = math.degrees(math.asin(min(max(forward[1], -1.0), 1.0)))
    focal, film = float(camera["focal_length_mm"]), float(camera.get("horizontal_aperture_mm", 36.0))
    found.cameras.append(CameraPose(family, (float(m[3]), float(m[7]), float(m[11])), forward, pitch))
    found.numbers["focal length"].append(focal)
    found.numbers["field of view"].append(math.degrees(2 * math.atan(film / 2 / focal)))
    found.numbers["camera height"].append(float(m[7]))
    found.numbers["pitch"].append(pitch)
    found.numbers["roll"].append(math.degrees(math.atan2(float(m[4]), float(m[5]))))
    stop = float(camera.get("f_number", 0.0))
    found.kinds["lens"].update(["thin lens" if stop > 0 else "pinhole"])
    if stop > 0:
        found.numbers["f-number"].append(stop)
        found.numbers["focus distance"].append(float(camera.get("focus_distance", math.nan)))


def _add_sky(found: SetFacts, sky: Mapping[str, Any]) -> None:
    radii = [float(patch["radius"]) for patch in sky.get("patches") or ()]
    if sky.get("hdri"):
        kind = "HDRI"
    elif not radii:
        kind = "no sun"
    else:
        # 0.1 rad, 6 degrees, divides hazy suns from softboxes.
        kind = "sun" if min(radii) < 0.1 else "soft patches"
    found.kinds["skies"][kind] += 1


def _identity(material: Mapping[str, Any]) -> tuple[Any, ...]:
    # Drawn seeds and colours tell materials apart, and cost far less than the whole of them.
    color, relief = material["base_color"], material["bump"]
    return material.get("texture_set", ""), color["pattern"]["seed"], *color["low"], *color["high"], relief["depth"]


def _add_material(found: SetFacts, material: Mapping[str, Any]) -> None:
    color = material["base_color"]
    if material.get("texture_set"):
        found.kinds["textures of colour"]["a user's set"] += 1
        return
    base = float(material.get("base", 1.0))
    shades = [color["low"], color["high"], *(color.get("palette") or ())]
    mean = base * np.mean(shades, axis=0)
    if len(found.colors) < MOST_COLORS:
        found.colors.append((float(mean[0]), float(mean[1]), float(mean[2])))
    for name, part in (("metalness", "metalness"), ("roughness", "specular_roughness")):
        found.numbers[name].append((float(material[part]["low"]) + float(material[part]["high"])) / 2)
    found.numbers["base luminance"].append(float(np.dot(mean, (0.2126, 0.7152, 0.0722))))
    found.kinds["textures of colour"][str(color["pattern"]["kind"])] += 1
    depth = float(material["bump"]["depth"])
    found.kinds["relief"].update(["bumped" if depth > 0 else "smooth"])
    if depth > 0:
        found.numbers["bump depth"].append(depth)
        found.kinds["textures of relief"][str(material["bump"]["pattern"]["kind"])] += 1
    found.numbers["layers"].append(len(material.get("layers") or ()))


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        try:
            value = parse_json(line)
        except ValueError:  # the last line of a killed run
            continue
        if isinstance(value, dict):
            yield value
