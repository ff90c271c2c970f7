"""What each scene family is worth: the same small training with all families, and without each of them in turn.

    .venv/bin/python benchmarks/family_worth.py --data DIR [DIR ...] --real DIR --photos DIR [--scenes DIR] --out DIR

Every run learns from the same number of samples for the same number of steps; three seeds with all families show how
far two equal runs differ by chance. Scored on real plates (never trained upon), looked at on photographs, and with
`--scenes` scored on rendered scenes that no run has seen, family by family: what a model makes of a family it never
met. OUT/worth.json, OUT/worth.md, OUT/photographs.jpg with a row a picture and a column a model. Finished runs are
kept: run it again after any stop.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from core.image import SRGB, Image, read_image, write_image
from core.normals import encode_8bit
from core.shards import ShardSet

ROOT = Path(__file__).resolve().parent.parent
MEASURES = ("mean", "median", "within_11_25", "within_30")


def main() -> None:
    """Train, score, and write the table and the sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, nargs="+", help="folders of shards")
    parser.add_argument("--real", type=Path, required=True, help="plates with reference normals, a folder a set")
    parser.add_argument("--photos", type=Path, required=True, help="folder of pictures to look at")
    parser.add_argument("--scenes", type=Path, help="shards of other seeds, scored by family")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--size", type=int, default=160, help="side of a training sample, pixels; a multiple of 32")
    parser.add_argument("--shown", type=int, default=8, help="pictures on the sheet")
    options = parser.parse_args()
    # The commands below run elsewhere, in the checkout.
    options.data = [path.resolve() for path in options.data]
    for name in ("real", "photos", "scenes", "out"):
        setattr(options, name, getattr(options, name) and getattr(options, name).resolve())

    families = family_counts(options.data)
    # The largest family left out leaves the fewest; 8 % is kept back for what the split holds out.
    limit = int((sum(families.values()) - max(families.values())) * 0.92)
    plans = {f"all, seed {seed}": ["--seed", str(seed)] for seed in (0, 1, 2)}
    plans |= {f"without {name}": ["--seed", "0", "--leave-out", name] for name in sorted(families)}
    results = {}
    for title, extra in plans.items():
        folder = options.out / title.replace(", ", "_").replace(" ", "_")
        results[title] = run(folder, options, limit, extra, pictures(options.photos, options.shown))
        print(title, results[title]["mean_of_sets"], flush=True)
    facts = {
        "families": families,
        "samples": limit,
        "steps": options.steps,
        "size": options.size,
        "batch": 16,
        "results": results,
    }
    (options.out / "worth.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")
    text = table(results) + (unseen_table(results) if options.scenes else "")
    (options.out / "worth.md").write_text(text, encoding="utf-8")
    sheet(options.out, list(plans), pictures(options.photos, options.shown))
    print(text)


def family_counts(folders: list[Path]) -> dict[str, int]:
    """Return how many samples of each family the shards in `folders` hold."""
    counts: dict[str, int] = {}
    for folder in folders:
        shards = ShardSet.open(folder)
        for key in shards.keys:
            family = str(shards.metadata(key)["family"])
            counts[family] = counts.get(family, 0) + 1
    return counts


def run(
    folder: Path, options: argparse.Namespace, limit: int, extra: list[str], photos: list[Path]
) -> dict[str, object]:
    """Train, export, score and predict into `folder`, unless that has been done; return the scores."""
    scores, unseen = folder / "real" / "evaluation.json", folder / "scenes" / "evaluation.json"
    model = ["--model", str(folder / "model")]
    if not scores.exists():
        data = [word for path in options.data for word in ("--data", str(path))]
        budget = ["--steps", str(options.steps), "--size", str(options.size), "--batch", "16", "--limit", str(limit)]
        recipe = ["--recipe", "plate_normals_first"]
        platelight("train", "plate_normals", *data, "--out", str(folder / "run"), *recipe, *budget, *extra)
        platelight("export", str(folder / "run"), "--out", str(folder / "model"))
        platelight("normals", *map(str, photos), "--out", str(folder / "photos"), "--overwrite", *model)
        platelight("evaluate", "plate_normals", "--data", str(options.real), "--out", str(scores.parent), *model)
    if options.scenes and not unseen.exists():
        platelight("evaluate", "plate_normals", "--data", str(options.scenes), "--out", str(unseen.parent), *model)
    found: dict[str, object] = json.loads(scores.read_text(encoding="utf-8"))
    result = {name: found[name] for name in ("mean_of_sets", "sets")}
    if options.scenes:
        result["scenes"] = json.loads(unseen.read_text(encoding="utf-8"))["sets"]
    return result


