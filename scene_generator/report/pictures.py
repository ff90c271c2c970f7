"""Pictures for the report: small, display-encoded, as bytes to inline."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.color import expose, exposure_key, network_view
from core.image import SRGB, Image, write_image
from core.normals import encode_8bit

FloatArray = npt.NDArray[np.float32]


def pair(sample: Image) -> FloatArray:
    """Return the exposed beauty beside the normals of `sample`, (H, 2 W, 3) display-encoded 0..1.

    Args:
        sample: a beauty (R, G, B) and a layer N; where N is 0 the picture is black.
    """
    return np.hstack([exposed(sample.rgb()), normals(sample.layer("N"))])


def exposed(beauty: npt.NDArray[np.float32]) -> FloatArray:
    """Return a scene-linear beauty (H, W, 3) as training sees it: exposed by its key, highlights compressed, 0..1."""
    safe = np.nan_to_num(beauty, nan=0.0, posinf=65504.0, neginf=0.0)
    return network_view(expose(safe, exposure_key(safe)))


def normals(normal: npt.NDArray[np.float32]) -> FloatArray:
    """Return normals (H, W, 3), -1..1, as the usual purple-blue picture 0..1; black where they are 0."""
    there = np.abs(normal).sum(-1, keepdims=True) > 0
    return np.where(there, encode_8bit(normal) / np.float32(255), 0).astype(np.float32)


def shrink(picture: FloatArray, side: int) -> FloatArray:
    """Average whole blocks of pixels so that the height is about `side`, never below it; (H, W, C) any range."""
    step = max(picture.shape[0] // side, 1)
    h, w = picture.shape[0] // step * step, picture.shape[1] // step * step
    blocks = picture[:h, :w].reshape(h // step, step, w // step, step, -1)
    small: FloatArray = blocks.mean((1, 3), dtype=np.float32)
    return small


def jpeg_bytes(picture: FloatArray) -> bytes:
    """Return (H, W, 3) display-encoded 0..1 as a JPEG file."""
    return _file_bytes(picture, "p.jpg")


def png_bytes(picture: FloatArray) -> bytes:
    """Return (H, W, 3 or 4) display-encoded 0..1 as an 8-bit PNG file."""
    return _file_bytes(picture, "p.png")


def data_uri(content: bytes) -> str:
    """Return the bytes of a JPEG or PNG file as an address that a page can hold."""
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _file_bytes(picture: FloatArray, name: str) -> bytes:
    # OpenImageIO's Python module cannot write to memory.
    with tempfile.TemporaryDirectory(prefix="platelight-") as folder:
        path = Path(folder) / name
        channels = ("R", "G", "B", "A")[: picture.shape[-1]]
        write_image(path, Image(np.ascontiguousarray(picture, np.float32), channels, SRGB), dtype="uint8")
        return path.read_bytes()
