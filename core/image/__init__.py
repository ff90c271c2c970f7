"""Images with named channels, and their files.

`Image` is what the rest of Platelight works on. `read_image` and `write_image` are the way in and out of files
(EXR, PNG, JPEG, TIFF and whatever else OpenImageIO reads); `RowReader` and `write_rows` do the same a band of rows at a
time, for pictures too large to hold; `encode_exr` and `decode_exr` turn images into bytes for packed records.
"""

from __future__ import annotations

from core.image.exr import decode_exr, encode_exr
from core.image.pixels import SCENE_LINEAR, SRGB, Image, ImageHeader
from core.image.placing import check_same_place
from core.image.reading import RowReader, read_header, read_image
from core.image.writing import RowWriter, write_image, write_rows

__all__ = [
    "SCENE_LINEAR",
    "SRGB",
    "Image",
    "ImageHeader",
    "RowReader",
    "RowWriter",
    "check_same_place",
    "decode_exr",
    "encode_exr",
    "read_header",
    "read_image",
    "write_image",
    "write_rows",
]