def platelight(*words: str) -> None:
    """Run a command of this checkout; stop with its output where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "core.cli.main", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"platelight {' '.join(words)}:\n{done.stdout}{done.stderr}")


def table(results: dict[str, dict[str, object]]) -> str:
    """Return a Markdown table: each run, and how far it is from the mean of the runs with all families."""
    rows = {title: [result["mean_of_sets"][name] for name in MEASURES] for title, result in results.items()}  # type: ignore[index]
    whole = np.array([row for title, row in rows.items() if title.startswith("all")])
    middle, spread = whole.mean(0), np.ptp(whole, axis=0)
    lines = [
        "| trained on | mean | median | < 11.25 | < 30 | mean against all |",
        "|---|---|---|---|---|---|",
        f"| all families, mean of {len(whole)} seeds (range) | "
        + " | ".join(f"{m:.2f} ({s:.2f})" for m, s in zip(middle, spread, strict=True))
        + " | |",
    ]
    for title, row in rows.items():
        if not title.startswith("all"):
            cells = " | ".join(f"{value:.2f}" for value in row)
            lines.append(f"| {title} | {cells} | {row[0] - middle[0]:+.2f} |")
    return "\n".join(lines) + "\n"


def unseen_table(results: dict[str, dict[str, object]]) -> str:
    """Return a Markdown table: the error on unseen scenes of each family, trained with it and without it."""
    lines = ["", "| unseen scenes of | trained with it (range) | without it | difference |", "|---|---|---|---|"]
    whole = [result["scenes"] for title, result in results.items() if title.startswith("all")]
    for title, result in results.items():
        name = title.removeprefix("without ")
        if name != title and name in result["scenes"]:  # type: ignore[operator]
            known = np.array([scores[name]["mean"] for scores in whole])  # type: ignore[index]
            without = result["scenes"][name]["mean"]  # type: ignore[index]
            lines.append(
                f"| {name} | {known.mean():.2f} ({np.ptp(known):.2f}) | {without:.2f} | {without - known.mean():+.2f} |"
            )
    return "\n".join(lines) + "\n"


def pictures(folder: Path, shown: int) -> list[Path]:
    """Return `shown` pictures of a folder, spread evenly over their names."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".exr"))
    return found[:: max(1, len(found) // shown)][:shown]


def sheet(out: Path, titles: list[str], photos: list[Path], width: int = 192) -> None:
    """Write OUT/photographs.jpg: each picture, then the normals of each model, columns in the order of `titles`."""
    rows = []
    for picture in photos:
        cells = [small(read_image(picture).pixels[..., :3], width)]
        for title in titles:
            folder = out / title.replace(", ", "_").replace(" ", "_") / "photos"
            normal = read_image(folder / f"{picture.stem}.exr").layer("N")
            cells.append(small(encode_8bit(normal).astype(np.float32) / 255, width))
        height = min(cell.shape[0] for cell in cells)
        rows.append(np.hstack([cell[:height] for cell in cells]))
    write_image(out / "photographs.jpg", Image(np.vstack(rows).clip(0, 1), ("R", "G", "B"), SRGB), dtype="uint8")


def small(pixels: np.ndarray, width: int) -> np.ndarray:
    """Return a picture brought to `width` by averaging whole blocks and dropping what is left over."""
    step = max(1, pixels.shape[1] // width)
    h, w = pixels.shape[0] // step, width if pixels.shape[1] // step >= width else pixels.shape[1] // step
    cut: np.ndarray = pixels[: h * step, : w * step].reshape(h, step, w, step, -1).mean((1, 3))
    return cut


if __name__ == "__main__":
    main()
