"""Does a whole-image discriminator with strong L1 beat the patch one, and does either beat plain regression?

    .venv/bin/python benchmarks/pix2pix.py --data plates --real real_normals --out pix2pix [--seeds 0 1 2]

Trains the same U-Net once per variant and seed, with the same data, steps, augmentation and first weights, so that
only the discriminator differs; exports it; scores it on DIR/SET/NAME_plate.png with NAME_normals.exr (`--real`; never
trained upon) and on the scenes held out of `--data`; and scores a shipped model, which had other data and time.
Written are OUT/pix2pix.json, OUT/pix2pix.md (the table, printed too) and OUT/pix2pix.png: a row a plate, a column a
model. Finished parts are kept and a run that was stopped goes on: run the same command again after any stop.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.atomic import write_json, write_text
from core.bench.machine import load_averages
from core.card import CARD, ModelCard, load_card
from core.color import network_view
from core.evaluation.evaluate import Evaluation, evaluate_normals
from core.evaluation.sets import Pair, open_pairs
from core.export import export_run
from core.image import SRGB, Image, write_image
from core.inference.lens import Lens
from core.inference.plate_normals import predict
from core.inference.session import NormalsModel, open_model
from core.normals import encode_8bit
from core.training.config import TrainConfig, read_recipe

ROOT = Path(__file__).resolve().parent.parent
VARIANTS = {
    "l1": "L1 alone, no discriminator",
    "patch": "70x70 patches + L1",
    "image": "whole image, one score + L1",
    "image286": "286x286 (published ImageGAN) + L1",
}
"""Recipe `pix2pix_NAME` -> what it is called in the table."""

MEASURES = (
    "held-out mean",
    "held-out < 11.25",
    "real mean",
    "real median",
    "real < 11.25",
    "real < 30",
    "real edges",
    "worst set",
)
_CELL = 192
_HEADER = 22

Pixels = npt.NDArray[np.uint8]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what is missing, score everything, print the table and write the sheet; 0 where all is done."""
    options = _options(arguments)
    out: Path = options.out
    results: dict[str, list[dict[str, Any]]] = {}
    models: dict[str, NormalsModel] = {}
    load = [load_averages()]
    for seed in options.seeds:  # all variants of a seed before the next, so that a stopped benchmark compares like
        for variant in options.variants:
            folder = out / f"{variant}_{seed}"
            config = configure(variant, seed, options)
            card = learn(folder, config, options.data)
            model = open_model(folder / "model", device="cpu", threads=options.threads)
            scored = evaluate_normals(model, open_pairs(options.real))
            write_json(folder / "evaluation.json", scored.to_json())
            results.setdefault(VARIANTS[variant], []).append(row(card, scored))
            models.setdefault(VARIANTS[variant], model)
            print(f"{VARIANTS[variant]}, seed {seed}: {results[VARIANTS[variant]][-1]['scores']}", flush=True)
    if options.product:
        model = open_model(options.product, device="cpu", threads=options.threads)
        title = f"{model.card.name} {model.card.version} (shipped)"
        results[title] = [row(model.card, evaluate_normals(model, open_pairs(options.real)), own=False)]
        models[title] = model
    load.append(load_averages())
    write_json(out / "pix2pix.json", {"load": load, "seeds": options.seeds, "results": results})
    text = table({title: [run["scores"] for run in runs] for title, runs in results.items()})
    write_text(out / "pix2pix.md", text)
    write_sheet(out / "pix2pix.png", models, choose(list(open_pairs(options.real)), options.shown))
    print(f"\n{text}\nload average {load[0]} at the start, {load[1]} at the end; {out / 'pix2pix.png'}")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, nargs="+", help="folders of shards")
    parser.add_argument("--real", type=Path, required=True, help="plates with reference normals, a folder a set")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=["l1", "patch", "image"])
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[0], help="with several, the table shows mean and range"
    )
    parser.add_argument("--steps", type=int, help="optimiser steps [default: the recipe's]")
    parser.add_argument("--size", type=int, help="side of a sample: 32, 64, 128, 256 ... [default: the recipe's]")
    parser.add_argument("--batch", type=int, help="samples a step [default: the recipe's]")
    parser.add_argument(
        "--width", type=int, help="channels of the first layers; 64 is published [default: the recipe's]"
    )
    parser.add_argument("--lambda-l1", type=float, help="weight of L1; 100 is published [default: the recipe's]")
    parser.add_argument("--precision", choices=("fp32", "bf16"), help="bf16 is mixed [default: the recipe's]")
    parser.add_argument("--device", help="auto, cpu, cuda ... [default: the recipe's]")
    parser.add_argument("--product", default="plate_normals", help="model to compare with; empty for none")
    parser.add_argument("--shown", type=int, default=2, help="plates of each set on the sheet")
    parser.add_argument("--threads", type=int, help="processor threads for scoring [default: all]")
    return parser.parse_args(arguments)


