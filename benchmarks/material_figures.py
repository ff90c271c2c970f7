"""Figures of docs/material.md: material models on samples that no training has seen.

    .venv/bin/python benchmarks/material_figures.py --data data/material/test --model material \
        --baseline vgg16=runs/vgg16 --baseline shuffled=runs/shuffled [--out figures.json] [--sheet material.jpg]
    .venv/bin/python benchmarks/material_figures.py --data data/material/learn --shuffle data/shuffled

The product is run as users run it (ONNX, mean with its mirror image), on the ten-uniform half and on the likely half of
the samples; baselines are training runs of the task `material_experiment`, on the ten-uniform half, as the experiment
was. `--doubled STOPS` measures the product again with the pictures that much brighter and darker.

`--shuffle DIR` writes the uniform samples of `--data` with their parameters dealt out anew among them: what is trained
on those must come back to chance.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.atomic import write_json
from core.card import load_card, write_card
from core.color import linear_to_srgb
from core.export.averaged import averaged_task
from core.image import SRGB, Image, write_image
from core.materials.ball import ball_picture
from core.materials.changes import plain_picture
from core.materials.measure import CHANCE, Errors, ambiguity_floor, calibration, measure
from core.materials.model import MaterialModel, open_material_model
from core.materials.parameters import GROUPS, PARAMETERS, to_quantities
from core.materials.picture import Crop
from core.materials.seen import seen
from core.shards import ShardSet, write_shard

UNIFORM = "uniform"


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Errors of material models on held-out samples.")
    parser.add_argument("--data", type=Path, required=True, help="folder of shards")
    parser.add_argument("--model", help="name or folder of an exported model")
    parser.add_argument(
        "--baseline", action="append", default=[], metavar="NAME=RUN", help="a training run; repeatable"
    )
    parser.add_argument("--limit", type=int, default=0, help="at most so many samples; 0 is all")
    parser.add_argument("--doubled", type=float, default=0.0, metavar="STOPS", help="also brighter and darker by these")
    parser.add_argument("--out", type=Path, help="figures as JSON")
    parser.add_argument("--record", metavar="LABEL", help="also write the product's figures to its card")
    parser.add_argument("--sheet", type=Path, help="picture: samples, answers and truths as balls")
    parser.add_argument("--shuffle", type=Path, help="write the uniform samples with shuffled parameters, and stop")
    given = parser.parse_args(arguments)
    if given.shuffle:
        print(f"{shuffle(given.data, given.shuffle)} samples in {given.shuffle}")
        return
    samples = Samples(given.data, given.limit)
    figures: dict[str, Any] = {"data": given.data.name, "samples": len(samples.parameters)}
    if given.model:
        figures["product"] = _product(samples, given.model, given.doubled)
    for entry in given.baseline:
        name, _, run = entry.partition("=")
        figures[name] = _baseline(samples, name, Path(run))
    _shares(samples)
    figures["floor"] = _floor()
    if given.record and given.model:
        _record(given.model, given.record, figures["product"])
    if given.out:
        write_json(given.out, figures)
    if given.sheet and given.model:
        sheet(samples, open_material_model(given.model, threads=1), given.sheet)


class Samples:
    """Pictures, masks and truths of a folder of shards, in memory.

    Attributes:
        pixels: list of (S, S, 3) scene-linear. masks: list of (S, S), 0..1.
        parameters: (B, 10). uniform: (B,) whether ten uniform numbers were drawn. lights: kind of light of each.
    """

    def __init__(self, folder: Path, limit: int = 0) -> None:
        shards = ShardSet.open(folder)
        keys = shards.keys[:limit] if limit else shards.keys
        self.pixels: list[np.ndarray] = []
        self.masks: list[np.ndarray] = []
        self.lights: list[str] = []
        parameters, uniform = [], []
        for key in keys:
            image, metadata = shards.read(key)
            alpha = image.alpha()
            assert alpha is not None
            self.pixels.append(image.rgb())
            self.masks.append(alpha[..., 0])
            self.lights.append(str(metadata["light"]))
            parameters.append(metadata["parameters"])
            uniform.append(metadata["draw"] == UNIFORM)
        self.parameters = np.asarray(parameters, np.float32)
        self.uniform = np.asarray(uniform)


def answers(samples: Samples, model: MaterialModel, stops: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(B, 8) answers and (B, 8) expected errors of an exported model."""
    found, doubt = [], []
    for pixels, mask in zip(samples.pixels, samples.masks, strict=True):
        picture, inside = plain_picture(pixels * np.float32(2.0**stops), mask, model.size)
        answer = model.run(Crop(picture, inside, model.size, 0.0))
        found.append(answer.quantities)
        doubt.append(answer.expected_error)
    return np.stack(found), np.stack(doubt)


def _product(samples: Samples, name: str, doubled: float) -> dict[str, Any]:
    model = open_material_model(name, threads=1)
    found, doubt = answers(samples, model)
    told: dict[str, Any] = {}
    for half, chosen in (("uniform", samples.uniform), ("likely", ~samples.uniform), ("all", samples.uniform >= 0)):
        if chosen.any():
            errors = measure(samples.parameters[chosen], found[chosen])
            median = np.broadcast_to(np.median(to_quantities(samples.parameters[chosen]), 0), found[chosen].shape)
            instead = measure(samples.parameters[chosen], median)
            told[half] = {
                **errors.to_json(),
                "calibration": calibration(samples.parameters[chosen], found[chosen], doubt[chosen]),
                "median": instead.to_json(),
            }
            _print(f"product, {half} ({errors.count})", errors)
            _print(f"  the median of these {errors.count} materials instead", instead)
            _print_calibration(told[half]["calibration"])
    for light in sorted(set(samples.lights)):
        chosen = np.asarray([one == light for one in samples.lights])
        told.setdefault("lights", {})[light] = measure(samples.parameters[chosen], found[chosen]).to_json()
        print(f"  light {light}: identifiable {told['lights'][light]['identifiable']:.3f}")
    for stops in (doubled, -doubled) if doubled else ():
        moved, _ = answers(samples, model, stops)
        told[f"{stops:+g} stops"] = measure(samples.parameters, moved).to_json()
        print(f"  {stops:+g} stops: identifiable {told[f'{stops:+g} stops']['identifiable']:.3f}")
    return told


