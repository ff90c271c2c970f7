"""Whether scenes with dreamed textures teach a plate-normals model as well as scenes without.

    platelight textures dream runs/textures --out dreamed --count 200 --relief
    python benchmarks/images_plates.py --textures dreamed --out bench/plates --count 400 --steps 1500

Renders two sets of the same seeds, one with the dreamed textures among its materials, trains the same recipe on each,
and measures both models on a third set that has no dreamed textures, and on photographs where --real names some. Two
seeds a side show how far chance alone moves the figures. Everything goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from core.atomic import write_json


def command(*words: object) -> None:
    """One `platelight` command, as a user runs it."""
    subprocess.run([sys.executable, "-m", "core.cli.main", *map(str, words)], check=True)


def generated(folder: Path, count: int, seed: int, size: int, textures: Path | None) -> Path:
    """A folder of rendered scenes."""
    more = ["--textures", textures] if textures else []
    command(
        "generate", "--count", count, "--seed", seed, "--size", size, "--samples", 12, "--passes", "beauty,normal",
        "--out", folder, *more,
    )  # fmt: skip
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--textures", type=Path, required=True, help="folder of `platelight textures dream`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=400, help="scenes to learn from, a side")
    parser.add_argument("--held-out", type=int, default=100, help="scenes to measure on")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=2, help="trainings a side")
    parser.add_argument("--real", type=Path, default=None, help="also measure on this set, see `platelight evaluate`")
    options = parser.parse_args()
    out: Path = options.out
    sets = {
        "without": generated(out / "without", options.count, 1, options.size, None),
        "with": generated(out / "with", options.count, 1, options.size, options.textures),
    }
    measured = [generated(out / "held_out", options.held_out, 1_000_001, options.size, None)]
    measured += [options.real] if options.real else []
    results: dict[str, Any] = {}
    for name, data in sets.items():
        for seed in range(options.seeds):
            run = out / f"run_{name}_{seed}"
            command(
                "train", "plate_normals", "--data", data, "--out", run, "--recipe", "plate_normals_demo",
                "--steps", options.steps, "--size", options.size, "--seed", seed,
            )  # fmt: skip
            for place in measured:
                report = out / f"figures_{name}_{seed}_{place.name}"
                command("evaluate", "plate_normals", "--model", run, "--data", place, "--out", report)
                told = json.loads((report / "evaluation.json").read_text("utf-8"))["mean_of_sets"]
                results.setdefault(name, {}).setdefault(place.name, []).append(told)
    for places in results.values():
        places["means"] = {
            place: {figure: sum(one[figure] for one in runs) / len(runs) for figure in ("mean", "within_11_25")}
            for place, runs in [*places.items()]
        }
    write_json(out / "results.json", results)
    print(out / "results.json")


if __name__ == "__main__":
    main()
