"""Keep what a benchmark found, with the command that found it: what the tables of the documents are checked against.

    python benchmarks/normal_maps.py --data texture_pairs_check --out bench/maps
    python benchmarks/record.py texture_normals bench/maps/normal_maps.json -- \
        python benchmarks/normal_maps.py --data texture_pairs_check

Writes benchmarks/records/NAME.json. A table of a page that has the line `<!-- figures: NAME -->` above it is then
checked by `tests/docs/test_figures.py`: each of its figures must be one of the record's, rounded as it stands there.
Several names are several records; `card MODEL` is the card of a shipped model, whose scores `platelight evaluate` and
others write.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from core.atomic import write_json
from core.bench.machine import processor
from core.training.run_folder import git_revision

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "benchmarks" / "records"


def record(name: str, figures: Any, command: str) -> Path:
    """Write the record `name`: its command, where it ran and what it found."""
    path = RECORDS / f"{name}.json"
    write_json(path, {"command": command, "revision": git_revision(), "processor": processor(), "figures": figures})
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the record")
    parser.add_argument("results", type=Path, help="JSON that the benchmark wrote, or a .txt file of what it printed")
    parser.add_argument("command", nargs="+", help="what was run, after --")
    given = parser.parse_args()
    text = given.results.read_text("utf-8")
    figures = {"printed": text.splitlines()} if given.results.suffix == ".txt" else json.loads(text)
    print(record(given.name, figures, " ".join(given.command)))


if __name__ == "__main__":
    main()
