"""A user's mesh files: OBJ, glTF (also compressed by Draco), PLY, STL and OFF, read through `trimesh`."""

from __future__ import annotations

import base64
import importlib
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput, MissingPart, PlatelightError
from scene_generator.asset_files.surface import CREASE_DEGREES, Piece, WindingError, surface
from scene_generator.shapes.mesh import Mesh
from worker_link.json_text import parse_json

__all__ = ["CREASE_DEGREES", "ENDINGS", "MAX_TRIANGLES", "mesh_files", "read_mesh"]

ENDINGS = (".obj", ".glb", ".gltf", ".ply", ".stl", ".off")
MAX_TRIANGLES = 200_000
"""Above it a mesh is refused: a few such meshes would fill a worker's memory."""

_DRACO = "KHR_draco_mesh_compression"
_MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")
_INLINE = "data:application/octet-stream;base64,"
_GLB_MAGIC, _JSON_CHUNK = b"glTF", b"JSON"


def read_mesh(path: Path, up: str = "Y") -> Mesh:
    """Read all triangles of a file, its scene's transforms applied, made ready as `asset_surface.surface` says.

    Args:
        path: the file; its ending tells its kind.
        up: which axis of the file points up, `Y` or `Z`.

    Returns:
        The mesh: largest side 1 m, standing on y = 0, centred in x and z; outward unit normals; texture coordinates in
        metres of surface. Materials and vertex colours of the file are not read.

    Raises:
        BadInput: it cannot be read, has no triangles, more than `MAX_TRIANGLES`, numbers that are not finite, or
            triangles that turn in opposite ways.
        MissingPart: `trimesh`, or `DracoPy` for a compressed glTF, is not installed.
    """
    pieces = _pieces(path)
    count = sum(len(piece.faces) for piece in pieces)
    if not count:
        raise BadInput(f"{path}: has no triangles; export it as a polygon mesh or take it away")
    if count > MAX_TRIANGLES:
        raise BadInput(
            f"{path}: has {count} triangles, more than {MAX_TRIANGLES}; reduce it (Decimate in Blender, Reduce in Maya)"
        )
    if any(
        len(piece.faces) and not 0 <= piece.faces.min() <= piece.faces.max() < len(piece.positions) for piece in pieces
    ):
        raise BadInput(f"{path}: has triangles of points that are not there; export it again")
    if not all(np.isfinite(piece.positions).all() for piece in pieces):
        raise BadInput(f"{path}: has points that are not finite numbers; export it again")
    if up == "Z":
        pieces = [_upright(piece) for piece in pieces]
    try:
        return surface(pieces)
    except WindingError as error:
        raise BadInput(
            f"{path}: {error}, so that inside and outside cannot be told; unify its normals (Recalculate Outside in "
            "Blender, Conform in Maya) or export it with vertex normals"
        ) from error
    except ValueError as error:
        raise BadInput(f"{path}: {error}; export it again or take it away") from error


def mesh_files(path: Path) -> tuple[Path, ...]:
    """Return the file and the buffers that it needs beside it (`.gltf`), in order.

    Raises:
        BadInput: the JSON of a `.gltf` cannot be read, or one of its buffers is not there.
    """
    if path.suffix.lower() != ".gltf":
        return (path,)
    files = (_buffer_file(path, buffer) for buffer in _buffers(path, _tree(path, path.read_bytes())))
    return (path, *(file for file in files if file is not None))


def _buffers(path: Path, tree: dict[str, Any]) -> list[dict[str, Any]]:
    buffers = tree.get("buffers", [])
    if not isinstance(buffers, list) or not all(
        isinstance(buffer, dict) and isinstance(buffer.get("uri", ""), str) for buffer in buffers
    ):
        raise BadInput(f"{path}: cannot be read as glTF (its buffers are no list of buffers); export it again")
    return buffers


def _buffer_file(path: Path, buffer: dict[str, Any]) -> Path | None:
    """The file of a buffer that lies beside the mesh: a mesh from somebody else reads nothing but its own."""
    name: str = buffer.get("uri", "")
    if not name or (name.startswith("data:") and ";base64," in name):
        return None
    if path.suffix.lower() == ".glb" or name != name.strip() or ".." in name.split("/") or name.startswith("/"):
        raise BadInput(f"{path}: wants the buffer {name[:200]!r}, which is not beside it; export it as one .glb")
    if set(name) & set(":\\\0"):
        raise BadInput(f"{path}: wants the buffer {name[:200]!r}, which is not beside it; export it as one .glb")
    file = path.parent / name
    if not file.is_file():
        raise BadInput(f"{path}: its buffer {file.name} is not beside it; copy it there or export as .glb")
    return file


def _pieces(path: Path) -> list[Piece]:
    trimesh = _module("trimesh", "meshes of yours")
    kind = path.suffix.lower()[1:]
    data = path.read_bytes()
    try:
        if kind in ("glb", "gltf"):
            data = _plain_gltf(path, data)
        # Without a resolver nothing that a mesh names is looked for.
        scene = trimesh.load_scene(io.BytesIO(data), file_type=kind, process=False, skip_materials=True)
        return [
            _piece(np.asarray(matrix, np.float64), scene.geometry[name])
            for matrix, name in (scene.graph[node] for node in sorted(scene.graph.nodes_geometry))
            if isinstance(scene.geometry[name], trimesh.Trimesh)
        ]
    except PlatelightError:
        raise
    except MemoryError as error:
        raise BadInput(f"{path}: needs more memory than there is; reduce it or export it again") from error
    except Exception as error:  # every reader of trimesh fails in its own way
        raise BadInput(
            f"{path}: cannot be read as {kind.upper()} ({error!r}); export it again, best as .glb"
        ) from error


