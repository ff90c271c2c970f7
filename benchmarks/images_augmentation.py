"""What differentiable augmentation is worth on a hundred pictures: the same run with it and without.

    platelight images prepare --procedural 3000 --out data/drawn
    python benchmarks/images_augmentation.py --data data/drawn --out bench/augmentation [--network projected]
        [--changes shift,turn]

Both runs see the same hundred pictures, 32 pixels a side (`--size`); "on" mirrors and rolls them, and changes what the
discriminator sees by `--changes`; "off" leaves out all of it. What is held out, and what distances are measured to, are
the thousands of pictures that neither run saw. Prints and writes results.json, samples of each, and sheet.jpg: held-out
pictures, samples with augmentation, samples without.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.atomic import write_json
from core.cli.train import train
from core.generative.evaluation import evaluate_pictures, read_real
from core.generative.runs import open_run
from core.generative.sheets import write_evaluation_sheets
from core.image import SRGB, Image, read_image, write_image
from core.training.config import TrainConfig, read_recipe

ON = ("brightness", "saturation", "contrast", "shift", "cutout")
SIZE = 32


NETWORKS: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "style": (
        "images_first",
        {},
        {
            "generator": {"widths": [64, 64, 48, 24], "filters": [1, 2, 2, 1], "torus": True},
            "discriminator": {"widths": [48, 96, 128], "score": 128},
        },
    ),
    "projected": (
        "images_projected",
        {},
        {
            "generator": {"widths": [128, 128, 96, 48], "filters": [1, 2, 2, 1], "source": "fourier", "torus": True},
            "discriminator": {"encoder": "lite1"},
        },
    ),
    # A batch of 128, as published, would be more than there are pictures; a quarter of the published channels.
    "dcgan": ("images_dcgan", {"batch": 64}, {"generator": {"width": 32}, "discriminator": {"width": 32}}),
}
"""Name -> the recipe that both runs begin with, what differs in it, and its networks: DCGAN's for any size, others for
`SIZE`."""


def recipe(
    steps: int, changed: bool, network: str = "style", size: int = SIZE, changes: Sequence[str] = ON
) -> TrainConfig:
    """One of `NETWORKS` with changes or none at all."""
    base, settings, shape = NETWORKS[network]
    plain = read_recipe(base)
    model = {**plain.model, "changes": list(changes) if changed else [], **shape}
    variation = {"mirror": 0.5, "roll": True} if changed else {"mirror": 0.0, "roll": False}
    return replace(plain, size=size, sizes=(), steps=steps, model=model, augmentation=variation, **settings)


def write_sheet(out: Path) -> None:
    """The three sheets of the evaluations below each other."""
    files = ("on_sheets/held_out.png", "on_sheets/samples.png", "off_sheets/samples.png")
    parts = [read_image(out / file).rgb() for file in files]
    gap = np.ones((8, parts[0].shape[1], 3), np.float32)
    write_image(
        out / "sheet.jpg",
        Image.from_layers({"": np.concatenate([parts[0], gap, parts[1], gap, parts[2]])}, color_space=SRGB),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of `platelight images prepare`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=100, help="pictures to learn from")
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--network", choices=sorted(NETWORKS), default="style")
    parser.add_argument("--size", type=int, default=SIZE, help="pixels a side; others than 32 with dcgan only")
    parser.add_argument("--max-minutes", type=float, default=None, help="of each run; run again to go on")
    parser.add_argument("--changes", default=",".join(ON), help="differentiable ones of the run with augmentation")
    options = parser.parse_args()
    changes = [name for name in options.changes.split(",") if name]
    if options.size != SIZE and options.network != "dcgan":
        parser.error(f"--size {options.size}: the networks of {options.network} are for {SIZE} pixels")
    results: dict[str, Any] = {"limit": options.limit, "size": options.size, "network": options.network}
    results["changes"] = changes
    for name, changed in (("on", True), ("off", False)):
        run, file = options.out / name, options.out / f"{name}.json"
        write_json(file, recipe(options.steps, changed, options.network, options.size, changes).to_json())
        train(
            "images", [options.data], run, recipe=str(file), steps=None, size=None, batch=None, seed=None,
            precision=None, device=None, workers=None, leave_out=None, start=None, limit=options.limit,
            max_minutes=options.max_minutes, resume=None, tensorboard=False,
        )  # fmt: skip
        opened = open_run(run)
        real = read_real(opened, [options.data])
        found = evaluate_pictures(opened, real)
        write_evaluation_sheets(found, real, options.out / f"{name}_sheets")
        results[name] = {"figures": found.figures, "alarms": found.alarms}
    results["off_to_on"] = results["off"]["figures"]["kernel_distance"] / results["on"]["figures"]["kernel_distance"]
    write_json(options.out / "results.json", results)
    write_sheet(options.out)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
