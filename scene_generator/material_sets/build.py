"""A set for `material` on disk: shards of pictures, and a MaterialX document beside each with its materials.

`OUT/learn` holds the first 80 % of the samples and `OUT/test` the rest: trained with 3/16 of `learn` held out that is
65 % to learn from, 15 % to watch and 20 % to test, which never meet in a training run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Container
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from core.atomic import write_bytes, write_json
from core.errors import BadConfig, BadInput
from core.image import Image, decode_exr, encode_exr
from core.shards import index_path, write_shard
from scene_generator.material_sets.bodies import BODIES
from scene_generator.material_sets.draw import CORRELATED, UNIFORM, draw
from scene_generator.material_sets.lights import KINDS, environment
from scene_generator.material_sets.render import View
from scene_generator.mtlx.surface import StandardSurface
from scene_generator.mtlx.validate import new_document
from scene_generator.mtlx.write import add_surface, save
from scene_generator.shapes.organic import rotation

__all__ = ["PER_SHARD", "VERSION", "MaterialSetPlan", "Sample", "build_set", "sample", "surface_of"]

PER_SHARD = 200
"""Samples a shard and materials a document."""

VERSION = 1
"""Of what a seed draws; no set holds shards of two."""

_UNPACKED = "unpacked"
"""Folder of the pictures that no shard holds yet: a set that is stopped loses none."""

_UPRIGHT = 0.6  # share of samples whose body stands; the others lie as they fall


@dataclass(frozen=True, kw_only=True)
class MaterialSetPlan:
    """What decides a set.

    Attributes:
        count: samples in all, 10 or more.
        seed: 0 or more.
        size: pixels a side, 32 .. 1024.
        samples: paths a pixel, 1 or more.
        uniform_share: how many materials are ten uniform numbers, 0..1; the others are correlated.
        bodies, lights: names in `bodies.BODIES` and `lights.KINDS` to draw from; empty: all.
        denoise: the pictures.

    Raises:
        BadConfig: a value is out of range or a name unknown.
    """

    count: int = 10_000
    seed: int = 0
    size: int = 96
    samples: int = 16
    uniform_share: float = 0.5
    bodies: tuple[str, ...] = ()
    lights: tuple[str, ...] = ()
    denoise: bool = True

    def __post_init__(self) -> None:
        for name, low, high in (
            ("count", 10, 10**7),
            ("seed", 0, 2**63),
            ("size", 32, 1024),
            ("samples", 1, 4096),
            ("uniform_share", 0.0, 1.0),
        ):
            if not low <= getattr(self, name) <= high:
                raise BadConfig(f"{name} {getattr(self, name)}: must be {low} .. {high}")
        for kind, given, known in (("body", self.bodies, list(BODIES)), ("light", self.lights, list(KINDS))):
            for name in given:
                if name not in known:
                    raise BadConfig(f"{kind} {name!r}: unknown; known are {', '.join(known)}")

    @property
    def learn_count(self) -> int:
        """Samples in `learn`; the rest are in `test`."""
        return round(0.8 * self.count)

    @property
    def tag(self) -> str:
        """A short name for what decides one sample, whatever their number."""
        facts = {**asdict(self), "version": VERSION}
        del facts["count"]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Sample:
    """What one sample shows: numbers in the order of `core.materials.parameters.PARAMETERS`, and names."""

    draw: str
    body: str
    light: str
    parameters: npt.NDArray[np.float32]
    view: View
    environment: npt.NDArray[np.float32]
    seed: int


class Renders(Protocol):
    """`render.ObjectRenderer`, or what stands in for it."""

    def render(
        self, name: str, parameters: npt.ArrayLike, view: View, environment: npt.NDArray[np.float32], seed: int
    ) -> npt.NDArray[np.float32]: ...


def sample(plan: MaterialSetPlan, index: int) -> Sample:
    """Draw sample `index` of a plan, the same each time."""
    rng = np.random.default_rng((plan.seed, index, VERSION))
    kind = UNIFORM if rng.uniform() < plan.uniform_share else CORRELATED
    parameters = draw(kind, rng)
    body = str(rng.choice(plan.bodies or list(BODIES)))
    light = str(rng.choice(plan.lights or list(KINDS)))
    azimuth, elevation = rng.uniform(0, 2 * np.pi), rng.uniform(-0.15, 0.8)
    toward = np.array(
        [np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth)], np.float64
    )
    spin = rng.uniform(0, 2 * np.pi)
    upright = np.array([[np.cos(spin), 0, np.sin(spin)], [0, 1, 0], [-np.sin(spin), 0, np.cos(spin)]])
    turn = upright if rng.uniform() < _UPRIGHT else rotation(rng)
    view = View(turn, toward, float(rng.uniform(15, 50)), float(rng.uniform(0.85, 1.05)))
    return Sample(kind, body, light, parameters, view, environment(light, rng, toward), int(rng.integers(2**31)))


def surface_of(parameters: npt.ArrayLike) -> StandardSurface:
    """(10,) in the order of `core.materials.parameters.PARAMETERS` -> what `scene_generator.mtlx` writes."""
    p = [float(number) for number in np.asarray(parameters, float)]
    return StandardSurface(
        base=p[0],
        base_color=(p[1], p[2], p[3]),
        specular=p[4],
        specular_color=(p[5], p[6], p[7]),
        specular_roughness=p[8],
        metalness=p[9],
    )


def build_set(
    out: Path,
    plan: MaterialSetPlan,
    renderer: Renders,
    on_sample: Callable[[int], None] = lambda done: None,
    variant: str = "",
) -> dict[str, int]:
    """Render what is missing of a set; run again it goes on where it was stopped, with a larger count it grows.

    Args:
        out: gets `learn` and `test`, each with `material-*.tar`, its index, `material-*.mtlx`, and `build.json`, which
            says what it was made by; until it is whole `unpacked`, with the pictures of the shard that is being made.
        on_sample: called with the samples done so far.
        variant: of the renderer, for that file.

    Returns:
        Samples by folder.

    Raises:
        BadConfig: `out` holds samples of other options, or more samples than the plan's count.
        RenderFailed: the renderer refuses a scene.
        MissingPart: MaterialX is not installed.
        DiskFull, BadInput: the set cannot be written.
    """
    _refuse_fewer(out, plan)
    wanted: dict[Path, dict[Path, range]] = {}
    for name, first, last in (("learn", 0, plan.learn_count), ("test", plan.learn_count, plan.count)):
        folder = out / name
        shards = wanted.setdefault(folder, {})
        foreign = [path for path in _others(folder, ()) if not path.name.startswith(_prefix(plan))]
        if foreign:
            raise BadConfig(f"{foreign[0]}: was made with other options; give the same ones, or another --out")
        for start in range(first, last, PER_SHARD):
            numbers = range(start, min(start + PER_SHARD, last))
            shards[folder / f"{_prefix(plan)}{numbers.start:07d}-{numbers.stop:07d}.tar"] = numbers
        if not _others(folder, shards):  # said at once: a set that was stopped is trained on as well
            write_json(folder / "build.json", _told(plan, variant))
    for path in _others(out / "test", wanted[out / "test"]):
        # A set that grows learns from what was held out: never both, not even while it is stopped half-way.
        if _numbers(path).start < plan.learn_count:
            _remove(path)
    for shards in wanted.values():
        for path, numbers in shards.items():
            if not (path.exists() and index_path(path).exists() and path.with_suffix(".mtlx").exists()):
                _build_shard(path, plan, numbers, renderer, out / _UNPACKED, on_sample)
                shutil.rmtree(out / _UNPACKED, ignore_errors=True)
            for smaller in _others(path.parent, shards):
                if _numbers(smaller).start in numbers:  # a smaller set ended in it, and nothing may be there twice
                    _remove(smaller)
            on_sample(numbers.stop)
    for folder, shards in wanted.items():
        for path in _others(folder, shards):
            _remove(path)
        write_json(folder / "build.json", _told(plan, variant))
    shutil.rmtree(out / _UNPACKED, ignore_errors=True)
    return {"learn": plan.learn_count, "test": plan.count - plan.learn_count}


def _others(folder: Path, wanted: Container[Path]) -> list[Path]:
    """Shards of another set."""
    return [path for path in folder.glob("material-*.tar") if path not in wanted]


def _prefix(plan: MaterialSetPlan) -> str:
    return f"material-{plan.tag}-"


def _numbers(shard: Path) -> range:
    """Which samples a shard of this module holds, by its name."""
    _, first, stop = shard.stem.rsplit("-", 2)
    return range(int(first), int(stop))


def _remove(shard: Path) -> None:
    # The index last: a tar without it would be refused as damaged.
    for part in (shard, shard.with_suffix(".mtlx"), index_path(shard)):
        part.unlink(missing_ok=True)


def _refuse_fewer(out: Path, plan: MaterialSetPlan) -> None:
    # A smaller set would take the place of what may have been hours of rendering.
    there = [
        path for name in ("learn", "test") for path in _others(out / name, ()) if path.name.startswith(_prefix(plan))
    ]
    most = max((_numbers(path).stop for path in there), default=0)
    if most > plan.count:
        raise BadConfig(
            f"{out}: holds samples of a set of {most}, more than the {plan.count} asked for; give --count {most} or "
            "more, or another --out"
        )


def _told(plan: MaterialSetPlan, variant: str) -> dict[str, Any]:
    """What a model's card says of its data, in the form of `build.json` of other sets."""
    shares = {UNIFORM: plan.uniform_share, CORRELATED: 1.0 - plan.uniform_share}
    kinds = [kind for kind, share in shares.items() if share > 0]
    families = [{"name": f"{kind}-{name}"} for kind in kinds for name in plan.bodies or BODIES]
    return {
        "recipe": {"name": "material-pairs", "version": VERSION, "families": families},
        "settings": {"width": plan.size, "height": plan.size, "samples": plan.samples, "denoise": plan.denoise},
        "seed": plan.seed,
        "uniform_share": plan.uniform_share,
        "lights": list(plan.lights or KINDS),
        "variant": variant,
    }


