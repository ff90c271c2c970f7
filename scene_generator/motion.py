"""Steady rigid motions of a scene: where everything is at frame k."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Dict, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.spec import Matrix, Motion, SceneSpec, SpecError, Vec3

if TYPE_CHECKING:
    from scene_generator.families.layout import Layout

CAMERA = "camera"


def at_frame(spec: SceneSpec, frame: int) -> SceneSpec:
    """Return the scene as it stands at `frame`; frame 0 is the scene as it was drawn, negative ones lie before it.

    Raises:
        SpecError: `spec` is itself a later frame, or its motions are wrong, see `check_motion`.
    """
    if spec.frame != 0:
        raise SpecError(f"scene {spec.index} of seed {spec.seed} is frame {spec.frame} already; give frame 0")
    check_motion(spec)
    if frame == 0 or not spec.motion:
        return dataclasses.replace(spec, frame=frame)
    moves = {}
    for motion in spec.motion:
        moves.update(dict.fromkeys(motion.targets, displacement(motion, frame)))
    objects = tuple(
        dataclasses.replace(thing, to_world=_moved(thing.to_world, moves[thing.name])) if thing.name in moves else thing
        for thing in spec.objects
    )
    camera = spec.camera
    if CAMERA in moves:
        camera = dataclasses.replace(camera, to_world=_moved(camera.to_world, moves[CAMERA]))
    return dataclasses.replace(spec, camera=camera, objects=objects, frame=frame)


def check_motion(spec: SceneSpec) -> None:
    """Raise SpecError if a motion names an object that is not there, or two motions name the same one."""
    targets = [name for motion in spec.motion for name in motion.targets]
    unknown = sorted(set(targets) - {thing.name for thing in spec.objects} - {CAMERA})
    if unknown:
        raise SpecError(f"scene {spec.index} of seed {spec.seed}: motion of {unknown}, which are no objects of it")
    twice = sorted({name for name in targets if targets.count(name) > 1})
    if twice:
        raise SpecError(f"scene {spec.index} of seed {spec.seed}: {twice} have two motions; give each thing one")


def displacement(motion: Motion, frame: float) -> np.ndarray:
    """Return the world matrix (4, 4) that takes a target from frame 0 to `frame`."""
    turn, pivot = np.asarray(motion.turn) * frame, np.asarray(motion.pivot)
    m = np.eye(4)
    m[:3, :3] = rotation(turn)
    m[:3, 3] = pivot - m[:3, :3] @ pivot + np.asarray(motion.velocity) * frame
    return m


def rotation(turn: np.ndarray) -> np.ndarray:
    """Return the (3, 3) rotation about `turn` by its length in radians (Rodrigues' formula)."""
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = turn / angle
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    r: np.ndarray = np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)
    return r


def _moved(place: Matrix, move: np.ndarray) -> Matrix:
    moved = move @ np.asarray(place, np.float64).reshape(4, 4)
    return tuple(round(float(v), 9) + 0.0 for v in moved.ravel())


def draw_motion(rng: np.random.Generator, layout: Layout) -> Tuple[Motion, ...]:  # noqa: UP006
    """Return random motions for a layout: usually a moving camera, often some of its loose objects.

    Speeds are for 24 frames a second: a camera on a dolly, slider or shoulder covers 0.1 to 4 % of its distance to
    the subject in a frame and usually turns by less than half a degree.
    """
    motions = []
    eye = np.asarray(layout.camera.to_world).reshape(4, 4)
    if rng.random() < 0.85:
        step = layout.focus * float(np.exp(rng.uniform(np.log(0.001), np.log(0.04))))
        way = rng.standard_normal(3) * [1.0, 0.35, 0.8]
        way = eye[:3, :3] @ (way / np.linalg.norm(way)) * step
        turn = eye[:3, :3] @ (rng.standard_normal(3) * [0.5, 1.0, 0.25]) * float(rng.uniform(0, 0.006))
        motions.append(Motion((CAMERA,), _vec(way), _vec(turn), _vec(eye[:3, 3])))
    places: Dict[str, np.ndarray] = {  # noqa: UP006
        thing.name: np.asarray(thing.to_world).reshape(4, 4)[:3, 3] for thing in layout.objects
    }
    for names in layout.movable:
        if rng.random() < 0.35:
            heading, speed = rng.uniform(0, 2 * np.pi), layout.focus * float(rng.uniform(0.0, 0.012))
            spin = float(rng.normal(0, 0.02)) if rng.random() < 0.5 else 0.0
            velocity = (speed * float(np.sin(heading)), 0.0, speed * float(np.cos(heading)))
            motions.append(
                Motion(names, _vec(np.array(velocity)), _vec(np.array([0, spin, 0])), _vec(places[names[0]]))
            )
    return tuple(motions)


def _vec(v: np.ndarray) -> Vec3:
    x, y, z = (round(float(c), 9) + 0.0 for c in v)
    return (x, y, z)