def _piece(matrix: np.ndarray, mesh: Any) -> Piece:
    attributes = mesh.vertex_attributes
    normals, uvs = attributes.get("_NORMAL"), attributes.get("_UV")
    if uvs is not None:
        uvs = np.stack([uvs[:, 0], 1.0 - np.asarray(uvs[:, 1], np.float64)], axis=1)  # glTF counts v downwards
    elif getattr(mesh.visual, "uv", None) is not None:
        uvs = np.asarray(mesh.visual.uv, np.float64)[:, :2]
    # trimesh computes vertex normals when asked for them; only those of the file are in its cache unasked.
    if normals is None and "vertex_normals" in mesh._cache:
        normals = mesh.vertex_normals
    count = len(mesh.vertices)
    positions = np.asarray(mesh.vertices, np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    faces = np.asarray(mesh.faces, np.int64).reshape(-1, 3)
    if np.linalg.det(matrix[:3, :3]) < 0:
        faces = faces[:, [0, 2, 1]]  # a mirrored copy
    if normals is not None and len(normals) == count:
        # Cofactors: the inverse transpose up to a positive or negative factor, also where there is no inverse.
        m = matrix[:3, :3]
        cofactors = np.stack([np.cross(m[1], m[2]), np.cross(m[2], m[0]), np.cross(m[0], m[1])])
        normals = np.asarray(normals, np.float64) @ cofactors.T * (-1.0 if np.linalg.det(m) < 0 else 1.0)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    else:
        normals = None
    return Piece(positions, faces, normals, uvs if uvs is not None and len(uvs) == count else None)


def _upright(piece: Piece) -> Piece:
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    normals = None if piece.normals is None else piece.normals @ turn.T
    return Piece(piece.positions @ turn.T, piece.faces, normals, piece.uvs)


def _plain_gltf(path: Path, data: bytes) -> bytes:
    # Materials and pictures go, so that none has to be decoded; normals and texture coordinates travel as custom
    # attributes, which trimesh hands over as they are, also where a part has no material.
    tree = _tree(path, data)
    needed = set(tree.get("extensionsRequired", []))
    for name in needed & set(_MESHOPT):
        raise BadInput(f"{path}: is compressed with {name}, which cannot be read; export it without (gltfpack -noq)")
    if _DRACO in needed | set(tree.get("extensionsUsed", [])):
        _teach_draco(path)
    for mesh in tree.get("meshes", []):
        for primitive in mesh.get("primitives", []):
            primitive.pop("material", None)
            attributes = primitive.get("attributes", {})
            for wanted, name in (("NORMAL", "_NORMAL"), ("TEXCOORD_0", "_UV")):
                if wanted in attributes:
                    attributes[name] = attributes[wanted]
            attributes.pop("COLOR_0", None)
    for name in ("materials", "textures", "images", "samplers", "animations", "skins"):
        tree.pop(name, None)
    for buffer in _buffers(path, tree):
        file = _buffer_file(path, buffer)
        if file is not None:
            buffer["uri"] = _INLINE + base64.b64encode(file.read_bytes()).decode("ascii")
    text = json.dumps(tree).encode("utf-8")
    if path.suffix.lower() == ".gltf":
        return text
    text += b" " * (-len(text) % 4)
    rest = data[20 + struct.unpack("<I", data[12:16])[0] :]
    body = struct.pack("<I4s", len(text), _JSON_CHUNK) + text + rest
    return struct.pack("<4sII", _GLB_MAGIC, 2, 12 + len(body)) + body


def _tree(path: Path, data: bytes) -> dict[str, Any]:
    try:
        if path.suffix.lower() == ".glb":
            if data[:4] != _GLB_MAGIC or data[16:20] != _JSON_CHUNK:
                raise ValueError("no glTF 2 header")
            data = data[20 : 20 + struct.unpack("<I", data[12:16])[0]]
        tree = parse_json(data)
        if not isinstance(tree, dict):
            raise ValueError("no JSON object")
        return tree
    except (ValueError, struct.error) as error:
        raise BadInput(f"{path}: cannot be read as glTF ({error}); export it again") from error


def _teach_draco(path: Path) -> None:
    draco = _module("DracoPy", f"{path.name}, which is compressed")
    extensions = importlib.import_module("trimesh.exchange.gltf.extensions")

    def unpack(context: dict[str, Any]) -> None:
        extension, accessors = context["data"], context["accessors"]
        primitive = context["primitive"]
        mesh = draco.decode(bytes(context["views"][extension["bufferView"]]))
        by_id = {attribute["unique_id"]: attribute["data"] for attribute in mesh.attributes}
        accessors[primitive["indices"]] = np.asarray(mesh.faces)
        for name, number in extension["attributes"].items():
            if name in primitive["attributes"]:
                accessors[primitive["attributes"][name]] = np.asarray(by_id[number])

    extensions.register_handler(_DRACO, scope="primitive_preprocess")(unpack)


def _module(name: str, purpose: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingPart(f"{name} is needed for {purpose}; pip install 'platelight[render]'") from error
