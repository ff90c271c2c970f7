"""Renders exported scenes with Blender's Cycles: runs in a Python that has `bpy`, and needs nothing of Platelight.

    PYTHON benchmarks/cycles/render_cycles.py JOB.json

The job is what `compare.py` writes. Each scene's beauty and normal pass go to a multi-layer EXR, and the processor
seconds of each (user and system, all threads of this process) to the job's result file.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

UP = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64)
"""From our world (+Y up) to Blender's (+Z up)."""


def main() -> None:
    """Render every scene small once, so that nothing is loaded for the first time while it counts; then as asked."""
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    bpy: Any = importlib.import_module("bpy")
    rows = []
    for size in (32, job["size"]):
        for scene in job["scenes"]:
            arrays = dict(np.load(scene["arrays"]))
            before = time.process_time()
            built = build(bpy, arrays, job)
            middle = time.process_time()
            built.render.resolution_x = built.render.resolution_y = size
            built.render.filepath = scene["cycles"]
            bpy.ops.render.render(write_still=True)
            after = time.process_time()
            if size == job["size"]:
                rows.append({"index": scene["index"], "data blocks": middle - before, "render": after - middle})
    result = {"version": f"Cycles of Blender {bpy.app.version_string}", "rows": rows}
    Path(job["result"]).write_text(json.dumps(result), "utf-8")


