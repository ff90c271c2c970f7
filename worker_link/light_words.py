"""A light estimate in one line, for people."""

from __future__ import annotations

import math

from worker_link.light import PlateLight, luminance

__all__ = ["azimuth_and_elevation", "light_words"]


def azimuth_and_elevation(light: PlateLight) -> tuple[float, float]:
    """Degrees: where the light comes from. 0 / 0 is from the camera, azimuth 90 from the right of the picture,
    elevation 90 from straight above."""
    x, y, z = light.toward
    return math.degrees(math.atan2(x, z)), math.degrees(math.asin(max(-1.0, min(1.0, y))))


def light_words(light: PlateLight) -> str:
    """Where the key comes from, how it stands to the ambient light, and how far that can be relied on."""
    azimuth, elevation = azimuth_and_elevation(light)
    across = f"{abs(azimuth):.0f} degrees from the {'right' if azimuth >= 0.0 else 'left'}"
    up = f"{abs(elevation):.0f} degrees from {'above' if elevation >= 0.0 else 'below'}"
    ratio = light.ambient_to_key
    share = f"ambient to key {ratio:.2f}" if math.isfinite(ratio) else "no key, ambient light only"
    if luminance(light.key) <= 0.0 and luminance(light.ambient) <= 0.0:
        share = "no light at all"
    return f"key {across}, {up}; {share}; confidence {light.confidence:.2f}"