def _build_shard(
    path: Path,
    plan: MaterialSetPlan,
    numbers: range,
    renderer: Renders,
    unpacked: Path,
    on_sample: Callable[[int], None],
) -> None:
    document = new_document()
    records = []
    for index in numbers:
        drawn = sample(plan, index)
        key = f"{plan.tag}_{index:07d}"
        facts = {
            "family": f"{drawn.draw}-{drawn.body}",
            "scene": f"material/{plan.tag}/{index}",
            "index": index,
            "seed": plan.seed,
            "version": VERSION,
            "draw": drawn.draw,
            "body": drawn.body,
            "light": drawn.light,
            "fov_degrees": drawn.view.fov_degrees,
            "parameters": [round(float(number), 6) for number in drawn.parameters],
        }
        records.append((key, _picture(unpacked / f"{key}.exr", drawn, renderer), facts))
        add_surface(document, f"m{index:07d}", surface_of(drawn.parameters))
        on_sample(index + 1)
    # The document before the tar: a shard that is there is complete.
    save(document, path.with_suffix(".mtlx"))
    write_shard(path, records)


def _picture(path: Path, drawn: Sample, renderer: Renders) -> bytes:
    """The EXR of a sample: that at `path`, or else rendered and kept there."""
    try:
        kept = path.read_bytes()
        decode_exr(kept)
        return kept
    except (OSError, BadInput):  # not there, or damaged
        picture = renderer.render(drawn.body, drawn.parameters, drawn.view, drawn.environment, drawn.seed)
        data = encode_exr(Image.from_layers({"": picture}), dtype="half")
        write_bytes(path, data)
        return data
