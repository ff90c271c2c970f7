"""What plates with references score without looking at them: a model's errors mean little without these beside them.

    .venv/bin/python benchmarks/plain_normals.py --data real_normals --out plain.json

camera      every normal towards the camera, (0, 0, 1)
direction   for each plate one normal everywhere, the one with the least mean angle, which only the reference tells

`--data` is anything that `platelight evaluate` reads; figures are its own, means over plates and then over sets.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.atomic import write_json
from core.evaluation.measures import Figures, figures_of, mean_figures
from core.evaluation.sets import open_pairs
from core.normals import angular_error_degrees, normalize

CAMERA = np.array([0.0, 0.0, 1.0], np.float32)
_ROUNDS = 60


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of plates with reference normals")
    parser.add_argument("--out", type=Path, help="figures as JSON")
    given = parser.parse_args()
    sets: dict[str, list[tuple[Figures, Figures]]] = {}
    for pair in open_pairs(given.data):
        normals = [
            np.broadcast_to(n, pair.reference.shape) for n in (CAMERA, best_direction(pair.reference[pair.trusted]))
        ]
        camera, direction = (figures_of(n, pair.reference, pair.trusted) for n in normals)
        sets.setdefault(pair.group, []).append((camera, direction))
    told = {}
    for place, name in enumerate(("camera", "direction")):
        means = {group: mean_figures([row[place] for row in rows]) for group, rows in sets.items()}
        told[name] = {
            "mean_of_sets": mean_figures(list(means.values())).to_json(),
            "sets": {group: figures.to_json() for group, figures in means.items()},
        }
    if given.out:
        write_json(given.out, told)
    print(json.dumps(told, indent=2))


def best_direction(normals: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(N, 3) unit normals -> (3,): the direction with the least mean angle to them.

    Weiszfeld's iteration on the sphere (Fletcher et al., "The geometric median on Riemannian manifolds", 2009), from
    their mean.
    """
    direction: npt.NDArray[np.float32] = normalize(normals.mean(0, keepdims=True))[0]
    for _ in range(_ROUNDS):
        angles = np.radians(angular_error_degrees(normals, np.broadcast_to(direction, normals.shape))).clip(1e-4)
        along = (normals @ direction)[:, None]
        # Steps along the sphere towards each normal, as long as one each, over their number and their angles.
        steps = (normals - along * direction) / np.sin(angles).clip(1e-4)[:, None]
        step = steps.mean(0) / (1.0 / angles).mean()
        direction = normalize((direction + step)[None].astype(np.float32))[0]
    return direction


if __name__ == "__main__":
    main()
