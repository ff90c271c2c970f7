"""What the numbers of a depth file may be; a word of options and settings."""

from __future__ import annotations

from core.choice import Choice

__all__ = ["DepthKind"]


class DepthKind(Choice):
    """What the numbers of a depth file are.

    `PLANAR`: along the camera's axis, as most renderers write Z. `INVERSE`: 1 over that, as Nuke's ScanlineRender
    writes it. `DISTANCE`: from the camera's centre to the surface, along each pixel's ray.
    """

    PLANAR = "planar"
    INVERSE = "inverse"
    DISTANCE = "distance"
