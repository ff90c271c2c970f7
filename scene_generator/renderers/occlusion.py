"""Ambient occlusion by short rays: how much of the hemisphere over a point is open within a radius."""

from __future__ import annotations

from typing import Any

import numpy as np


def directions(normal: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """Return (N, samples, 3) cosine-weighted unit directions about (N, 3) unit normals.

    Stratified in azimuth and radius with one random rotation a point; Malley's method (project a disc upward).
    """
    rng = np.random.default_rng(seed)
    count = len(normal)
    k = (np.arange(samples) + 0.5) / samples
    spin = rng.random((count, 1))
    # The golden ratio spreads azimuths evenly for any number of samples.
    azimuth = 2 * np.pi * ((np.arange(samples) * 0.6180339887498949)[None] + spin)
    radius = np.sqrt((k[None] + rng.random((count, 1))) % 1.0)
    helper = np.where(np.abs(normal[:, :1]) > 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    s = np.cross(normal, helper)
    s /= np.maximum(np.linalg.norm(s, axis=1, keepdims=True), 1e-9)
    t = np.cross(normal, s)
    x, y = radius * np.cos(azimuth), radius * np.sin(azimuth)
    z = np.sqrt(np.maximum(1 - radius**2, 1e-6))
    out = x[..., None] * s[:, None] + y[..., None] * t[:, None] + z[..., None] * normal[:, None]
    values: np.ndarray = out.astype(np.float32)
    return values


def openness(
    mi: Any, scene: Any, position: np.ndarray, normal: np.ndarray, radius: float, samples: int, seed: int
) -> np.ndarray:
    """Return the open share of the hemisphere at each point, (H, W, 1) float32 in 0..1.

    Args:
        position, normal: (H, W, 3) world; points with a zero normal come out as 1.
        radius: metres beyond which nothing occludes.
    """
    h, w = position.shape[:2]
    there = np.flatnonzero(np.abs(normal).sum(-1).ravel() > 0)
    result = np.ones(h * w, np.float32)
    if len(there):
        n = normal.reshape(-1, 3)[there]
        away = directions(n, samples, seed)
        # Leave the surface by a margin that grows with the coordinates, as their float precision shrinks.
        p = position.reshape(-1, 3)[there]
        start = p + n * (1e-4 * (1 + np.abs(p).max(axis=1, keepdims=True)))
        blocked = _blocked(mi, scene, np.repeat(start, samples, 0), away.reshape(-1, 3), radius)
        result[there] = 1 - blocked.reshape(-1, samples).mean(1)
    return result.reshape(h, w, 1)


def _blocked(mi: Any, scene: Any, origin: np.ndarray, direction: np.ndarray, radius: float) -> np.ndarray:
    origin, direction = origin.astype(np.float32), direction.astype(np.float32)
    if mi.variant().startswith("scalar"):
        hits = [
            scene.ray_test(mi.Ray3f(o, d, maxt=radius, time=0.0, wavelengths=[]))
            for o, d in zip(origin.tolist(), direction.tolist(), strict=True)
        ]
        return np.array(hits, np.float32)
    ray = mi.Ray3f(mi.Point3f(*origin.T.copy()), mi.Vector3f(*direction.T.copy()))
    ray.maxt = mi.Float(np.full(len(origin), radius, np.float32))
    return np.array(scene.ray_test(ray)).astype(np.float32)
