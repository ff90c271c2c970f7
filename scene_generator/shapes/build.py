"""Every shape that a scene may name, and the one way to build it. +Y is up; numbers are metres or ratios."""

from __future__ import annotations

from typing import Callable, Dict, Sequence, Tuple  # noqa: UP035 - Python 3.9

from scene_generator.shapes import (
    basic,
    built,
    cloth,
    figure,
    foliage,
    front,
    organic,
    rock,
    street,
    sweep,
    terrain,
    turned,
)
from scene_generator.shapes.mesh import Mesh
from scene_generator.spec import Shape, SpecError

KINDS: Dict[str, Tuple[Callable[[Sequence[float], int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    name: entry
    for module in (
        basic,
        built,
        cloth,
        figure,
        foliage,
        front,
        organic,
        rock,
        street,
        sweep,
        terrain,
        turned,
    )
    for name, entry in module.KINDS.items()
}
"""Name -> (function of numbers and seed, names of the numbers)."""

FILE_KIND = "mesh"
"""The kind that is not built but read from a user's folder; its one number is the length of the largest side."""


def build(shape: Shape) -> Mesh:
    """Return the mesh of `shape`.

    Raises:
        SpecError: the kind is unknown or read from a file, or the count of numbers is wrong.
    """
    if shape.kind not in KINDS:
        raise SpecError(f"shape kind {shape.kind!r} is unknown; known are {sorted(KINDS)}")
    function, names = KINDS[shape.kind]
    if len(shape.numbers) != len(names):
        raise SpecError(f"shape {shape.kind!r} has {len(shape.numbers)} numbers, expected {len(names)}: {names}")
    return function(shape.numbers, shape.seed)