def build(bpy: Any, arrays: dict[str, np.ndarray], job: dict[str, Any]) -> Any:
    """Return a new Blender scene that holds `arrays` (see `scene_arrays.py`), ready to be rendered."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    _settings(scene, job)
    for k in range(int(arrays["count"])):
        part = {name.partition(".")[2]: value for name, value in arrays.items() if name.startswith(f"{k}.")}
        mesh = _mesh(bpy, f"mesh{k}", part)
        mesh.materials.append(_material(bpy, f"material{k}", part))
        scene.collection.objects.link(bpy.data.objects.new(f"part{k}", mesh))
    for k, (matrix, radiance) in enumerate(zip(arrays["lights"], arrays["radiance"], strict=True)):
        scene.collection.objects.link(_light(bpy, f"light{k}", matrix, radiance))
        scene.collection.objects.link(_lamp(bpy, f"lamp{k}", matrix))
    scene.world = _world(bpy, arrays["sky"])
    scene.camera = _camera(bpy, arrays["camera"], arrays["lens"])
    scene.collection.objects.link(scene.camera)
    return scene


def _settings(scene: Any, job: dict[str, Any]) -> None:
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = job["samples"]
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_prefilter = "FAST"
    # What Cycles calls a bounce comes after the first surface.
    cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = job["bounces"] - 1
    cycles.sample_clamp_indirect = 0
    cycles.caustics_reflective = True
    cycles.pixel_filter_type = "BOX"
    scene.render.threads_mode = "FIXED"
    scene.render.threads = 1
    scene.render.resolution_percentage = 100
    scene.view_layers[0].use_pass_normal = True
    stored = scene.render.image_settings
    stored.file_format = "OPEN_EXR_MULTILAYER"
    stored.color_depth = "16"
    stored.exr_codec = "ZIP"


def _mesh(bpy: Any, name: str, part: dict[str, np.ndarray]) -> Any:
    turn = UP.T.astype(np.float32)
    faces = part["faces"].astype(np.int32)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(part["positions"]))
    mesh.vertices.foreach_set("co", (part["positions"].astype(np.float32) @ turn).ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", faces.ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
    layer = mesh.uv_layers.new(name="uv")
    layer.uv.foreach_set("vector", part["uvs"].astype(np.float32)[faces.ravel()].ravel())
    mesh.update()
    mesh.normals_split_custom_set_from_vertices(part["normals"].astype(np.float32) @ turn)
    return mesh


def _material(bpy: Any, name: str, part: dict[str, np.ndarray]) -> Any:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    surface = tree.nodes["Principled BSDF"]
    for field, socket in (("base_color", "Base Color"), ("roughness", "Roughness"), ("metalness", "Metallic")):
        node = _texture(bpy, tree, f"{name}.{field}", part[field])
        tree.links.new(node.outputs["Color"], surface.inputs[socket])
    # 0.5 stands for an index of 1.5 there.
    surface.inputs["Specular IOR Level"].default_value = 0.5 * float(part["specular"])
    relief = tree.nodes.new("ShaderNodeNormalMap")
    relief.uv_map = "uv"
    node = _texture(bpy, tree, f"{name}.normal", part["normal"] * 0.5 + 0.5)
    tree.links.new(node.outputs["Color"], relief.inputs["Color"])
    tree.links.new(relief.outputs["Normal"], surface.inputs["Normal"])
    return material


def _texture(bpy: Any, tree: Any, name: str, values: np.ndarray) -> Any:
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = _image(bpy, name, values)  # Blender's first row is the lowest as well
    node.interpolation = "Linear"
    node.extension = "REPEAT"
    return node


def _image(bpy: Any, name: str, values: np.ndarray) -> Any:
    wide = values if values.ndim == 3 else values[..., None]
    rgba = np.ones((*wide.shape[:2], 4), np.float32)
    rgba[..., :3] = wide
    image = bpy.data.images.new(name, wide.shape[1], wide.shape[0], alpha=False, float_buffer=True)
    image.colorspace_settings.name = "Non-Color"
    image.pixels.foreach_set(rgba.ravel())
    image.update()
    return image


def _light(bpy: Any, name: str, matrix: np.ndarray, radiance: np.ndarray) -> Any:
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    data = bpy.data.lights.new(name, "AREA")
    data.shape = "RECTANGLE"
    data.size, data.size_y = 2 * lengths[0], 2 * lengths[1]
    brightest = float(radiance.max()) or 1.0
    data.color = radiance / brightest
    # Blender wants watts: of a Lambertian emitter that is pi times radiance times area.
    data.energy = brightest * math.pi * 4 * lengths[0] * lengths[1]
    thing = bpy.data.objects.new(name, data)
    turned = matrix.copy()
    turned[:3, :3] /= lengths
    turned[:3, [0, 2]] *= -1  # its area lights shine along -Z
    thing.matrix_world = _matrix(turned)
    return thing


def lamp_corners(matrix: np.ndarray) -> np.ndarray:
    """Return the corners of a light's body in our world, (4, 3): a millimetre behind what shines, seen from its +Z.

    Blender's area lights let all other light through; ours hide what is behind them, sky above all.
    """
    corners = np.array([[-1, -1, 0, 1], [1, -1, 0, 1], [1, 1, 0, 1], [-1, 1, 0, 1]], np.float64) @ matrix.T
    moved: np.ndarray = corners[:, :3] - 1e-3 * matrix[:3, 2] / np.linalg.norm(matrix[:3, 2])
    return moved


def _lamp(bpy: Any, name: str, matrix: np.ndarray) -> Any:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata((lamp_corners(matrix) @ UP.T).tolist(), [], [[0, 1, 2, 3]])
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    black = tree.nodes.new("ShaderNodeBsdfDiffuse")
    black.inputs["Color"].default_value = (0, 0, 0, 1)
    tree.links.new(black.outputs["BSDF"], tree.nodes["Material Output"].inputs["Surface"])
    mesh.materials.append(material)
    return bpy.data.objects.new(name, mesh)


def _world(bpy: Any, sky: np.ndarray) -> Any:
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    tree = world.node_tree
    node = tree.nodes.new("ShaderNodeTexEnvironment")
    # Our first row is the highest, and our columns start a quarter of a turn away from Blender's.
    node.image = _image(bpy, "sky", np.roll(sky, sky.shape[1] // 4, axis=1)[::-1])
    tree.links.new(node.outputs["Color"], tree.nodes["Background"].inputs["Color"])
    return world


def _camera(bpy: Any, matrix: np.ndarray, lens: np.ndarray) -> Any:
    data = bpy.data.cameras.new("camera")
    data.sensor_fit = "HORIZONTAL"
    data.lens, data.sensor_width = float(lens[0]), float(lens[1])
    data.clip_start, data.clip_end = 0.01, 1000.0
    thing = bpy.data.objects.new("camera", data)
    thing.matrix_world = _matrix(matrix)
    return thing


def _matrix(ours: np.ndarray) -> Any:
    turned = np.eye(4)
    turned[:3] = UP @ ours[:3]
    return importlib.import_module("mathutils").Matrix(turned.tolist())


if __name__ == "__main__":
    main()
