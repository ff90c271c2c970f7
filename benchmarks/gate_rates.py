"""How often is the gate wrong? Frames that are in order, and the same frames with faults put in.

    .venv/bin/python benchmarks/gate_rates.py [--count 6] [--size 128]
    .venv/bin/python benchmarks/gate_rates.py --data SHARDS... [--limit 300]

Without `--data`, it renders the first draws of `--count` scenes of every family of the recipe, which nobody has judged
yet. With it, it takes frames of sets that are there (folders, or single .tar files), spread evenly over them. Those
were accepted once, so that judging them again tells only what half floats or newer limits do; but the sets also say why
each draw before an accepted one was turned down, and of those draws no choice was made.

A rule is a false alarm where it says that a frame is broken - not finite, facing away, not unit, misaligned - and the
renderer made beauty and normals in one go. The other rules are about the view ("looks into a light") and are counted,
not judged. Faults are put into those frames that pass; a fault is caught where the gate then gives any reason.

Markdown goes to the output, all figures to `--out`, a JSON file. Times do not matter here: the machine may be busy.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.atomic import write_json
from core.errors import PlatelightError
from core.image import Image
from core.normals import camera_to_world, flip_horizontal
from core.shards import ShardSet
from scene_generator.recipe import load_recipe
from scene_generator.renderers import PASSES, Frame, RenderSettings
from scene_generator.renderers.variant import choose_variant
from scene_generator.sample import family_of, sample_scene
from scene_generator.spec import SceneSpec, SpecError
from scene_generator.validate import Limits, checks, reasons

BROKEN = ("not finite", "normals facing away", "normals not unit", "beauty and normals misaligned")
"""Reasons that say that renderer or file are at fault, not the view."""

_AXES = ((0, 1), (1, 0), (0, -1), (-1, 0))
_DIAGONALS = ((1, 1), (1, -1), (-1, -1), (-1, 1))

Passes = dict[str, np.ndarray]


@dataclass(frozen=True)
class Sample:
    """A frame with the scene that it shows; of a stored scene, only the camera is looked at."""

    name: str
    frame: Frame
    spec: SceneSpec


@dataclass
class Rates:
    """What the gate said of all samples, as rendered and with faults."""

    frames: Counter[str] = field(default_factory=Counter)
    """By family."""
    rejected: Counter[str] = field(default_factory=Counter)
    """As rendered, by family."""
    alarms: Counter[str] = field(default_factory=Counter)
    """As rendered, by reason; a frame may have several."""
    false_alarms: int = 0
    """Frames with one of `BROKEN`."""
    passed: int = 0
    caught: dict[str, int] = field(default_factory=dict)
    """Of `passed`, by fault."""
    by: dict[str, Counter[str]] = field(default_factory=dict)
    """Reasons, by fault."""


def rolled(passes: Passes, number: int, pixels: int, ways: Sequence[tuple[int, int]] = _AXES) -> Passes:
    """Move the beauty by so many pixels along one of `ways`, which take turns by the sample's number."""
    down, right = ways[number % len(ways)]
    return {**passes, "beauty": np.roll(passes["beauty"], (pixels * down, pixels * right), axis=(0, 1))}


