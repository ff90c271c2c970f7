"""A user's meshes come out clean, outward, at 1 m, smooth where they should be and textured in metres."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadInput, MissingPart
from scene_generator.asset_files import meshes
from scene_generator.asset_files.meshes import read_mesh
from scene_generator.shapes.mesh import Mesh

trimesh = pytest.importorskip("trimesh")

CUBE = """
v -1 -1 -1
v 1 -1 -1
v 1 1 -1
v -1 1 -1
v -1 -1 1
v 1 -1 1
v 1 1 1
v -1 1 1
f 4 3 2 1
f 5 6 7 8
f 1 2 6 5
f 3 4 8 7
f 2 3 7 6
f 1 5 8 4
"""
SHARED = Path(os.environ.get("PLATELIGHT_SHARED", "../shared")) / "data" / "meshes"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def obj(positions: np.ndarray, faces: np.ndarray, uvs: np.ndarray | None = None) -> str:
    lines = [f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in positions]
    if uvs is not None:
        lines += [f"vt {u:.9g} {v:.9g}" for u, v in uvs]
    for face in np.asarray(faces) + 1:
        lines.append("f " + " ".join(f"{i}/{i}" if uvs is not None else f"{i}" for i in face))
    return "\n".join(lines)


def facing(mesh: Mesh) -> np.ndarray:
    """Unit normals of the triangles by their winding, (F, 3)."""
    a, b, c = (mesh.positions[mesh.faces[:, i]].astype(np.float64) for i in range(3))
    n = np.cross(b - a, c - a)
    return np.asarray(n / np.linalg.norm(n, axis=1, keepdims=True))


def check(mesh: Mesh) -> None:
    """Assert what every mesh promises, except for which way is out."""
    low, high = mesh.positions.min(axis=0), mesh.positions.max(axis=0)
    assert (high - low).max() == pytest.approx(1.0, abs=1e-5)
    assert low[1] == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose((low + high)[[0, 2]], 0.0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-5)
    assert (mesh.positions.dtype, mesh.normals.dtype, mesh.uvs.dtype) == (np.float32,) * 3
    assert mesh.faces.dtype == np.uint32
    assert ((mesh.normals[mesh.faces] * facing(mesh)[:, None]).sum(axis=2) > -0.05).all()


def metres_per_uv(mesh: Mesh) -> np.ndarray:
    """Square root of surface over chart area of each triangle, (F,); positive means not mirrored."""
    a, b, c = (mesh.positions[mesh.faces[:, i]] for i in range(3))
    s, t = (mesh.uvs[mesh.faces[:, i]] - mesh.uvs[mesh.faces[:, 0]] for i in (1, 2))
    chart = s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return np.asarray(np.sign(chart) * np.sqrt(area / np.maximum(np.abs(chart), 1e-12)))


def test_a_bare_cube_gets_sharp_edges_and_box_coordinates(tmp_path: Path) -> None:
    mesh = read_mesh(written(tmp_path, "cube.obj", CUBE))
    check(mesh)
    assert len(mesh.faces) == 12
    assert len(mesh.positions) == 24
    np.testing.assert_allclose(mesh.normals[mesh.faces], np.repeat(facing(mesh)[:, None], 3, 1), atol=1e-6)
    assert (facing(mesh) * (mesh.positions[mesh.faces].mean(axis=1) - [0, 0.5, 0])).sum(axis=1).min() > 0
    np.testing.assert_allclose(metres_per_uv(mesh), 1.0, rtol=1e-4)
    side = np.abs(mesh.normals[:, 1]) < 0.5
    np.testing.assert_allclose(mesh.uvs[side, 1], mesh.positions[side, 1], atol=1e-6)  # v is up on the sides


@pytest.mark.parametrize("kind", ["ply", "stl", "off", "obj", "glb"])
def test_an_inside_out_sphere_is_turned_and_smooth(tmp_path: Path, kind: str) -> None:
    sphere = trimesh.creation.icosphere(subdivisions=3)
    path = tmp_path / f"ball.{kind}"
    trimesh.Trimesh(sphere.vertices, sphere.faces[:, ::-1], process=False).export(path)
    mesh = read_mesh(path)
    check(mesh)
    out = (mesh.positions - [0, 0.5, 0]) * 2
    assert (facing(mesh) * out[mesh.faces].mean(axis=1)).sum(axis=1).min() > 0.9
    assert (mesh.normals * out).sum(axis=1).min() > np.cos(np.radians(1.5))


@pytest.mark.parametrize(("degrees", "sharp"), [(35.0, False), (45.0, True)])
def test_edges_crease_above_forty_degrees(tmp_path: Path, degrees: float, sharp: bool) -> None:
    turn = np.radians(degrees)
    points = np.array([[-1, 0, 0], [-1, 0, 1], [0, 0, 1], [0, 0, 0], [np.cos(turn), np.sin(turn), 1],
                       [np.cos(turn), np.sin(turn), 0]])  # fmt: skip
    mesh = read_mesh(written(tmp_path, "fold.obj", obj(points, np.array([[0, 1, 2, 3], [3, 2, 4, 5]]))))
    check(mesh)
    angle = np.degrees(np.arccos(np.clip((mesh.normals[mesh.faces] * facing(mesh)[:, None]).sum(axis=2), -1, 1)))
    assert angle.max() == pytest.approx(0.0 if sharp else degrees / 2, abs=0.1)


def test_smooth_normals_weigh_by_angle_not_by_triangles(tmp_path: Path) -> None:
    # Three mutually tilted faces around a corner; one of them is cut into many triangles.
    apex = np.array([0, 0.15, 0])
    ring = np.array([[np.cos(a), 0, -np.sin(a)] for a in np.radians([0, 120, 240])])
    extra = [ring[0] * (1 - t) + ring[1] * t for t in (0.1, 0.2, 0.3, 0.4)]
    points = np.array([apex, ring[0], *extra, ring[1], ring[2]])
    faces = [[0, i, i + 1] for i in range(1, 6)] + [[0, 6, 7], [0, 7, 1]]
    mesh = read_mesh(written(tmp_path, "corner.obj", obj(points, np.array(faces))))
    at_apex = mesh.positions[:, 1] == mesh.positions[:, 1].max()
    np.testing.assert_allclose(mesh.normals[at_apex], [[0, 1, 0]], atol=1e-4)


def test_normals_of_the_file_are_kept(tmp_path: Path) -> None:
    text = "v -1 0 1\nv 1 0 1\nv 0 0 -1\nvn 0.6 0.8 0\nvn 0 0.8 0.6\nvn 0 1 0\nf 1//1 2//2 3//3\n"
    mesh = read_mesh(written(tmp_path, "leaf.obj", text))
    assert {tuple(np.round(n, 4)) for n in mesh.normals.tolist()} == {(0.6, 0.8, 0), (0, 0.8, 0.6), (0, 1, 0)}


def test_normals_that_contradict_a_closed_surface_are_made_anew(tmp_path: Path) -> None:
    sphere = trimesh.creation.icosphere(subdivisions=2)
    wrong = trimesh.Trimesh(sphere.vertices, sphere.faces, vertex_normals=-sphere.vertices, process=False)
    wrong.export(tmp_path / "ball.ply", vertex_normal=True)
    mesh = read_mesh(tmp_path / "ball.ply")
    assert ((mesh.positions - [0, 0.5, 0]) * mesh.normals).sum(axis=1).min() > 0.45


def test_texture_coordinates_come_in_metres(tmp_path: Path) -> None:
    points = np.array([[0, 0, 0], [4, 0, 0], [4, 2, 0], [0, 2, 0.0]])
    uvs = np.array([[0.2, 0.3], [0.3, 0.3], [0.3, 0.35], [0.2, 0.35]])
    mesh = read_mesh(written(tmp_path, "card.obj", obj(points, np.array([[0, 1, 2, 3]]), uvs)))
    np.testing.assert_allclose(metres_per_uv(mesh), 1.0, rtol=1e-4)
    np.testing.assert_allclose(np.ptp(mesh.uvs, axis=0), [1.0, 0.5], rtol=1e-4)


def test_mirrored_charts_are_unfolded_and_palette_charts_replaced(tmp_path: Path) -> None:
    points = np.array([[0, 0, 0], [4, 0, 0], [4, 2, 0], [0, 2, 0.0]])
    mirrored = np.array([[1, 0], [0, 0], [0, 0.5], [1, 0.5]])
    mesh = read_mesh(written(tmp_path, "card.obj", obj(points, np.array([[0, 1, 2, 3]]), mirrored)))
    np.testing.assert_allclose(metres_per_uv(mesh), 1.0, rtol=1e-4)
    dots = np.array([[0, 0], [1, 0], [1, 1e-3], [0.5, 0.9]])
    mesh = read_mesh(written(tmp_path, "dots.obj", obj(points, np.array([[0, 1, 2], [0, 2, 3]]), dots)))
    np.testing.assert_allclose(mesh.uvs, mesh.positions[:, :2], atol=1e-5)


def test_a_glb_scene_is_joined_with_its_transforms(tmp_path: Path) -> None:
    box = trimesh.creation.box((1, 1, 1))
    scene = trimesh.Scene()
    scene.add_geometry(box, transform=trimesh.transformations.translation_matrix([0, 0.5, 0]))
    mirror = np.diag([-1.0, 2.0, 1.0, 1.0])
    mirror[:3, 3] = [3, 1, 0]
    scene.add_geometry(box, transform=mirror)
    path = tmp_path / "pair.glb"
    scene.export(path)
    mesh = read_mesh(path)
    check(mesh)
    np.testing.assert_allclose(np.ptp(mesh.positions, axis=0), [1.0, 0.5, 0.25], atol=1e-5)
    for side in (-1, 1):
        near = np.sign(mesh.positions[mesh.faces].mean(axis=1)[:, 0]) == side
        middle = mesh.positions[mesh.faces[near]].mean(axis=(0, 1))
        assert ((mesh.positions[mesh.faces[near]].mean(axis=1) - middle) * facing(mesh)[near]).sum(axis=1).min() > 0


@pytest.mark.parametrize("with_normals", [False, True])
def test_normals_follow_mirrors_and_uneven_scales(tmp_path: Path, with_normals: bool) -> None:
    slope = trimesh.Trimesh(
        [[0, 0, 1], [1, 0, 1], [1, 1, 0], [0, 1, 0]],
        [[0, 1, 2], [0, 2, 3]],
        vertex_normals=np.tile(np.array([0, 1, 1]) / np.sqrt(2), (4, 1)) if with_normals else None,
        process=False,
    )
    scene = trimesh.Scene()
    scene.add_geometry(slope, transform=np.diag([-1.0, 3.0, 1.0, 1.0]))
    (tmp_path / "slope.glb").write_bytes(trimesh.exchange.gltf.export_glb(scene, include_normals=with_normals))
    mesh = read_mesh(tmp_path / "slope.glb")
    check(mesh)
    np.testing.assert_allclose(mesh.normals, np.tile(np.array([0, 1, 3]) / np.sqrt(10), (4, 1)), atol=1e-5)


def test_glb_texture_coordinates_count_upwards(tmp_path: Path) -> None:
    card = trimesh.Trimesh(
        [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]],
        [[0, 1, 2], [0, 2, 3]],
        process=False,
        visual=trimesh.visual.TextureVisuals(uv=[[0, 0], [1, 0], [1, 1], [0, 1]]),
    )
    card.export(tmp_path / "card.glb")
    mesh = read_mesh(tmp_path / "card.glb")
    np.testing.assert_allclose(mesh.uvs - mesh.uvs.min(axis=0), mesh.positions[:, :2] + [0.5, 0], atol=1e-5)


def test_z_up_stands_up(tmp_path: Path) -> None:
    tower = trimesh.creation.cone(radius=0.5, height=4)
    tower.export(tmp_path / "tower.stl")
    mesh = read_mesh(tmp_path / "tower.stl", up="Z")
    check(mesh)
    assert np.ptp(mesh.positions, axis=0)[1] == pytest.approx(1.0)
    top = mesh.positions[:, 1] > 0.99
    np.testing.assert_allclose(mesh.positions[top][:, [0, 2]], 0.0, atol=1e-5)


def test_triangles_without_area_go(tmp_path: Path) -> None:
    mesh = read_mesh(written(tmp_path, "cube.obj", CUBE + "f 1 2 2\nf 1 1 1\n"))
    assert len(mesh.faces) == 12


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no triangles"),
        ("v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n", "one place"),
        ("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", "area"),
        ("v 0 0 0\nv 1 nan 0\nv 0 1 0\nf 1 2 3\n", "finite"),
        (CUBE.replace("f 5 6 7 8", "f 8 7 6 5"), "opposite ways"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadInput, match=rf"bad\.obj.*{why}"):
        read_mesh(written(tmp_path, "bad.obj", text))


@pytest.mark.parametrize("name", ["bad.glb", "bad.gltf", "bad.ply", "bad.stl"])
def test_noise_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bytes(range(7, 107)))
    with pytest.raises(BadInput, match=rf"{name}.*(export|take)"):
        read_mesh(tmp_path / name)


def test_too_many_triangles_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meshes, "MAX_TRIANGLES", 11)
    with pytest.raises(BadInput, match=r"cube\.obj.* 12 triangles"):
        read_mesh(written(tmp_path, "cube.obj", CUBE))


def test_a_missing_reader_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trimesh", None)
    with pytest.raises(MissingPart, match=r"trimesh.*platelight\[render\]"):
        read_mesh(written(tmp_path, "cube.obj", CUBE))


def draco_glb(path: Path, points: np.ndarray, faces: np.ndarray, extension: str) -> None:
    draco = pytest.importorskip("DracoPy")
    packed = draco.encode(points.astype(np.float32), faces.astype(np.uint32), quantization_bits=14)
    packed += b"\0" * (-len(packed) % 4)
    decoded = draco.decode(packed)
    position = next(a["unique_id"] for a in decoded.attributes if a["attribute_type"] == draco.AttributeType.POSITION)
    order = np.asarray(decoded.points)
    tree: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "extensionsUsed": [extension],
        "extensionsRequired": [extension],
        "buffers": [{"byteLength": len(packed)}],
        "bufferViews": [{"buffer": 0, "byteLength": len(packed)}],
        "accessors": [
            {"type": "SCALAR", "componentType": 5125, "count": faces.size},
            {"type": "VEC3", "componentType": 5126, "count": len(order)},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 1}, "indices": 0, "extensions": {
            extension: {"bufferView": 0, "attributes": {"POSITION": position}}}}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }  # fmt: skip
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    chunks = len(text).to_bytes(4, "little") + b"JSON" + text + len(packed).to_bytes(4, "little") + b"BIN\0" + packed
    path.write_bytes(b"glTF" + (2).to_bytes(4, "little") + (12 + len(chunks)).to_bytes(4, "little") + chunks)


def test_draco_is_unpacked_and_meshopt_refused(tmp_path: Path) -> None:
    sphere = trimesh.creation.icosphere(subdivisions=2)
    draco_glb(tmp_path / "ball.glb", sphere.vertices, sphere.faces, "KHR_draco_mesh_compression")
    mesh = read_mesh(tmp_path / "ball.glb")
    check(mesh)
    assert len(mesh.faces) == len(sphere.faces)
    np.testing.assert_allclose(np.linalg.norm(mesh.positions - [0, 0.5, 0], axis=1), 0.5, atol=1e-3)
    draco_glb(tmp_path / "other.glb", sphere.vertices, sphere.faces, "EXT_meshopt_compression")
    with pytest.raises(BadInput, match=r"other\.glb.*EXT_meshopt_compression"):
        read_mesh(tmp_path / "other.glb")


@pytest.mark.parametrize("name", ["pmndrs_bunny.glb", "pmndrs_pmndrs.glb", "pmndrs_suzi.glb", "spot.obj"])
def test_real_meshes(name: str) -> None:
    if not (SHARED / name).is_file():
        pytest.skip("the shared meshes are not here")
    mesh = read_mesh(SHARED / name)
    check(mesh)
    # Far more of what looks at a point outside does so with its front: seen from all around, fronts hide backs.
    away = mesh.positions[mesh.faces].mean(axis=1) - mesh.positions.mean(axis=0)
    assert ((facing(mesh) * away).sum(axis=1) > 0).mean() > 0.6
