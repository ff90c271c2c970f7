"""Data passes from hits: one ray through every subpixel's centre, the middle one through the pixel's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.camera import PinholeCamera
from scene_generator.renderers.geometry import Group
from scene_generator.renderers.motion_vectors import motion_vectors
from scene_generator.renderers.rows import dot, unit
from scene_generator.renderers.surface import look_up
from scene_generator.spec import SceneSpec

SUBPIXELS = 3
"""Rays a pixel and axis; odd, so that one goes through the pixel's centre."""


@dataclass(frozen=True)
class Hits:
    """What a renderer's rays met, for an image `SUBPIXELS` times as wide and high, flattened row by row."""

    group: np.ndarray
    """(N,) int: index into the groups, then the lights; -1 where nothing was met."""
    triangle: np.ndarray
    """(N,) int: index of the triangle in its mesh."""
    position: np.ndarray
    """(N, 3) float32: world, metres."""


class DataPasses:
    """Computes every pass but beauty and occlusion; names and meanings as in `contract.PASSES` and `Frame`."""

    def __init__(self, spec: SceneSpec, width: int, height: int, parts: list[Group], hits: Hits) -> None:
        camera = spec.camera
        self.camera = PinholeCamera(
            width, height, camera.focal_length_mm, camera.horizontal_aperture_mm, camera.to_world
        )
        lights = np.array([np.asarray(light.to_world).reshape(4, 4)[:3, 2] for light in spec.lights]).reshape(-1, 3)
        lights = lights / np.linalg.norm(lights, axis=1, keepdims=True)
        self._size = (height, width)
        self._spec = spec
        # Every subpixel gets what is averaged over the pixel; what is read at its centre is looked up there only.
        found = look_up(parts, lights, hits.group, hits.triangle, hits.position, len(spec.objects), values=False)
        ids = self._blocks(found.object_id[:, None])[..., 0]
        middle = self._blocks(np.arange(len(hits.group))[:, None])[..., SUBPIXELS**2 // 2, 0].ravel()
        at_centre = look_up(
            parts,
            lights,
            hits.group[middle],
            hits.triangle[middle],
            hits.position[middle],
            len(spec.objects),
        )
        centre = at_centre.object_id.reshape(height, width)
        self.hit = (centre > 0)[..., None]
        self.alpha = (ids > 0).mean(-1, keepdims=True).astype(np.float32)
        self.id = centre[..., None].astype(np.float32)
        self.light_share = float((centre > len(spec.objects)).mean())

        same = (ids == centre[..., None])[..., None] & self.hit[..., None]
        view = camera_directions(self.camera, found.object_id.shape[0])
        rotation = np.asarray(camera.to_world, np.float32).reshape(4, 4)[:3, :3]
        bumped, turned = _facing(found.normal @ rotation, view)
        self.bent = float(turned[found.object_id > 0].mean()) if (found.object_id > 0).any() else 0.0
        self.backs = float((dot(found.normal_unbumped, view @ rotation.T) > 0.2).mean())
        self._rays = self.camera.directions()
        self._same, self._view, self._smooth = same, view, found.normal_unbumped
        self.normal, _ = _facing(self._mean(bumped, same), self._rays)
        self.mean_albedo = self._blocks(found.albedo).mean(2)
        self.mean_normal = self._blocks(bumped).mean(2)
        self.albedo = at_centre.albedo.reshape(height, width, 3)
        self.roughness = at_centre.roughness.reshape(height, width, 1)
        self.metalness = at_centre.metalness.reshape(height, width, 1)
        self.centre_position = hits.position[middle].reshape(height, width, 3)
        self.centre_normal = at_centre.normal_unbumped.reshape(height, width, 3)
        world = np.asarray(camera.to_world, np.float64).reshape(4, 4)
        local = (self.centre_position - world[:3, 3]) @ world[:3, :3]
        self.position = np.where(self.hit, local, 0).astype(np.float32)
        self.depth = -self.position[..., 2:3]
        seen = centre[centre > 0]
        self.largest_share = float(np.bincount(seen).max() / centre.size) if seen.size else 0.0
        self.nearest = float(self.depth[self.hit].min()) if seen.size else float("inf")

    @property
    def normal_unbumped(self) -> np.ndarray:
        """As `normal`, of the mesh without bump, (H, W, 3)."""
        rotation = np.asarray(self._spec.camera.to_world, np.float32).reshape(4, 4)[:3, :3]
        smooth, _ = _facing(self._smooth @ rotation, self._view)
        return _facing(self._mean(smooth, self._same), self._rays)[0]

    @property
    def motion_forward(self) -> np.ndarray:
        """Pixels until the next frame, (H, W, 2)."""
        ids = self.id[..., 0].astype(np.int64)
        return motion_vectors(self._spec, self.camera, 1, self.centre_position, ids)

    @property
    def motion_backward(self) -> np.ndarray:
        """Pixels to the frame before, (H, W, 2)."""
        ids = self.id[..., 0].astype(np.int64)
        return motion_vectors(self._spec, self.camera, -1, self.centre_position, ids)

    def _blocks(self, values: np.ndarray) -> np.ndarray:
        # (N, C) of subpixels -> (H, W, SUBPIXELS^2, C)
        h, w = self._size
        s = SUBPIXELS
        cut = values.reshape(h, s, w, s, -1).swapaxes(1, 2)
        return cut.reshape(h, w, s * s, -1)

    def _mean(self, directions: np.ndarray, same: np.ndarray) -> np.ndarray:
        # Averaging directions of one object antialiases bump; objects behind and beside stay out of it.
        total = np.einsum("hwsi,hws->hwi", self._blocks(directions), same[..., 0].astype(np.float32))
        length = np.sqrt(dot(total, total))
        return np.where(length > 1e-6, total / np.maximum(length, 1e-6), 0).astype(np.float32)


def camera_directions(camera: PinholeCamera, count: int) -> np.ndarray:
    """Return the unit direction of every subpixel's ray in camera space, (count, 3)."""
    fine = PinholeCamera(
        camera.width * SUBPIXELS, camera.height * SUBPIXELS, camera.focal_length_mm, camera.horizontal_aperture_mm
    )
    rays: np.ndarray = fine.directions().reshape(count, 3)
    return rays


def _facing(normal: np.ndarray, view: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bend normals that face away from the viewer back to just past grazing.

    Interpolated and bumped normals near a silhouette can point behind the surface that is seen; no visible surface
    does. n - ((n . v) + e) v has n . v = -e after normalising, up to the second order in e.
    """
    toward = dot(normal, view)
    away = toward > -0.01
    turned = away & (dot(normal, normal) > 0)
    facing = normal.astype(np.float32, copy=True)
    rows = turned[..., 0]
    facing[rows] = unit(normal[rows] - (toward[rows] + 0.012) * view[rows], 1e-6)
    return facing, rows
