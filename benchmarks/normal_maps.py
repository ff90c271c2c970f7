"""Normal maps from textures, measured per author beside the filters that artists use, and timed.

    python benchmarks/normal_maps.py --data texture_pairs_check [--model NAME=FOLDER ...] [--out DIR] [--speed]

`--data` is any folder of pairs that `platelight texture-pairs` reads. The tables give, per author and over authors,
mean and median angle, mean angle after the best factor on the slopes of each map, and correlation of slopes. Beside
models:

    flat              no relief
    sobel             one strength for all maps, the one that is best on these very maps
    sobel-oracle      the best strength of each map, which nobody knows beforehand
    normalmap-online  its formula with its defaults, on brightness

`--speed` times a 1024x1024 texture beside a network of DeepBump's shape, tiled as DeepBump tiles it (needs torch).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.atomic import write_json
from core.color import to_display
from core.errors import PlatelightError
from core.normals import angular_error_degrees
from core.textures.filters import NORMALMAP_ONLINE, brightness, sobel_slopes
from core.textures.measure import MapFigures, figures_of_map, mean_of_authors, mean_of_maps
from core.textures.model import TextureModel, open_texture_model
from core.textures.pairs import TexturePair, find_pairs, read_pair, settle_conventions
from core.textures.predict import is_tileable, predict_texture
from core.textures.slopes import normals_from_slopes

FloatArray = npt.NDArray[np.float32]
Method = Callable[[FloatArray, FloatArray], FloatArray]
"""(colour, reference) -> normals; only oracles look at the reference."""

_STRENGTHS = tuple(round(0.25 * k, 2) for k in range(65))


def main() -> int:
    """Print the tables; exit code 2 with one line where something cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of colour and normal pairs")
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FOLDER", help="an exported model")
    parser.add_argument("--out", type=Path, help="folder for normal_maps.json and a contact sheet")
    parser.add_argument("--limit", type=int, default=0, help="at most so many pairs of each author")
    parser.add_argument("--speed", action="store_true", help="also time the models")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    try:
        return _run(options)
    except PlatelightError as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    pairs = _limited(find_pairs(options.data), options.limit)
    ways, _ = settle_conventions(pairs)
    named = [entry.partition("=") for entry in options.model]
    models = {name: open_texture_model(path or name, "cpu", options.threads) for name, _, path in named}
    methods = _methods(models, pairs, ways)
    table: dict[str, dict[str, list[MapFigures]]] = {name: {} for name in methods}
    for pair, way in zip(pairs, ways, strict=True):
        color, reference = _read(pair, way)
        for name, method in methods.items():
            figures = figures_of_map(method(color, reference), reference)
            table[name].setdefault(pair.group, []).append(figures)
    report = {
        name: {
            "over_authors": mean_of_authors(rows).to_json(),
            "authors": {group: {"maps": len(found), **mean_of_maps(found).to_json()} for group, found in rows.items()},
        }
        for name, rows in table.items()
    }
    _print(report)
    result: dict[str, object] = {"data": options.data.name, "pairs": len(pairs), "methods": report}
    if models:
        seams = {name: _seam(model, pairs, ways) for name, model in models.items()}
        result["seam_degrees"] = seams
        print("\nseam of a repeating texture, wrapped against moved by a half: largest angle, degrees")
        for name, value in seams.items():
            print(f"  {name:20s} {value:.4f}")
    if options.speed:
        result["speed_seconds"] = _speed(models, options.threads)
    if options.out:
        write_json(options.out / "normal_maps.json", result)
        print(options.out / "normal_maps.json")
    return 0


def _methods(models: dict[str, TextureModel], pairs: Sequence[TexturePair], ways: Sequence[str]) -> dict[str, Method]:
    best = _best_strength(pairs, ways)
    print(f"sobel: strength {best:g}")

    def oracle(color: FloatArray, reference: FloatArray) -> FloatArray:
        slopes = sobel_slopes(brightness(color))
        made = [normals_from_slopes(strength * slopes) for strength in _STRENGTHS]
        return min(made, key=lambda normals: float(angular_error_degrees(normals, reference).mean()))

    methods: dict[str, Method] = {
        "flat": lambda color, reference: normals_from_slopes(np.zeros((*color.shape[:2], 2), np.float32)),
        "sobel": lambda color, reference: normals_from_slopes(best * sobel_slopes(brightness(color))),
        "sobel-oracle": oracle,
        "normalmap-online": lambda color, reference: normals_from_slopes(
            NORMALMAP_ONLINE * sobel_slopes(brightness(color))
        ),
    }
    for name, model in models.items():
        methods[name] = _model_method(model)
    return methods


