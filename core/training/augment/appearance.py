"""The other half of augmentation: what lenses, film, sensors, laboratories and compression do to a picture.

In the order in which it happens: light through the lens, onto film or a sensor, encoding, grading, delivery. The list
began with that of Bae and Davison ("Rethinking Inductive Biases for Surface Normal Estimation", 2024, supplement):
exposure and colour, grey, blur, motion blur, down- and up-sampling, noise, JPEG.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.color import NETWORK_VIEW_KNEE, expose, linear_to_srgb, network_view, srgb_to_linear
from core.training.augment import curves, film
from core.training.augment.effects import CURVES, DELIVERY, EFFECTS, LIGHT
from core.training.augment.lens import Optics
from core.training.augment.settings import Appearance

__all__ = ["Appearance", "as_network_sees", "vary"]

FloatArray = npt.NDArray[np.float32]

_BRIGHTEST = 2000.0  # more than eleven stops above white; a brighter point opens into the same white disc
_KNEE = float(linear_to_srgb(NETWORK_VIEW_KNEE))  # below it a display-encoded value reaches the network as it is


def vary(
    plate: FloatArray, key: float, rng: np.random.Generator, settings: Appearance, optics: Optics | None = None
) -> FloatArray:
    """A random picture of a scene, as a network sees it.

    Args:
        plate: (H, W, 3) float32, scene-linear Rec.709, not exposed; NaN and negative values count as 0.
        key: 88th percentile of the brightness of the frame it is a part of.
        rng: the sample's generator.
        settings: what happens how often and how far.
        optics: where the optical axis meets the plate (`View.optics` for a window of a frame); None: in its middle.

    Returns:
        (H, W, 3) float32 0..1, the encoding of `core.color.network_view`.
    """
    optics = optics or Optics.centred(*plate.shape[:2])
    # Everything that decides is drawn, taken or not: one setting changed leaves the other changes as they were.
    stops = float(np.clip(rng.normal() * settings.exposure_stops, -2.5, 1.8))
    gains = np.exp(rng.normal(size=3) * settings.white_balance)
    clipped, untouched = rng.random(2) < (settings.clipped, settings.untouched)
    chances = dict(zip(EFFECTS, rng.random(len(EFFECTS)), strict=True))
    seeds = dict(zip(EFFECTS, rng.integers(0, 2**63, len(EFFECTS)), strict=True))
    taken = {name for name, chance in chances.items() if not untouched and chance < getattr(settings, name)}

    def own(name: str) -> tuple[float, np.random.Generator]:
        generator = np.random.default_rng(int(seeds[name]))
        return float(generator.random()), generator

    light = expose(plate, key, settings.key * 2.0**stops)
    light = np.minimum(np.fmax(light, np.float32(0.0)), np.float32(_BRIGHTEST))
    for name, effect in LIGHT.items():
        if name in taken:
            light = effect(light, *own(name), settings, optics)
    light = film.balance(light, gains)

    curve = next((name for name in CURVES if name in taken), None)
    if not clipped:
        picture = network_view(light)
    elif curve is None:
        picture = curves.plain(light)
    else:
        picture = CURVES[curve](light, *own(curve), settings, optics)
    for name, effect in DELIVERY.items():
        if name in taken:
            picture = effect(picture, *own(name), settings, optics)
    picture = np.clip(picture, 0.0, 1.0)
    return as_network_sees(picture) if clipped else picture


def as_network_sees(picture: FloatArray) -> FloatArray:
    """A photograph as a network gets it: linearised as if its curve were sRGB, then `network_view`.

    Whatever curve it was made with: whoever opens a file does not know it either.

    Args:
        picture: (H, W, 3) float32, encoded, 0..1.

    Returns:
        The same shape, 0..1. Only values above 0.797 differ, by the shoulder.
    """
    bright = picture > np.float32(_KNEE)
    seen = picture.copy()
    seen[bright] = network_view(srgb_to_linear(picture[bright]))
    return seen
