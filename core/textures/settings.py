"""What an artist sets on the slopes before they become a normal map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig

__all__ = ["ReliefSettings", "blurred", "shaped"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class ReliefSettings:
    """How the predicted relief is changed.

    Attributes:
        strength: factor on all slopes; 0 is flat.
        low, high: factors on what is wider, and finer, than `scale`; 1 leaves it.
        scale: where low and high frequencies part: the deviation of a Gaussian, pixels.
        flat: slopes below about this are pressed to 0, those far above stay: 0.02 removes the last ripples of flat
            areas.
        invert: hollows become bumps.
    """

    strength: float = 1.0
    low: float = 1.0
    high: float = 1.0
    scale: float = 8.0
    flat: float = 0.0
    invert: bool = False

    def __post_init__(self) -> None:
        for name in ("strength", "low", "high", "flat"):
            value = getattr(self, name)
            if not 0.0 <= value <= 100.0:
                raise BadConfig(f"{name} {value}: use 0 to 100")
        if not 0.3 <= self.scale <= 1000.0:
            raise BadConfig(f"scale {self.scale}: use 0.3 to 1000 pixels")


def shaped(slopes: FloatArray, settings: ReliefSettings, wrap: bool) -> FloatArray:
    """The slopes as `settings` want them.

    Args:
        slopes: (H, W, 2).
        settings: see there.
        wrap: whether the texture repeats; otherwise it is mirrored at its borders for the frequency balance.

    Returns:
        (H, W, 2) float32. Strength and balance keep a field integrable; `flat` does so only nearly.
    """
    found = np.asarray(slopes, dtype=np.float32)
    if settings.low != 1.0 or settings.high != 1.0:
        wide = np.stack([blurred(found[..., k], settings.scale, wrap) for k in (0, 1)], axis=-1)
        found = settings.high * (found - wide) + settings.low * wide
    if settings.flat > 0.0:
        square = np.einsum("...i,...i->...", found, found)[..., None]
        found = found * (square / (square + settings.flat**2))
    return np.asarray(found * np.float32(-settings.strength if settings.invert else settings.strength), np.float32)


def blurred(field: npt.ArrayLike, sigma: float, wrap: bool) -> FloatArray:
    """Gaussian blur of an (H, W) field by its Fourier transform; mirrored at the borders where it does not repeat."""
    values = np.asarray(field, dtype=np.float32)
    height, width = values.shape
    if not wrap:
        values = np.concatenate([values, values[:, ::-1]], axis=1)
        values = np.concatenate([values, values[::-1]], axis=0)
    rows = np.fft.fftfreq(values.shape[0])[:, None]
    columns = np.fft.rfftfreq(values.shape[1])[None, :]
    kernel = np.exp(-2.0 * (np.pi * sigma) ** 2 * (rows**2 + columns**2)).astype(np.float32)
    found = np.fft.irfft2(np.fft.rfft2(values) * kernel, s=values.shape)
    return found[:height, :width].astype(np.float32)
