"""The changes of `Appearance` by name, in the order in which they happen to a picture.

Every change is a function of (picture, amount, rng, settings, optics): `amount` (0..1) is how far it goes towards its
extent, and the generator is its own, so that no change moves the random numbers of another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from core.training.augment import curves, delivery, film, lens
from core.training.augment.lens import Optics
from core.training.augment.settings import Appearance

__all__ = ["CURVES", "DELIVERY", "EFFECTS", "LIGHT", "Effect"]

FloatArray = npt.NDArray[np.float32]
Effect = Callable[[FloatArray, float, np.random.Generator, Appearance, Optics], FloatArray]

_MOST_BITS = 10
_BEST_QUALITY = 90.0
_LARGEST_RESAMPLED = 0.8
_LARGEST_WHITE_STOPS = 2.0


def _towards(extent: float, amount: float) -> float:
    """A change that is made is worth seeing: from a quarter of its extent upwards."""
    return extent * (0.25 + 0.75 * amount)


def _defocus(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    blades = int(rng.choice((0, 0, 5, 6, 7, 8, 9)))
    radius = _towards(settings.defocus_pixels, amount)
    return lens.convolve(light, lens.aperture_kernel(radius, blades, float(rng.uniform(0.0, 2.0 * math.pi))))


def _blur(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    return lens.soften(light, _towards(settings.blur_pixels, amount))


def _motion(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    angle = float(rng.uniform(0.0, math.pi))
    return lens.convolve(light, lens.streak_kernel(_towards(settings.motion_pixels, amount), angle))


def _aberration(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    sign = 1.0 if rng.random() < 0.5 else -1.0
    return lens.aberrate(light, sign * _towards(settings.aberration_percent, amount), optics)


def _vignette(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    return lens.vignette(light, _towards(settings.vignette_stops, amount), optics)


def _halation(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    sigma = optics.reach * float(rng.uniform(0.015, 0.05))
    tint = (1.0, float(rng.uniform(0.2, 0.6)), float(rng.uniform(0.05, 0.2)))
    return film.halate(light, _towards(settings.halation_strength, amount), sigma, tint)


def _noise(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    # Squared: clean pictures are more common than very noisy ones.
    return film.add_noise(light, settings.noise_strength * (0.1 + 0.9 * amount**2), rng)


def _grain(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    sigma = float(rng.uniform(0.4, 1.1))
    return film.add_grain(light, _towards(settings.grain_strength, amount), sigma, rng)


def _log(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    return curves.logc3(light)


def _filmic(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    return curves.filmic(light, 0.6 + 0.4 * amount)


def _camera(
    light: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    white = 2.0 ** float(rng.uniform(0.0, _LARGEST_WHITE_STOPS))
    return curves.camera_curve(light, curves.random_camera_table(rng, settings.camera_range * amount, white), white)


def _tone(
    picture: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    gain = 2.0 ** (0.75 * settings.tone_range * float(rng.uniform(-1.0, 1.0)))
    return delivery.contrast(picture, 2.0 ** (settings.tone_range * (2.0 * amount - 1.0)), gain)


def _calm(
    picture: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    return delivery.fade(picture, 1.0 - settings.calm_strength * amount)


def _grey(
    picture: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    return delivery.fade(picture, 0.0)


def _sharpen(
    picture: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    return delivery.sharpen(picture, _towards(settings.sharpen_strength, amount), float(rng.uniform(0.6, 1.6)))


def _resample(
    picture: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    largest = max(_LARGEST_RESAMPLED, settings.resample_smallest)
    return delivery.resample(picture, largest - (largest - settings.resample_smallest) * amount)


def _jpeg(
    picture: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    best = max(_BEST_QUALITY, settings.jpeg_quality)
    quality = round(best - (best - settings.jpeg_quality) * amount)
    return delivery.compress(picture, quality, half_colour=bool(rng.random() < 0.75))


def _quantise(
    picture: FloatArray, amount: float, rng: np.random.Generator, settings: Appearance, optics: Optics
) -> FloatArray:
    fewest = round(settings.quantise_bits)
    return delivery.quantise(picture, fewest if amount > 0.5 else max(_MOST_BITS, fewest))


LIGHT: Mapping[str, Effect] = {
    "defocus": _defocus,
    "blur": _blur,
    "motion": _motion,
    "aberration": _aberration,
    "vignette": _vignette,
    "halation": _halation,
    "noise": _noise,
    "grain": _grain,
}
"""Scene-linear to scene-linear: lens, then film or sensor."""

CURVES: Mapping[str, Effect] = {"log": _log, "filmic": _filmic, "camera": _camera}
"""Scene-linear to encoded: the first that is drawn is taken; without one, the sRGB curve."""

DELIVERY: Mapping[str, Effect] = {
    "tone": _tone,
    "calm": _calm,
    "grey": _grey,
    "sharpen": _sharpen,
    "resample": _resample,
    "jpeg": _jpeg,
    "quantise": _quantise,
}
"""Encoded to encoded: grading, then what files and sites do."""

EFFECTS: tuple[str, ...] = (*LIGHT, *CURVES, *DELIVERY)
