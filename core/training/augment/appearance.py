"""The other half of augmentation: what cameras, laboratories and compression do to a picture of the same thing.

The list follows Bae and Davison ("Rethinking Inductive Biases for Surface Normal Estimation", 2024, supplement):
exposure and colour, grey, blur, motion blur, down- and up-sampling, noise, JPEG.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.color import MID_KEY, expose, linear_to_srgb, network_view, srgb_to_linear
from core.errors import BadConfig

__all__ = ["Appearance", "vary"]

FloatArray = npt.NDArray[np.float32]
_KNEE = 0.797  # of core.color.network_view, on the sRGB curve: below it a display-encoded value stays as it is


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """How often each change is made (0..1), and how far it goes.

    Attributes:
        key: scene-linear value that the 88th percentile of brightness is exposed to, on average.
        exposure_stops: standard deviation of the exposure around that, in stops.
        white_balance: standard deviation of each channel's gain.
        clipped: share of samples that become 8-bit photographs, clipped at 1; the others keep their highlights.
        tone: share with a random contrast curve.
        calm: share with less colour: plates are calmer than random materials.
        grey: share without colour.
        blur, motion, resample, noise, jpeg: shares.
        untouched: share that is only exposed.
    """

    key: float = MID_KEY
    exposure_stops: float = 0.9
    white_balance: float = 0.07
    clipped: float = 0.7
    tone: float = 0.5
    calm: float = 0.6
    grey: float = 0.05
    blur: float = 0.2
    motion: float = 0.05
    resample: float = 0.15
    noise: float = 0.4
    jpeg: float = 0.25
    untouched: float = 0.15

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Appearance:
        """From the settings of a recipe. Raises BadConfig for unknown names and for what is no number."""
        known = [item.name for item in fields(cls)]
        for name, given in value.items():
            if name not in known:
                raise BadConfig(f"augmentation setting {name!r}: unknown; known are {', '.join(known)}")
            if isinstance(given, bool) or not isinstance(given, int | float):
                raise BadConfig(f"augmentation setting {name!r} is {given!r}; a number is needed")
        return cls(**value)


def vary(plate: FloatArray, key: float, rng: np.random.Generator, settings: Appearance) -> FloatArray:
    """A random picture of a scene, as a network sees it.

    Args:
        plate: (H, W, 3) float32, scene-linear Rec.709, not exposed.
        key: 88th percentile of the brightness of the frame it is a part of.
        rng: the sample's generator.

    Returns:
        (H, W, 3) float32 0..1, the encoding of `core.color.network_view`.
    """
    stops = float(np.clip(rng.normal(0.0, settings.exposure_stops), -2.5, 1.8))
    light = expose(plate, key, settings.key * 2.0**stops)
    light = light * np.exp(rng.normal(0.0, settings.white_balance, 3)).astype(np.float32)
    clipped = rng.random() < settings.clipped
    picture = linear_to_srgb(np.clip(light, 0.0, 1.0)) if clipped else network_view(light)
    if rng.random() >= settings.untouched:
        picture = _degrade(picture, rng, settings)
    picture = np.clip(picture, 0.0, 1.0)
    # A photograph reaches the network linearised, then through the shoulder, which moves only its highlights.
    if clipped and picture.max() > _KNEE:
        picture = np.where(picture > _KNEE, network_view(srgb_to_linear(picture)), picture)
    return picture.astype(np.float32)


def _degrade(picture: FloatArray, rng: np.random.Generator, settings: Appearance) -> FloatArray:
    """Display-encoded to display-encoded; in the order in which it happens to a picture."""
    # Every chance is drawn, taken or not: one setting changed leaves the other changes as they were.
    chance = dict(
        zip(("blur", "motion", "noise", "tone", "calm", "grey", "resample", "jpeg"), rng.random(8), strict=True)
    )
    amount = rng.random(8)
    size = picture.shape[0]
    if chance["blur"] < settings.blur:
        picture = _float(cv2.GaussianBlur(picture, (0, 0), 0.4 + 1.2 * amount[0]))
    if chance["motion"] < settings.motion:
        picture = _float(cv2.filter2D(picture, -1, _streak(3.0 + 8.0 * amount[1], math.pi * float(rng.random()))))
    if chance["tone"] < settings.tone:
        picture = _tone(picture, 0.7 + 0.7 * amount[2], 0.8 + 0.5 * amount[3])
    if chance["grey"] < settings.grey or chance["calm"] < settings.calm:
        colour = 0.0 if chance["grey"] < settings.grey else float(amount[4])
        grey = picture.mean(axis=2, keepdims=True)
        picture = grey + (picture - grey) * np.float32(colour)
    if chance["noise"] < settings.noise:
        strength = np.float32(0.005 + 0.045 * amount[5] ** 2)
        picture = picture + rng.standard_normal(picture.shape, dtype=np.float32) * strength
    if chance["resample"] < settings.resample:
        small = max(8, int(size * (0.25 + 0.55 * amount[6])))
        shrunk = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        picture = _float(cv2.resize(shrunk, (size, size), interpolation=cv2.INTER_LINEAR))
    if chance["jpeg"] < settings.jpeg:
        picture = _jpeg(picture, int(15 + 75 * amount[7]))
    return _float(picture)


def _tone(picture: FloatArray, gamma: float, contrast: float) -> FloatArray:
    curved = np.clip(picture, 0.0, 1.0) ** np.float32(gamma)
    return (curved - np.float32(0.5)) * np.float32(contrast) + np.float32(0.5)


def _streak(length: float, angle: float) -> FloatArray:
    """The kernel of a straight, even motion during the exposure; length in pixels, angle in radians."""
    side = 2 * math.ceil(length / 2.0) + 1
    kernel = np.zeros((side, side), np.float32)
    for along in np.linspace(-length / 2.0, length / 2.0, 4 * side):
        x, y = side // 2 + along * math.cos(angle), side // 2 + along * math.sin(angle)
        kernel[min(max(round(y), 0), side - 1), min(max(round(x), 0), side - 1)] += 1.0
    return _float(kernel / kernel.sum())


def _jpeg(picture: FloatArray, quality: int) -> FloatArray:
    coded = np.round(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)
    done, data = cv2.imencode(".jpg", coded[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if done else None
    if decoded is None:
        return picture
    return decoded[..., ::-1].astype(np.float32) / np.float32(255.0)


def _float(values: npt.NDArray[Any]) -> FloatArray:
    return np.asarray(values, dtype=np.float32)