def _record(name: str, label: str, told: dict[str, Any]) -> None:
    card = load_card(name)
    assert card.folder is not None
    halves = [half for half in ("uniform", "likely", "all") if half in told]
    kept = {half: {k: v for k, v in told[half].items() if k not in ("calibration", "median")} for half in halves}
    write_card(card.folder, replace(card, scores={**card.scores, label: kept}))


def _baseline(samples: Samples, name: str, run: Path) -> dict[str, Any]:
    task, config, checkpoint = averaged_task(run)
    model = task.model.eval()
    chosen = np.flatnonzero(samples.uniform)
    made = []
    with torch.no_grad():
        for index in chosen:
            picture, _ = plain_picture(samples.pixels[index], samples.masks[index], config.size)
            made.append(model(torch.from_numpy(picture.transpose(2, 0, 1).copy())[None]).numpy().reshape(-1))
    ten = np.stack(made)
    errors = measure(samples.parameters[chosen], to_quantities(ten), ten)
    _print(f"{name}, uniform ({errors.count}), {checkpoint.step} steps of {config.batch}, {config.size} pixels", errors)
    return errors.to_json()


def _print(title: str, errors: Errors) -> None:
    groups = ", ".join(f"{name} {value:.3f} ({errors.groups_all[name]:.3f})" for name, value in errors.groups.items())
    print(f"\n{title}")
    print(f"  all ten {errors.mean_of_ten:.3f} (chance {CHANCE}); identifiable {errors.identifiable:.3f}")
    print(f"  seen (seen or not): {groups}")
    print("  " + ", ".join(f"{key} {value:.3f}" for key, value in errors.ten.items()))
    print(f"  re-rendered under lights not seen: {errors.rerender:.4f} of 1, sRGB")


def _print_calibration(told: dict[str, Any]) -> None:
    for name in GROUPS:
        entry = told[name]
        within = ", ".join(f"{level}: {100 * share:.0f} %" for level, share in entry["within"].items())
        print(
            f"  {name}: expected error {entry['expected']:.3f}, found {entry['found']:.3f}; within the stated {within}"
        )
    print(
        "  by doubt, surest fifth first, expected and found: "
        + "; ".join(f"{a:.3f} {b:.3f}" for a, b in told["by_doubt"])
    )


def _shares(samples: Samples) -> None:
    for half, chosen in (("uniform", samples.uniform), ("likely", ~samples.uniform)):
        if chosen.any():
            shown = seen(to_quantities(samples.parameters[chosen]))
            told = ", ".join(f"{name} {100 * shown[:, place].mean():.0f} %" for name, place in GROUPS.items())
            print(f"\nseen in the {half} samples: {told}")


def _floor() -> dict[str, float]:
    floor = ambiguity_floor()
    print(
        "\nfloor of the products' ambiguity, all else known: "
        + ", ".join(f"{n} {v:.3f}" for n, v in zip(PARAMETERS, floor, strict=True))
    )
    print(f"  mean of ten {floor.mean():.3f}")
    named = {name: round(float(value), 4) for name, value in zip(PARAMETERS, floor, strict=True)}
    return {**named, "mean_of_ten": round(float(floor.mean()), 4)}


def shuffle(data: Path, out: Path, seed: int = 0) -> int:
    """Write the uniform samples of `data` with their parameters permuted; returns their number."""
    shards = ShardSet.open(data)
    keys = [key for key in shards.keys if shards.metadata(key)["draw"] == UNIFORM]
    order = np.random.default_rng(seed).permutation(len(keys))

    def dealt() -> Iterator[tuple[str, bytes, dict[str, Any]]]:
        for key, other in zip(keys, order, strict=True):
            exr, metadata = shards.read_bytes(key)
            yield key, exr, {**metadata, "parameters": shards.metadata(keys[other])["parameters"]}

    write_shard(out / "shuffled-00000.tar", dealt())
    return len(keys)


def sheet(samples: Samples, model: MaterialModel, path: Path, count: int = 24) -> None:
    """Six pairs of columns: picture, ball of the answer, ball of the truth."""
    size, tiles = 96, []
    for index in range(min(count, len(samples.pixels))):
        picture, inside = plain_picture(samples.pixels[index], samples.masks[index], model.size)
        answer = model.run(Crop(picture, inside, model.size, 0.0))
        shown = np.asarray(linear_to_srgb(np.clip(samples.pixels[index], 0, 1)), np.float32)
        if shown.shape[0] != size:
            shown, _ = plain_picture(samples.pixels[index], samples.masks[index], size)
        wanted = to_quantities(samples.parameters[index])
        tiles.append(np.concatenate([shown, ball_picture(answer.quantities, size), ball_picture(wanted, size)], 1))
    rows = [np.concatenate(tiles[start : start + 4], 1) for start in range(0, len(tiles) // 4 * 4, 4)]
    write_image(path, Image(np.concatenate(rows, 0).astype(np.float32), ("R", "G", "B"), color_space=SRGB))


if __name__ == "__main__":
    main()
