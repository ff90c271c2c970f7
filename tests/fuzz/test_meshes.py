"""Damaged meshes: pieces or one line that names the file, within bounded memory."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from scene_generator.asset_files.meshes import mesh_files, read_mesh
from tests.fuzz.effort import documents, fuzzed, told_well

trimesh = pytest.importorskip("trimesh")
MORE_MEMORY = 4 << 30


@pytest.fixture(autouse=True)
def bounded_memory() -> Iterator[None]:
    """Lets this process have so much more than it has, while a test runs; Linux only."""
    if not sys.platform.startswith("linux"):
        yield
        return
    import resource

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + MORE_MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


BOX = trimesh.creation.box()
SOURCES: dict[str, bytes] = {
    "obj": BOX.export(file_type="obj").encode(),
    "ply": BOX.export(file_type="ply"),
    "glb": BOX.export(file_type="glb"),
}


def read(path: Path) -> None:
    mesh_files(path)
    read_mesh(path)


@fuzzed
@given(
    kind=st.sampled_from(sorted(SOURCES)),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.binary(max_size=6)), min_size=1, max_size=5),
)
def test_damaged_meshes(tmp_path: Path, kind: str, changes: list[tuple[float, int, bytes]]) -> None:
    data = bytearray(SOURCES[kind])
    for place, gone, piece in changes:
        at = int(place * len(data))
        data[at : at + gone] = piece
    path = tmp_path / f"mesh.{kind}"
    path.write_bytes(bytes(data))
    told_well(lambda: read(path), str(path))


GLTF = {
    "asset": {"version": "2.0"},
    "scene": 0,
    "scenes": [{"nodes": [0]}],
    "nodes": [{"mesh": 0, "translation": [0.0, 1.0, 0.0]}],
    "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "mode": 4}]}],
    "accessors": [
        {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]},
        {"bufferView": 1, "componentType": 5125, "count": 3, "type": "SCALAR"},
    ],
    "bufferViews": [
        {"buffer": 0, "byteOffset": 0, "byteLength": 36},
        {"buffer": 0, "byteOffset": 36, "byteLength": 12},
    ],
    "buffers": [{"uri": "mesh.bin", "byteLength": 48}],
}
BUFFER = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0]]).tobytes() + np.uint32([0, 1, 2]).tobytes()


def test_the_gltf_that_is_damaged_is_good_before(tmp_path: Path) -> None:
    (tmp_path / "mesh.bin").write_bytes(BUFFER)
    (tmp_path / "mesh.gltf").write_text(json.dumps(GLTF))
    read(tmp_path / "mesh.gltf")


@fuzzed
@given(data=documents(GLTF))
def test_damaged_gltf(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "mesh.bin").write_bytes(BUFFER)
    path = tmp_path / "mesh.gltf"
    path.write_bytes(data)
    told_well(lambda: read(path), str(path))


@pytest.mark.parametrize(
    "name",
    [
        "../secret.bin",
        "/etc/hostname",
        "a/../../b.bin",
        "http://host/a.bin",
        "C:\\a.bin",
        " ../secret.bin",
        " /etc/hostname",
        "data:../secret.bin",
    ],
)
def test_a_gltf_reads_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mesh.gltf"
    path.write_text(json.dumps({**GLTF, "buffers": [{"uri": name, "byteLength": 48}]}))
    (tmp_path / " ..").mkdir()  # a file of the name as it is written does not open the way to the one it leads to
    (tmp_path / " ../secret.bin").write_bytes(BUFFER)
    for read_it in (mesh_files, read_mesh):
        with pytest.raises(BadInput, match="not beside it"):
            read_it(path)


@pytest.mark.parametrize("name", ["../secret.bin", "secret.bin", "/dev/zero", "data:,x"])
def test_a_glb_reads_no_other_file_at_all(tmp_path: Path, name: str) -> None:
    for folder in (tmp_path, tmp_path / "meshes"):
        folder.mkdir(exist_ok=True)
        (folder / "secret.bin").write_bytes(BUFFER)
    text = json.dumps({**GLTF, "buffers": [{"uri": name, "byteLength": 48}]}).encode()
    text += b" " * (-len(text) % 4)
    data = struct.pack("<4sII", b"glTF", 2, 20 + len(text)) + struct.pack("<I4s", len(text), b"JSON") + text
    path = tmp_path / "meshes" / "mesh.glb"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="not beside it"):
        read_mesh(path)


@pytest.mark.parametrize("index", [3, 256, 2**32 - 1])
def test_triangles_of_points_that_are_not_there_are_told(tmp_path: Path, index: int) -> None:
    (tmp_path / "mesh.bin").write_bytes(BUFFER[:36] + np.uint32([0, 1, index]).tobytes())
    (tmp_path / "mesh.gltf").write_text(json.dumps(GLTF))
    with pytest.raises(BadInput, match=r"mesh\.gltf"):
        read_mesh(tmp_path / "mesh.gltf")