def _model_method(model: TextureModel) -> Method:
    def predicted(color: FloatArray, reference: FloatArray) -> FloatArray:
        return normals_from_slopes(predict_texture(model, color, is_tileable(color)).slopes)

    return predicted


def _best_strength(pairs: Sequence[TexturePair], ways: Sequence[str]) -> float:
    """The factor on Sobel slopes with the least mean angle over authors."""
    totals: dict[str, list[FloatArray]] = {}
    for pair, way in zip(pairs, ways, strict=True):
        color, reference = _read(pair, way)
        slopes, wanted = sobel_slopes(brightness(color))[::2, ::2], reference[::2, ::2]
        errors = [float(angular_error_degrees(normals_from_slopes(k * slopes), wanted).mean()) for k in _STRENGTHS]
        totals.setdefault(pair.group, []).append(np.array(errors, np.float32))
    mean = np.mean([np.mean(rows, axis=0) for rows in totals.values()], axis=0)
    return _STRENGTHS[int(np.argmin(mean))]


def _seam(model: TextureModel, pairs: Sequence[TexturePair], ways: Sequence[str]) -> float:
    """Largest angle, within 8 pixels of the seam, between a texture's map and that of the texture moved by a half."""
    worst = 0.0
    for pair, way in list(zip(pairs, ways, strict=True))[:6]:
        color, _ = _read(pair, way)
        half = (color.shape[0] // 2, color.shape[1] // 2)
        whole = normals_from_slopes(predict_texture(model, color, True).slopes)
        moved = normals_from_slopes(predict_texture(model, np.roll(color, half, (0, 1)), True).slopes)
        error = angular_error_degrees(np.roll(moved, (-half[0], -half[1]), (0, 1)), whole)
        near = np.zeros(error.shape, bool)
        near[:8] = near[-8:] = near[:, :8] = near[:, -8:] = True
        worst = max(worst, float(error[near].max()))
    return worst


def _speed(models: dict[str, TextureModel], threads: int) -> dict[str, float]:
    color = np.random.default_rng(0).random((1024, 1024, 3), np.float32)
    seconds = {name: _best_of(partial(predict_texture, model, color, True)) for name, model in models.items()}
    from normal_maps_deepbump import deepbump_shaped

    seconds["deepbump-shaped"] = _best_of(deepbump_shaped(color, threads), 2)
    print(f"\na 1024x1024 map, {threads} threads: seconds, best of several")
    for name, value in seconds.items():
        print(f"  {name:20s} {value:.2f}")
    return {name: round(value, 3) for name, value in seconds.items()}


def _best_of(work: Callable[[], object], times: int = 4) -> float:
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def _read(pair: TexturePair, way: str) -> tuple[FloatArray, FloatArray]:
    image, reference = read_pair(pair, way)
    return to_display(image.rgb(), image.color_space), reference


def _limited(pairs: Sequence[TexturePair], limit: int) -> list[TexturePair]:
    counts: dict[str, int] = {}
    kept = []
    for pair in pairs:
        counts[pair.group] = counts.get(pair.group, 0) + 1
        if not limit or counts[pair.group] <= limit:
            kept.append(pair)
    return kept


def _print(report: dict[str, dict[str, object]]) -> None:
    head = f"{'method':18s} {'author':16s} {'maps':>4s} {'mean':>7s} {'median':>7s} {'scaled':>7s} {'corr':>6s}"
    print(head)
    for name, entry in report.items():
        rows = json.loads(json.dumps(entry))
        for group, f in [*rows["authors"].items(), ("over authors", {"maps": "", **rows["over_authors"]})]:
            line = f"{f['mean']:7.2f} {f['median']:7.2f} {f['scaled']:7.2f} {f['correlation']:6.2f}"
            print(f"{name:18s} {group:16s} {f['maps']!s:>4s} {line}")


if __name__ == "__main__":
    sys.exit(main())