def configure(variant: str, seed: int, options: argparse.Namespace) -> TrainConfig:
    """The recipe of a variant with the changes that `options` ask for; the U-Net's depth follows the size."""
    names = ("steps", "size", "batch", "precision", "device")
    config = read_recipe(f"pix2pix_{variant}").with_changes(
        {"seed": seed, **{name: getattr(options, name) for name in names}}
    )
    model = dict(config.model)
    if options.width is not None:
        model["width"] = options.width
    if options.lambda_l1 is not None:
        model["lambda_l1"] = options.lambda_l1
    model["depth"] = (config.size & -config.size).bit_length() - 1  # down to an odd number of pixels: 1 for 2^n
    every = min(config.validate_every, config.steps)
    return config.with_changes({"model": model, "validate_every": every, "preview_every": every})


def learn(folder: Path, config: TrainConfig, data: Sequence[Path]) -> ModelCard:
    """Train and export into `folder` unless that is done; return the card.

    Exits where the folder holds a model with other settings, and where training fails or was stopped.
    """
    wanted = config.to_json()
    if (folder / "model" / CARD).is_file():
        card = load_card(folder / "model")
        if json.loads(json.dumps(card.training["config"])) != json.loads(json.dumps(wanted)):
            sys.exit(f"{folder}: was trained with other settings; choose another --out")
        return card
    write_json(folder / "recipe.json", wanted)
    code = train(folder, config.task, data)
    if code:
        sys.exit(f"{folder}: training ended with {code}; run the same command again to go on")
    # The rounding of fp16 weights is no part of the question.
    return export_run(folder / "run", folder / "model", precision="fp32", name=folder.name)


def train(folder: Path, task: str, data: Sequence[Path]) -> int:
    """Train FOLDER/recipe.json into FOLDER/run, or go on with it, as a user would; return the exit code."""
    words = [word for path in data for word in ("--data", str(path.resolve()))]
    places = ["--out", str((folder / "run").resolve()), "--recipe", str((folder / "recipe.json").resolve())]
    process = subprocess.Popen([sys.executable, "-m", "core.cli.main", "train", task, *words, *places], cwd=ROOT)
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()  # it was told to stop as well, and is writing its checkpoint


def row(card: ModelCard, scored: Evaluation, own: bool = True) -> dict[str, Any]:
    """What is kept of a model: its scores in degrees and percent, and how it was made.

    Args:
        own: whether it was trained here, so that the scenes it held out are the same as everyone's.
    """
    held_out = card.scores.get("held_out_scenes", {}) if own else {}
    overall = scored.overall().to_json()
    means = {name: figures.mean for name, figures in scored.by_group().items()}
    values = (
        held_out.get("degrees"),
        held_out.get("within_11.25"),
        *(overall.get(name) for name in ("mean", "median", "within_11_25", "within_30", "edge_mean")),
        max(means.values()),
    )
    training = card.training
    return {
        "scores": {
            name: None if value is None else round(value, 2) for name, value in zip(MEASURES, values, strict=True)
        },
        "sets": {name: round(value, 2) for name, value in means.items()},
        "steps": training.get("steps"),
        "seconds": training.get("seconds"),
        "config": training.get("config"),
        "data": card.data,
    }


def table(results: Mapping[str, Sequence[Mapping[str, float | None]]]) -> str:
    """Markdown, a line a model: means over its seeds, with the range behind where there are several."""
    lines = [f"| | {' | '.join(MEASURES)} |", f"|---|{'---|' * len(MEASURES)}"]
    for title, runs in results.items():
        cells = []
        for name in MEASURES:
            values = [value for run in runs if (value := run[name]) is not None]
            spread = f" ({max(values) - min(values):.2f})" if len(values) > 1 else ""
            cells.append(f"{sum(values) / len(values):.2f}{spread}" if values else "")
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def choose(pairs: Sequence[Pair], shown: int) -> list[Pair]:
    """`shown` plates of each set, evenly spread over it."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair.group, []).append(pair)
    return [
        members[index * len(members) // min(shown, len(members))]
        for members in groups.values()
        for index in range(min(shown, len(members)))
    ]


def write_sheet(path: Path, models: Mapping[str, NormalsModel], pairs: Sequence[Pair]) -> None:
    """Write a PNG: plate, the normals of each model in the order of `models`, reference."""
    titles = ["plate", *models, "reference"]
    bands = [np.hstack([_title(title) for title in titles])]
    for pair in pairs:
        lens = Lens(fov_degrees=pair.fov_degrees) if pair.fov_degrees else None
        cells = [(network_view(pair.plate) * 255).round().astype(np.uint8)]
        cells += [encode_8bit(predict(model, pair.plate, lens=lens).normals) for model in models.values()]
        cells.append(np.where(pair.trusted[..., None], encode_8bit(pair.reference), 0).astype(np.uint8))
        height = round(pair.plate.shape[0] * _CELL / pair.plate.shape[1])
        bands.append(np.hstack([cv2.resize(cell, (_CELL, height), interpolation=cv2.INTER_AREA) for cell in cells]))
    sheet = np.vstack(bands).astype(np.float32) / 255.0
    write_image(path, Image(sheet, ("R", "G", "B"), color_space=SRGB), dtype="uint8")


def _title(text: str) -> Pixels:
    strip = np.full((_HEADER, _CELL, 3), 24, np.uint8)
    cv2.putText(strip, text[:30], (4, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (230, 230, 230), 1, cv2.LINE_AA)
    return strip


if __name__ == "__main__":
    sys.exit(main())
