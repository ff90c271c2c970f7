"""A folder of files named by what is in them: written once, whole or not at all, and only referred to."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from pathlib import Path

import numpy as np

from scene_generator.maya_scene.exr import exr_bytes
from scene_generator.shapes.mesh import Mesh

_MESH_PARTS = ("positions", "normals", "uvs", "faces")


class FileStore:
    """Pictures and meshes in `folder`; the same content always has the same name."""

    def __init__(self, folder: Path, *, half: bool = True) -> None:
        """Use `folder`, making it if need be.

        Args:
            half: store pictures as half floats: an error of at most 0.05 %, at half the size.
        """
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._type = np.float16 if half else np.float32

    def picture(self, values: np.ndarray, *, whole: bool = False) -> Path:
        """Keep a picture as EXR and return its path.

        Args:
            values: (H, W) or (H, W, 3), top row first. Grey is stored three times over: what a host makes of a
                picture of one channel differs.
            whole: keep full floats whatever the store's precision: a sun is brighter than a half float can be.
        """
        color = np.repeat(values[..., None], 3, -1) if values.ndim == 2 else values
        return self._kept(exr_bytes(np.ascontiguousarray(color, np.float32 if whole else self._type)), ".exr")

    def mesh(self, mesh: Mesh) -> Path:
        """Keep a mesh as the four arrays of an .npz and return its path."""
        buffer = io.BytesIO()
        np.savez(buffer, **{name: getattr(mesh, name) for name in _MESH_PARTS})
        digest = hashlib.sha256()
        for name in _MESH_PARTS:  # not of the file, which holds the time of day
            digest.update(np.ascontiguousarray(getattr(mesh, name)).tobytes())
        return self._written(self.folder / f"{digest.hexdigest()[:32]}.npz", buffer.getvalue())

    def trim(self, most_bytes: int) -> None:
        """Remove the files that were used longest ago until at most `most_bytes` are left."""
        found = [(path, path.stat()) for path in self.folder.iterdir() if path.suffix in (".exr", ".npz")]
        left = sum(stat.st_size for _, stat in found)
        for path, stat in sorted(found, key=lambda entry: entry[1].st_mtime):
            if left <= most_bytes:
                return
            path.unlink(missing_ok=True)
            left -= stat.st_size

    def _kept(self, data: bytes, ending: str) -> Path:
        return self._written(self.folder / f"{hashlib.sha256(data).hexdigest()[:32]}{ending}", data)

    def _written(self, path: Path, data: bytes) -> Path:
        if path.exists():
            with contextlib.suppress(OSError):
                os.utime(path)  # its last use, for `trim`
            return path
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            partial.write_bytes(data)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        return path


def read_mesh(path: Path) -> Mesh:
    """Return the mesh that `FileStore.mesh` kept. Raises OSError, or ValueError if the file is damaged."""
    with np.load(path, allow_pickle=False) as parts:
        return Mesh(*(parts[name] for name in _MESH_PARTS))
