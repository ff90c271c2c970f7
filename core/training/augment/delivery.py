"""What happens to an encoded picture after it was taken: grading, sharpening, scaling, compression, rounding.

Everything takes and gives (H, W, 3) float32 encoded values of about 0..1.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import WorkFailed

__all__ = ["compress", "contrast", "fade", "quantise", "resample", "sharpen"]

FloatArray = npt.NDArray[np.float32]
_SMALLEST = 8


def contrast(picture: FloatArray, gamma: float, gain: float) -> FloatArray:
    """A simple grade: clip to 0..1, raise to the power `gamma`, multiply the distance from 0.5 by `gain`."""
    curved = np.clip(picture, 0.0, 1.0) ** np.float32(gamma)
    return np.asarray((curved - np.float32(0.5)) * np.float32(gain) + np.float32(0.5), dtype=np.float32)


def fade(picture: FloatArray, colour: float) -> FloatArray:
    """Keep the part `colour` (0..1) of the distance from the mean of the channels; 0 is grey."""
    if colour == 0.0:
        return np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    grey = picture.mean(axis=2, keepdims=True)
    return np.asarray(grey + (picture - grey) * np.float32(colour), dtype=np.float32)


def sharpen(picture: FloatArray, strength: float, sigma: float) -> FloatArray:
    """Unsharp mask: add `strength` times what a Gaussian of `sigma` pixels takes away; edges get halos."""
    soft = cv2.GaussianBlur(picture, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(picture, 1.0 + strength, soft, -strength, 0.0), dtype=np.float32)


def resample(picture: FloatArray, share: float) -> FloatArray:
    """Scale down to `share` (0..1) of the size, averaging, to 8 pixels at the least, and up again, bilinear."""
    height, width = picture.shape[:2]
    size = (max(min(_SMALLEST, width), int(width * share)), max(min(_SMALLEST, height), int(height * share)))
    shrunk = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def compress(picture: FloatArray, quality: int, *, half_colour: bool) -> FloatArray:
    """JPEG and back.

    Args:
        picture: clipped to 0..1 and rounded to 8 bits first.
        quality: 1..100, of libjpeg.
        half_colour: whether colour is kept at half the resolution (4:2:0), as most cameras and sites do; else 4:4:4.

    Raises:
        WorkFailed: OpenCV has no JPEG.
    """
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if half_colour else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    coded = np.rint(np.clip(picture, 0.0, 1.0) * np.float32(255.0)).astype(np.uint8)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    done, data = cv2.imencode(".jpg", coded[..., ::-1], options)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if done else None
    if decoded is None:
        raise WorkFailed(
            f"OpenCV could not compress {picture.shape} pixels as JPEG; its build may lack JPEG, reinstall it"
        )
    return decoded[..., ::-1].astype(np.float32) / np.float32(255.0)


def quantise(picture: FloatArray, bits: int) -> FloatArray:
    """Clip to 0..1 and round to 2^bits even steps."""
    top = np.float32(2**bits - 1)
    return np.asarray(np.rint(np.clip(picture, 0.0, 1.0) * top) / top, dtype=np.float32)
