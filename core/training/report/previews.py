"""The previews of a run as small pictures inside the page."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Pictures", "preview_files", "read_preview"]

_NAME = re.compile(r"step_(\d+)\.png")
_QUALITY = 86


def preview_files(run: Path) -> list[tuple[int, Path]]:
    """(steps done, file) of each preview in `run`/previews, in order of the steps."""
    found = [(match, path) for path in (run / "previews").glob("step_*.png") if (match := _NAME.fullmatch(path.name))]
    return sorted((int(match[1]), path) for match, path in found)


def read_preview(path: Path, width: int) -> npt.NDArray[np.uint8] | None:
    """Return a preview as (H, W, 3) display-encoded B, G, R, W <= `width`; None where it cannot be read."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except (OSError, cv2.error):
        return None
    if picture is None:
        return None
    tall, wide = picture.shape[:2]
    if wide > width:
        picture = cv2.resize(picture, (width, max(1, round(tall * width / wide))), interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.uint8)


class Pictures:
    """Makes pictures for the page, and keeps them: each checkpoint writes the page, but adds few previews."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, int], str] = {}

    def uri(self, path: Path, width: int) -> str | None:
        """A preview at most `width` pixels wide as the `data:` address of a JPEG; None where it cannot be read."""
        try:
            key = (str(path), path.stat().st_mtime_ns, width)
        except OSError:
            return None
        if key not in self._kept:
            picture = read_preview(path, width)
            if picture is None:
                return None
            _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            self._kept[key] = f"data:image/jpeg;base64,{base64.b64encode(coded.tobytes()).decode('ascii')}"
        return self._kept[key]
