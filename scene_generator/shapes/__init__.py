"""Meshes from a `Shape`: numpy only, metres, outward unit normals, texture coordinates in metres of surface."""

from __future__ import annotations

from scene_generator.shapes.build import KINDS, build
from scene_generator.shapes.mesh import Mesh

__all__ = ["KINDS", "Mesh", "build"]