def specks(passes: Passes, number: int) -> Passes:
    """Make one pixel of each thousand, drawn by the sample's number, 200 times brighter than the frame's brightest."""
    beauty = passes["beauty"].copy()
    h, w = beauty.shape[:2]
    chosen = np.random.default_rng(number).choice(h * w, math.ceil(h * w / 1000), replace=False)
    beauty[chosen // w, chosen % w, :3] = 200 * max(float(beauty[..., :3].max()), 1e-3)
    return {**passes, "beauty": beauty}


def spoiled(passes: Passes, name: str, value: float) -> Passes:
    """Put `value` into one channel of the middle pixel of a pass."""
    pixels = passes[name].copy()
    pixels[pixels.shape[0] // 2, pixels.shape[1] // 2, 0] = value
    return {**passes, name: pixels}


def beauty_times(passes: Passes, factor: np.ndarray | float) -> Passes:
    """Multiply the beauty's colour, not its alpha, by a factor or by an (H, 1, 1) column of them."""
    color, alpha = passes["beauty"][..., :3] * factor, passes["beauty"][..., 3:]
    return {**passes, "beauty": np.concatenate([color, alpha], -1).astype(np.float32)}


def normals_as(passes: Passes, change: Callable[[np.ndarray], np.ndarray]) -> Passes:
    """Change the normals where a surface is; elsewhere they stay 0."""
    normal = passes["normal"]
    there = np.linalg.norm(normal, axis=-1, keepdims=True) > 0
    return {**passes, "normal": np.where(there, change(normal), 0).astype(np.float32)}


def faults(sample: Sample, number: int, before: Sample | None) -> Iterator[tuple[str, Passes]]:
    """Yield each fault's name and the passes of `sample` with it.

    Args:
        sample: a frame in order.
        number: of the sample; it chooses directions and places.
        before: another sample of the same size, whose beauty is put in, or None.
    """
    passes = dict(sample.frame.passes)
    normal, rows = passes["normal"], np.arange(passes["normal"].shape[0])[:, None, None]
    for pixels in (1, 2, 3, 5):
        yield f"beauty rolled by {pixels} px along an axis", rolled(passes, number, pixels)
    yield "beauty rolled by 3 px along a diagonal", rolled(passes, number, 3, _DIAGONALS)
    yield "normals of the mirrored frame", {**passes, "normal": flip_horizontal(normal)}
    for axis, name in enumerate("xyz"):
        sign = np.where(np.arange(3) == axis, -1.0, 1.0)
        yield f"normals, {name} turned round", normals_as(passes, partial(np.multiply, sign))
    yield "normals in world space", normals_as(passes, lambda n: camera_to_world(n, sample.spec.camera.to_world))
    yield "normals as picture values, 0..1", normals_as(passes, lambda n: 0.5 * n + 0.5)
    yield "normals 1 % too long", normals_as(passes, lambda n: 1.01 * n)
    yield "normals all towards the camera", normals_as(passes, lambda n: np.broadcast_to([0.0, 0.0, 1.0], n.shape))
    yield "no normals", {**passes, "normal": np.zeros_like(normal)}
    yield "one NaN in the normals", spoiled(passes, "normal", math.nan)
    yield "one NaN in the beauty", spoiled(passes, "beauty", math.nan)
    yield "one infinite value in the beauty", spoiled(passes, "beauty", math.inf)
    yield "beauty black", beauty_times(passes, 0.0)
    yield "beauty black in the lower 60 %", beauty_times(passes, (rows < 0.4 * len(rows)).astype(np.float32))
    yield "beauty 1,000 times too dark", beauty_times(passes, 1e-3)
    yield "beauty of one tone", {**passes, "beauty": np.broadcast_to(np.float32(0.18), passes["beauty"].shape)}
    yield "fireflies in one pixel of 1,000", specks(passes, number)
    if before is not None and before.frame.passes["beauty"].shape == passes["beauty"].shape:
        yield "beauty of another scene", {**passes, "beauty": before.frame.passes["beauty"]}


def measure(samples: Iterable[Sample]) -> Rates:
    """Judge every sample as it is, and those that pass with every fault."""
    rates, limits, before = Rates(), Limits(), None
    for number, sample in enumerate(samples):
        why = named(reasons(checks(sample.frame, sample.spec), limits))
        rates.frames[sample.spec.family] += 1
        rates.alarms.update(why)
        rates.false_alarms += bool(set(why) & set(BROKEN))
        if why:
            rates.rejected[sample.spec.family] += 1
        else:
            rates.passed += 1
            for fault, passes in faults(sample, number, before):
                broken = dataclasses.replace(sample.frame, passes=passes)
                found = named(reasons(checks(broken, sample.spec), limits))
                rates.caught[fault] = rates.caught.get(fault, 0) + bool(found)
                rates.by.setdefault(fault, Counter()).update([*found, _TRIED])
        before = sample
    return rates


_TRIED = "tried"


def named(texts: Iterable[str]) -> list[str]:
    """Return reasons without the numbers in brackets that they end with."""
    return [text.rpartition(" (")[0] for text in texts]


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the range 0..1 that holds the true share in 95 cases of 100 (Wilson 1927); all of it without trials."""
    if not trials:
        return 0.0, 1.0
    z, share = 1.96, hits / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)


def draws_of(histories: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Sum up the draws behind accepted frames.

    Args:
        histories: for each accepted first frame of a scene, the draws before it; `reasons` of each as the gate told.

    Returns:
        draws (accepted ones too), rejected, reasons (how many draws had each), and alone (those of which it was the
        only one).
    """
    accepted, refused = 0, []
    for history in histories:
        accepted += 1
        refused += [named(draw["reasons"]) for draw in history]
    return {
        "draws": accepted + len(refused),
        "rejected": len(refused),
        "reasons": dict(Counter(reason for why in refused for reason in why).most_common()),
        "alone": dict(Counter(why[0] for why in refused if len(why) == 1)),
    }


def stored_sample(image: Image, meta: Mapping[str, Any], name: str = "") -> Sample:
    """Return a frame as a set keeps it; what only the renderer knows of it comes from the metadata.

    Raises:
        KeyError, SpecError: the metadata is not of this version of the generator.
    """
    places = {channel: i for i, channel in enumerate(image.channels)}
    passes = {
        title: image.pixels[..., [places[c] for c in channels]]
        for title, channels in PASSES.items()
        if all(c in places for c in channels)
    }
    values = meta["checks"]
    frame = Frame(
        passes, values["bent"], values["light"], values["one_object"], values["nearest"], backs=values["backs"]
    )
    # The objects take longer to read than the frame to judge, and the gate does not look at them.
    return Sample(name, frame, SceneSpec.from_dict({**meta["spec"], "objects": []}))


def open_sets(paths: Sequence[Path]) -> list[ShardSet]:
    """Open folders of shards and single .tar files. Raises FileMissing, BrokenShard as `core.shards.ShardSet`."""
    return [ShardSet.open_files([path]) if path.suffix == ".tar" else ShardSet.open(path) for path in paths]


def spread(count: int, limit: int) -> list[int]:
    """Return at most `limit` of the numbers 0 .. count - 1, evenly spread; all where `limit` is 0."""
    return list(range(count)) if not 0 < limit < count else [i * count // limit for i in range(limit)]


def stored(sets: Sequence[ShardSet], limit: int) -> Iterator[Sample]:
    """Yield frames of `sets`, spread evenly over them."""
    everything = [(shards, key) for shards in sets for key in shards.keys]
    for i in spread(len(everything), limit):
        shards, key = everything[i]
        image, meta = shards.read(key)
        yield stored_sample(image, meta, f"{shards.shard_of(key)}: {key}")


def rendered(options: argparse.Namespace) -> Iterator[Sample]:
    """Yield the first draws of `--count` scenes of each family, whatever the gate would say of them."""
    from scene_generator.renderers.mitsuba import MitsubaRenderer

    recipe = load_recipe(options.recipe)
    renderer = MitsubaRenderer(choose_variant(options.variant)[0], recipe.texture_size, threads=1)
    settings = RenderSettings(options.size, options.size, options.samples, passes=("beauty", "normal"))
    missing = {share.name: options.count for share in recipe.families}
    index = 0
    while any(missing.values()):
        family = family_of(recipe, options.seed, index).name
        if missing[family]:
            missing[family] -= 1
            spec = sample_scene(recipe, options.seed, index)
            yield Sample(f"{family} {index}", renderer.render(spec, settings), spec)
        index += 1


def frames_table(rates: Rates) -> str:
    """Return Markdown: frames and refusals as rendered, by family and by reason."""
    lines = ["| family | frames | turned down as rendered |", "|---|---:|---:|"]
    lines += [f"| {name} | {count} | {rates.rejected[name]} |" for name, count in sorted(rates.frames.items())]
    told = ", ".join(f"{name} {count}" for name, count in rates.alarms.most_common()) or "none"
    total = rates.frames.total()
    lines.append(f"| all | {total} | {rates.rejected.total()} |")
    lines += ["", f"Reasons: {told}.", f"False alarms: {rates.false_alarms} of {_share(rates.false_alarms, total)}."]
    return "\n".join(lines) + "\n"


def faults_table(rates: Rates) -> str:
    """Return Markdown: by fault, how many of the frames that pass without it were caught, the range, and by what."""
    lines = ["| fault | caught | 95 % range | mostly as |", "|---|---:|---:|---|"]
    for fault, hits in rates.caught.items():
        tried = rates.by[fault][_TRIED]
        low, high = wilson(hits, tried)
        chief = [f"{name} {count}" for name, count in rates.by[fault].most_common() if name != _TRIED][:2]
        lines.append(
            f"| {fault} | {hits} of {tried} ({hits / tried:.1%}) | {low:.1%} to {high:.1%} | {', '.join(chief)} |"
        )
    return "\n".join(lines) + "\n"


def draws_text(found: Mapping[str, Any]) -> str:
    """Return a paragraph about what `draws_of` found."""
    told = ", ".join(
        f"{name} {count} ({found['alone'].get(name, 0)} alone)" for name, count in found["reasons"].items()
    )
    wrong = sum(found["reasons"].get(name, 0) for name in BROKEN)
    return (
        f"Draws behind all accepted scenes of the sets: {found['draws']}, {found['rejected']} of them turned down: "
        f"{told or 'none'}.\n"
        f"Alarms that a renderer in order cannot deserve: {wrong} of {_share(wrong, found['draws'])}.\n"
    )


def _share(hits: int, trials: int) -> str:
    low, high = wilson(hits, trials)
    return f"{trials} ({hits / max(trials, 1):.2%}; 95 % range {low:.2%} to {high:.2%})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 0, or the code of an error after its one line."""
    options = _options(arguments)
    result: dict[str, Any] = {"options": {k: str(v) for k, v in vars(options).items()}}
    try:
        if options.data:
            sets = open_sets(options.data)
            samples = stored(sets, options.limit)
            metas = (shards.metadata(key) for shards in sets for key in shards.keys)
            result["draws"] = draws_of(meta["rejected"] for meta in metas if meta["frame"] == 0)
            print(draws_text(result["draws"]), flush=True)
        else:
            samples = rendered(options)
        rates = measure(samples)
        result["rates"] = vars(rates)
        if options.out:
            write_json(options.out, result)
    except (PlatelightError, SpecError) as error:
        print(error, file=sys.stderr)
        return getattr(error, "exit_code", 2)
    print(frames_table(rates), faults_table(rates), sep="\n")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, nargs="+", help="folders of shards, or .tar files; nothing is rendered")
    parser.add_argument("--limit", type=int, default=300, help="frames of --data; 0 for all")
    parser.add_argument("--out", type=Path, help="JSON file for all figures")
    parser.add_argument("--count", type=int, default=6, help="scenes to render of each family")
    parser.add_argument("--size", type=int, default=128, help="pixels along each side")
    parser.add_argument("--samples", type=int, default=12, help="paths a pixel")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--recipe", default="plate_normals")
    parser.add_argument("--variant", default="auto")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
