"""Pictures that are looked at pixel by pixel, beside one another, have to show the same place."""

from __future__ import annotations

from core.errors import BadSize
from core.image.pixels import Image

__all__ = ["check_same_place"]


def check_same_place(image: Image, name: str, other: Image, other_name: str) -> None:
    """Check that each pixel of `other` shows the same place as that of `image`; see `Image.lies_on`.

    Args:
        image, other: the pictures.
        name, other_name: what the message calls them.

    Raises:
        BadSize: they differ in size, or in the place of their data windows.
    """
    if (image.width, image.height) != (other.width, other.height):
        raise BadSize(
            f"{name} is {image.width}x{image.height} pixels but {other_name} is {other.width}x{other.height}; "
            "both must be of one size"
        )
    if not image.lies_on(other):
        raise BadSize(
            f"{name} begins at {image.data_window} of its frame but {other_name} at {other.data_window}; "
            "both must have one data window"
        )
