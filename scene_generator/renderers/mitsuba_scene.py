"""A SceneSpec as a Mitsuba scene.

Materials are mapped to Mitsuba's `principled` BSDF by `scene_generator.mtlx.mapping.principled`, whose error against
`standard_surface` is measured in docs/materialx.md. Bump goes through a `normalmap` wrapper.

Scenes differ in data only, never in the kinds of plug-ins or in numbers that Dr.Jit writes into the code, so that many
of them share one compiled kernel: every material has all textures; lights are meshes, because the matrix of Mitsuba's
`rectangle` becomes part of the kernel; and the count of shapes, which sets the offsets of the kernel's call tables, is
filled up to a multiple of `BUCKET` with single triangles far below the scene.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from scene_generator.mtlx.mapping import Points, principled
from scene_generator.renderers.geometry import Group
from scene_generator.shapes.mesh import Mesh, grid
from scene_generator.spec import Camera, QuadLight, SceneSpec

BUCKET = 16
"""Materials are filled up to a multiple of this many."""


def scene(mi: Any, spec: SceneSpec, parts: list[Group], environment: np.ndarray) -> Any:
    """Return the loaded scene without a sensor. Shapes are named g000.. for `parts`, z000.. for lights.

    Args:
        environment: (H, 2 H, 3) float32 radiance, layout of `sky.directions`.
    """
    contents: dict[str, Any] = {"type": "scene"}
    for k, part in enumerate(parts):
        contents[f"g{k:03d}"] = _group(mi, f"g{k:03d}", part)
    for k in range(-len(parts) % BUCKET):
        contents[f"p{k:03d}"] = _group(mi, f"p{k:03d}", _unseen(parts[0]))
    for k, light in enumerate(spec.lights):
        contents[f"z{k:03d}"] = _light(mi, f"z{k:03d}", light)
    contents["sky"] = {"type": "envmap", "bitmap": mi.Bitmap(np.ascontiguousarray(environment))}
    return mi.load_dict(contents, parallel=False)


def sensor(mi: Any, camera: Camera, width: int, height: int, sampler: dict[str, Any], *, lens: bool) -> Any:
    """Return a loaded sensor with a box filter: each pixel is the mean of its own samples.

    Args:
        lens: a thin lens with the camera's opening, for the beauty; otherwise a pinhole, for data passes. A beauty
            without depth of field has a lens of a micrometre, so that all beauties share one kernel.
    """
    world = np.asarray(camera.to_world, np.float64).reshape(4, 4)
    fov = 2 * np.degrees(np.arctan(camera.horizontal_aperture_mm / (2 * camera.focal_length_mm)))
    film = {
        "type": "hdrfilm",
        "width": width,
        "height": height,
        "pixel_format": "rgba",
        "component_format": "float32",
        "rfilter": {"type": "box"},
    }
    opening: dict[str, Any] = {"type": "perspective"}
    if lens:
        radius = 5e-4 * camera.focal_length_mm / camera.f_number if camera.f_number > 0 else 1e-6
        opening = {"type": "thinlens", "aperture_radius": radius, "focus_distance": camera.focus_distance}
    return mi.load_dict(
        {
            **opening,
            "fov": float(fov),
            "fov_axis": "x",
            "near_clip": 0.01,
            "far_clip": 1000.0,
            # Mitsuba's cameras look along +Z with +X to the left.
            "to_world": mi.ScalarTransform4f(world @ np.diag([-1.0, 1.0, -1.0, 1.0])),
            "film": film,
            "sampler": sampler,
        }
    )


def _group(mi: Any, name: str, part: Group) -> Any:
    maps = part.maps
    points = Points(maps.base_color, maps.roughness, maps.metalness, part.material.specular)
    surface = principled(points, lambda values: _texture(mi, values))
    bsdf = {"type": "normalmap", "normalmap": _texture(mi, maps.normal * 0.5 + 0.5), "bsdf": surface}
    properties = mi.Properties()
    properties["bsdf"] = mi.load_dict(bsdf)
    return _mesh(mi, name, part.mesh, part.mesh.uvs * np.asarray(part.material.repeat, np.float32), properties)


def _unseen(like: Group) -> Group:
    corners = np.array([[0, -5000, 0], [1, -5000, 0], [0, -5000, 1]], np.float32)
    up = np.broadcast_to(np.array([0, 1, 0], np.float32), (3, 3))
    mesh = Mesh(corners, up, corners[:, [0, 2]], np.array([[0, 2, 1]], np.uint32))
    return dataclasses.replace(like, mesh=mesh)


def _light(mi: Any, name: str, light: QuadLight) -> Any:
    m = np.asarray(light.to_world, np.float64).reshape(4, 4)
    corners = np.array([[[-1, -1, 0, 1], [1, -1, 0, 1]], [[-1, 1, 0, 1], [1, 1, 0, 1]]], np.float64) @ m.T
    quad = grid(corners[..., :3], np.broadcast_to(m[:3, 2], (2, 2, 3)), np.zeros((2, 2, 2)))
    properties = mi.Properties()
    radiance = {"type": "rgb", "value": [float(c) for c in light.radiance]}
    properties["emitter"] = mi.load_dict({"type": "area", "radiance": radiance})
    properties["bsdf"] = mi.load_dict({"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.0}})
    return _mesh(mi, name, quad, quad.uvs, properties)


def _mesh(mi: Any, name: str, mesh: Mesh, uvs: np.ndarray, properties: Any) -> Any:
    loaded = mi.Mesh(
        name, len(mesh.positions), len(mesh.faces), has_vertex_normals=True, has_vertex_texcoords=True, props=properties
    )
    fields = mi.traverse(loaded)
    fields["vertex_positions"] = np.ascontiguousarray(mesh.positions, np.float32).ravel()
    fields["vertex_normals"] = np.ascontiguousarray(mesh.normals, np.float32).ravel()
    fields["vertex_texcoords"] = np.ascontiguousarray(uvs, np.float32).ravel()
    fields["faces"] = np.ascontiguousarray(mesh.faces, np.uint32).ravel()
    fields.update()
    return loaded


def _texture(mi: Any, values: np.ndarray) -> dict[str, Any]:
    bitmap = mi.Bitmap(np.ascontiguousarray(values, np.float32))
    return {"type": "bitmap", "bitmap": bitmap, "raw": True, "filter_type": "bilinear", "wrap_mode": "repeat"}
