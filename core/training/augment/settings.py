"""What is done to pictures while training, how often and how far: the `augmentation` settings of a recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.color import MID_KEY
from core.errors import BadConfig
from core.settings import from_settings

__all__ = ["SHARES", "Appearance"]

SHARES = (
    *("clipped", "untouched"),
    *("defocus", "blur", "motion", "aberration", "vignette"),
    *("halation", "noise", "grain"),
    *("log", "filmic", "camera"),
    *("tone", "calm", "grey"),
    *("sharpen", "resample", "jpeg", "quantise"),
)
"""The settings that are shares, 0..1; all others are extents."""

_SPREADS = ("exposure_stops", "white_balance")
_WITHIN = {
    "aberration_percent": (0.0, 50.0),
    "calm_strength": (0.0, 1.0),
    "resample_smallest": (0.0, 1.0),
    "jpeg_quality": (1.0, 100.0),
    "quantise_bits": (1.0, 16.0),
}


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """How often each change is made (a share, 0..1), and how far it goes (an extent).

    A change that is made goes a random part of the way to its extent. Pixels are those of the picture that the network
    is given; they count from a picture of about 224.

    Attributes:
        key: scene-linear value that the 88th percentile of brightness is exposed to, on average.
        exposure_stops: standard deviation of the exposure around that, in stops.
        white_balance: standard deviation of each channel's gain, as a logarithm.
        clipped: share that become display-encoded photographs, clipped at white; the others keep their highlights.
        untouched: share that is only exposed, balanced and encoded.
        defocus: share out of focus. `defocus_pixels`: radius of the aperture's image.
        blur: share with a soft lens. `blur_pixels`: standard deviation.
        motion: share moved during the exposure. `motion_pixels`: length of the streak.
        aberration: share with lateral chromatic aberration. `aberration_percent`: by how much red is magnified against
            green; blue is shrunk as much, or the other way round.
        vignette: share with darker corners. `vignette_stops`: loss in the corner of the whole frame.
        halation: share with glowing highlights. `halation_strength`: part of the light above white that spreads.
        noise: share with photon and read noise. `noise_strength`: standard deviation at mid grey, relative to it.
        grain: share with film grain. `grain_strength`: standard deviation at mid grey, in encoded values.
        log: share of the photographs that were left in a log encoding.
        filmic: share of the other photographs with the filmic curve.
        camera: share of the rest with a random camera curve. `camera_range`: how far it is from the plain one.
        tone: share with a contrast grade. `tone_range`: largest power of two of gamma, to either side.
        calm: share with less colour: plates are calmer than random materials. `calm_strength`: part taken away.
        grey: share without colour.
        sharpen: share with sharpening halos. `sharpen_strength`: part of the detail that is added again.
        resample: share scaled down and up again. `resample_smallest`: smallest size on the way, as a share.
        jpeg: share compressed. `jpeg_quality`: lowest quality, 1..100.
        quantise: share rounded to 10 bits or fewer. `quantise_bits`: the fewest.
    """

    key: float = MID_KEY
    exposure_stops: float = 0.9
    white_balance: float = 0.07
    clipped: float = 0.7
    untouched: float = 0.15

    defocus: float = 0.1
    defocus_pixels: float = 4.0
    blur: float = 0.2
    blur_pixels: float = 1.6
    motion: float = 0.05
    motion_pixels: float = 11.0
    aberration: float = 0.15
    aberration_percent: float = 0.8
    vignette: float = 0.25
    vignette_stops: float = 1.6

    halation: float = 0.1
    halation_strength: float = 0.3
    noise: float = 0.4
    noise_strength: float = 0.24
    grain: float = 0.15
    grain_strength: float = 0.05

    log: float = 0.05
    filmic: float = 0.2
    camera: float = 0.3
    camera_range: float = 1.0

    tone: float = 0.5
    tone_range: float = 0.5
    calm: float = 0.6
    calm_strength: float = 1.0
    grey: float = 0.05

    sharpen: float = 0.15
    sharpen_strength: float = 1.2
    resample: float = 0.15
    resample_smallest: float = 0.25
    jpeg: float = 0.25
    jpeg_quality: float = 15.0
    quantise: float = 0.3
    quantise_bits: float = 8.0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Appearance:
        """From the settings of a recipe.

        Raises:
            BadConfig: an unknown name, something that is no number, a share outside 0..1, an extent out of its range.
        """
        made = from_settings(cls, value, "augmentation")
        for name, given in value.items():
            _check_range(name, float(given))
        return made


def _check_range(name: str, given: float) -> None:
    if name in SHARES:
        fits, wanted = 0.0 <= given <= 1.0, "a share from 0 to 1"
    elif name in _SPREADS:
        fits, wanted = 0.0 <= given < math.inf, "a number of at least 0"
    elif name in _WITHIN:
        low, high = _WITHIN[name]
        fits, wanted = low <= given <= high, f"a number from {low:g} to {high:g}"
    else:
        fits, wanted = 0.0 < given < math.inf, "a number above 0 (a share of 0 switches the change off)"
    if not fits:
        raise BadConfig(f"augmentation setting {name!r} is {given}; {wanted} is needed")
