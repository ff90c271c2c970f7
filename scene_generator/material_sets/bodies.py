"""The objects that show a material: a few fixed meshes, each within the unit ball about the origin."""

from __future__ import annotations

import functools

import numpy as np

from scene_generator.shapes.build import build
from scene_generator.shapes.mesh import Mesh, join
from scene_generator.shapes.surfaces import turn
from scene_generator.spec import Shape, SpecError

__all__ = ["BODIES", "body"]

BODIES: dict[str, tuple[str, tuple[float, ...], int]] = {
    "sphere": ("ellipsoid", (1.0, 1.0, 1.0), 0),
    "ball": ("", (), 0),
    "cube": ("rounded_box", (1.0, 1.0, 1.0, 0.12), 0),
    "ring": ("torus", (1.0, 0.42), 0),
    "blend": ("metaballs", (1.0,), 3),
    "animal": ("quadruped", (1.0,), 5),
    "bumps": ("displaced", (1.0, 0.5, 3.0), 7),
    "baluster": ("lathe", (0.4, 1.1, 0.5), 4),
    "jug": ("jug", (0.5, 1.2), 1),
    "apple": ("fruit", (0.5, 0.4), 2),
    "cushion": ("superquadric", (1.0, 0.7, 1.0, 0.5, 0.5), 0),
    "bust": ("bust", (1.0,), 11),
}
"""Name -> kind, numbers and seed of `scene_generator.shapes`; `ball` is a ball with a groove in a stand."""


@functools.lru_cache(maxsize=len(BODIES))
def body(name: str) -> Mesh:
    """The mesh of one of `BODIES`, centred, its farthest point 1 from the origin. Raises SpecError for other names."""
    if name not in BODIES:
        raise SpecError(f"body {name!r} is unknown; known are {', '.join(BODIES)}")
    kind, numbers, seed = BODIES[name]
    mesh = build(Shape(kind, numbers, seed)) if kind else _ball_in_stand()
    middle = 0.5 * (mesh.positions.min(0) + mesh.positions.max(0))
    placed = mesh.positions - middle
    return Mesh(placed / np.linalg.norm(placed, axis=1).max(), mesh.normals, mesh.uvs, mesh.faces)


def _ball_in_stand() -> Mesh:
    ball = build(Shape("ellipsoid", (0.72, 0.72, 0.72), 0))
    profile = np.array(
        [(0.0, -1.0), (0.78, -1.0), (0.8, -0.97), (0.8, -0.85), (0.76, -0.81), (0.6, -0.78), (0.52, -0.6), (0.5, -0.5)]
    )
    rim = build(Shape("torus", (0.56, 0.07), 0))
    lifted = Mesh(rim.positions + np.array([0, -0.5, 0], np.float32), rim.normals, rim.uvs, rim.faces)
    return join([ball, turn(profile), lifted])
