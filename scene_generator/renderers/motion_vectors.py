"""Motion vectors: where the points that a frame shows were in the frame before, and where they will be in the next."""

from __future__ import annotations

import numpy as np

from core.camera import PinholeCamera
from scene_generator.motion import CAMERA, displacement
from scene_generator.spec import SceneSpec


def motion_vectors(
    spec: SceneSpec, camera: PinholeCamera, step: int, position: np.ndarray, object_id: np.ndarray
) -> np.ndarray:
    """Return how far each pixel's point moves on the film until frame `spec.frame + step`.

    Args:
        spec: a scene as `motion.at_frame` gives it, which still holds its motions.
        camera: of the image, at `spec.frame`.
        step: +1 for the next frame, -1 for the one before.
        position: (H, W, 3) world, metres, of the point at each pixel's centre.
        object_id: (H, W) int, 1 + index of the object; 0 where no surface is, which counts as infinitely far off.

    Returns:
        (H, W, 2) float32, pixels, u to the right and v up; 0 where the point leaves the camera's front half space.
    """
    here, there = _camera_at(spec, 0), _camera_at(spec, step)
    h, w = object_id.shape
    rays = camera.directions() @ here[:3, :3].T
    point = np.where((object_id > 0)[..., None], position, 0.0).astype(np.float64)
    moved = point.copy()
    names = {thing.name: i + 1 for i, thing in enumerate(spec.objects)}
    for motion in spec.motion:
        change = displacement(motion, spec.frame + step) @ np.linalg.inv(displacement(motion, spec.frame))
        ids = [names[name] for name in motion.targets if name != CAMERA]
        if ids:
            mine = np.isin(object_id, ids)
            moved[mine] = point[mine] @ change[:3, :3].T + change[:3, 3]
    seen = (object_id > 0)[..., None]
    before = _project(np.where(seen, point - here[:3, 3], rays) @ here[:3, :3], camera)
    after = _project(np.where(seen, moved - there[:3, 3], rays) @ there[:3, :3], camera)
    flow = (after - before) * [1.0, -1.0]
    vectors: np.ndarray = np.where(np.isfinite(flow).all(-1, keepdims=True), flow, 0.0).astype(np.float32)
    return vectors.reshape(h, w, 2)


def _camera_at(spec: SceneSpec, step: int) -> np.ndarray:
    place = np.asarray(spec.camera.to_world, np.float64).reshape(4, 4)
    for motion in spec.motion:
        if CAMERA in motion.targets:
            change = displacement(motion, spec.frame + step) @ np.linalg.inv(displacement(motion, spec.frame))
            place = change @ place
    return place


def _project(local: np.ndarray, camera: PinholeCamera) -> np.ndarray:
    # Camera space to pixels from the top left corner; points behind the camera become not finite.
    focal = camera.width * camera.focal_length_mm / camera.horizontal_aperture_mm
    away = np.where(local[..., 2] < -1e-6, -local[..., 2], np.nan)
    x = camera.width / 2 + focal * local[..., 0] / away
    y = camera.height / 2 - focal * local[..., 1] / away
    return np.stack([x, y], -1)
