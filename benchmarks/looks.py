"""What averaging several looks at a plate is worth, and what it costs.

    .venv/bin/python benchmarks/looks.py --data real_normals [--data held_out] [--model plate_normals] [--markdown]

Scores a model on every set with one, two and four looks (`core.inference.looks`): mean and median angle, the share of
pixels within 11.25 degrees, the mean within 3 pixels of edges, and the seconds a plate takes beside the other looks of
the same run. Printed; `--out FILE.json` keeps the figures.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.atomic import write_json
from core.card import LOOKS
from core.evaluation.evaluate import evaluate_normals
from core.evaluation.sets import open_pairs
from core.inference.answer import Answer
from core.inference.lens import Lens
from core.inference.plate_normals import ViewSettings, predict
from core.inference.session import open_model

COLUMNS = ("mean", "median", "< 11.25", "edges", "worst set", "s a plate")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table for each set; 0 where all is done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True, help="pairs; may be given several times")
    parser.add_argument("--model", default="plate_normals", help="shipped model, folder or run")
    parser.add_argument("--size", type=int, help="working short side [default: the card's]")
    parser.add_argument("--threads", type=int, help="[default: all cores]")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--out", type=Path, help="JSON with the figures")
    options = parser.parse_args(arguments)
    model = open_model(options.model, device="cpu", threads=options.threads)
    found: dict[str, dict[str, Any]] = {}
    for data in options.data:
        rows = {}
        for looks in LOOKS:
            settings = ViewSettings(size=options.size, looks=looks)
            spent: list[float] = []

            def answer(
                pair: Any, lens: Lens | None, settings: ViewSettings = settings, spent: list[float] = spent
            ) -> Answer:
                start = time.perf_counter()
                said = predict(model, pair.plate, lens=lens, settings=settings, pixel_aspect=pair.pixel_aspect)
                spent.append(time.perf_counter() - start)
                return said

            scored = evaluate_normals(model, open_pairs(data), answer=answer)
            all_sets = scored.overall()
            worst = max(figures.mean for figures in scored.by_group().values())
            values = (all_sets.mean, all_sets.median, all_sets.within_11_25, all_sets.edge_mean, worst)
            rows[str(looks)] = dict(zip(COLUMNS, (*values, sum(spent) / len(spent)), strict=True))
        found[data.name] = rows
        print(f"{data.name}:\n\n{table(rows, options.markdown)}\n", flush=True)
    if options.out:
        write_json(options.out, {"model": model.card.name, "version": model.card.version, "sets": found})
    return 0


def table(rows: dict[str, dict[str, float | None]], markdown: bool) -> str:
    """The rows as aligned text, or as Markdown; a dash where a set has nothing of the kind (no edges)."""
    lines = [["looks", *COLUMNS]]
    lines += [
        [looks, *("-" if row[name] is None else f"{row[name]:.2f}" for name in COLUMNS)] for looks, row in rows.items()
    ]
    if markdown:
        lines.insert(1, ["---"] * len(lines[0]))
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n".join("  ".join(cell.rjust(9) for cell in line) for line in lines)


if __name__ == "__main__":
    sys.exit(main())
