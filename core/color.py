"""Colour: scene-linear light, display-encoded pictures, and what a network sees.

Conversions between named spaces go through OpenColorIO as it comes with OpenImageIO: the configuration that `$OCIO`
names, else the ACES configuration built into OpenColorIO. Scene-linear Rec.709 and sRGB, the two spaces that
everything uses, are converted by the formula of IEC 61966-2-1 and need no configuration.

Rendered radiance has no exposure, while plates have one: `exposure_key` and `expose` set it as a camera operator would,
for training, evaluation and contact sheets alike.

Normals, depth, masks and other data are never put through this module.
"""

from __future__ import annotations

import difflib
import functools
import os

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio  # noqa: N813

from core.errors import BadConfig
from core.image.pixels import SCENE_LINEAR, SRGB

__all__ = [
    "MID_KEY",
    "NETWORK_VIEW",
    "NETWORK_VIEW_KNEE",
    "color_space_names",
    "convert",
    "count_unsafe",
    "expose",
    "exposure_key",
    "linear_to_srgb",
    "make_safe",
    "network_view",
    "srgb_to_linear",
    "to_display",
    "to_scene_linear",
]

FloatArray = npt.NDArray[np.float32]

NETWORK_VIEW = "srgb_shoulder_v1"
"""Name of the encoding that `network_view` makes; model cards state it. A changed formula needs a new name."""

NETWORK_VIEW_KNEE = 0.6
"""Scene-linear value above which `network_view` compresses; 0.797 on the sRGB curve."""

_BRIGHTEST = 65504.0
_LINEAR_NAMES = {SCENE_LINEAR, "lin_rec709_scene", "lin_srgb", "linear rec.709 (srgb)"}
_SRGB_NAMES = {SRGB, "srgb", "srgb_tx", "srgb_texture", "srgb - texture", "srgb encoded rec.709 (srgb)"}
_BUILT_IN_CONFIG = "ocio://default"

MID_KEY = 0.45
"""Scene-linear value that a frame's key is brought to where nothing else is asked for."""

_PERCENTILE = 88.0
_REC709 = np.array([0.2126, 0.7152, 0.0722], np.float32)  # luminance of Rec.709 primaries (ITU-R BT.709)


def convert(pixels: npt.ArrayLike, source: str, target: str) -> FloatArray:
    """Convert colour from one space to another, such as an HDRI to the primaries of a plate in ACEScg.

    Args:
        pixels: (H, W, 3) values in `source`; (H, W, 4) keeps its alpha as it is.
        source, target: OpenColorIO names, aliases or roles. Pixels whose two spaces are of one name come back as they
            are, known or not.

    Returns:
        The same shape, float32, in `target`.

    Raises:
        BadConfig: as `to_scene_linear`.
    """
    values = np.asarray(pixels, dtype=np.float32)
    return values.copy() if source == target else _convert(values, source, target)


def to_scene_linear(pixels: npt.ArrayLike, color_space: str) -> FloatArray:
    """Convert colour to scene-linear Rec.709.

    Args:
        pixels: (H, W, 3) values in `color_space`; (H, W, 4) keeps its alpha as it is.
        color_space: an OpenColorIO name, alias or role, such as `ACEScg`, `srgb_rec709_scene`, `lin_rec709`.

    Returns:
        The same shape, float32, scene-linear Rec.709 primaries, D65 white.

    Raises:
        BadConfig: the colour space is not in the configuration, or the configuration cannot be read.
    """
    return _convert(np.asarray(pixels, dtype=np.float32), color_space, SCENE_LINEAR)


def to_display(pixels: npt.ArrayLike, color_space: str = SCENE_LINEAR) -> FloatArray:
    """Encode colour for an sRGB screen: the plain curve, no tone mapping; what is beyond 0..1 is clipped.

    Args:
        pixels: (H, W, 3) values in `color_space`; (H, W, 4) keeps its alpha as it is.
        color_space: an OpenColorIO name, alias or role.

    Returns:
        The same shape, float32 0..1, sRGB-encoded.

    Raises:
        BadConfig: as `to_scene_linear`.
    """
    converted = _convert(np.asarray(pixels, dtype=np.float32), color_space, SRGB)
    return np.clip(np.nan_to_num(converted, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)


def srgb_to_linear(encoded: npt.ArrayLike) -> FloatArray:
    """sRGB-encoded values to linear light (IEC 61966-2-1); values below 0 stay on the straight part of the curve."""
    v = np.asarray(encoded, dtype=np.float32)
    return np.where(v <= 0.04045, v / 12.92, ((np.maximum(v, 0.0) + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_to_srgb(linear: npt.ArrayLike) -> FloatArray:
    """Linear light to sRGB-encoded values (IEC 61966-2-1); values below 0 stay on the straight part of the curve."""
    v = np.asarray(linear, dtype=np.float32)
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * np.maximum(v, 0.0) ** (1.0 / 2.4) - 0.055).astype(np.float32)


def exposure_key(plate: npt.ArrayLike) -> float:
    """What the exposure is set by: the luminance that 88 % of the pixels stay below, scene-linear.

    Lamps and highlights are among the rest and do not darken the frame.

    Args:
        plate: (H, W, 3) scene-linear Rec.709, finite.
    """
    return float(np.percentile(np.asarray(plate, np.float32) @ _REC709, _PERCENTILE))


def expose(plate: npt.ArrayLike, key: float, target: float = MID_KEY) -> FloatArray:
    """Scale scene-linear light so that the value `key` becomes `target`.

    Args:
        plate: any shape, scene-linear.
        key: above 0; smaller values count as 1e-6.
        target: scene-linear.
    """
    return np.asarray(plate, np.float32) * np.float32(target / max(key, 1e-6))


def network_view(rgb: npt.ArrayLike) -> FloatArray:
    """What a network sees of a plate: like the picture on a screen, but with highlights compressed, not clipped.

    With k = 0.6 and x one scene-linear channel made safe (NaN and negative to 0, infinite to 65504):

        y = x                               for x <= k
        y = k + (1 - k) t / (1 + t)         for x > k, with t = (x - k) / (1 - k)

    and then the sRGB curve on y. Value and slope are continuous at k; 1.0 becomes 0.906, 4.0 becomes 0.982, and no
    finite value reaches 1. The shoulder is that of Reinhard et al., "Photographic Tone Reproduction for Digital
    Images", 2002, equation 3, moved up to start at k. A display-encoded picture that is linearised first comes back
    unchanged where it is below 0.797.

    Args:
        rgb: (..., 3) scene-linear Rec.709 values.

    Returns:
        The same shape, float32, 0..1: the encoding `NETWORK_VIEW`.
    """
    safe = make_safe(rgb)
    span = 1.0 - NETWORK_VIEW_KNEE
    t = np.maximum(safe - NETWORK_VIEW_KNEE, 0.0) / span
    return linear_to_srgb(np.minimum(safe, NETWORK_VIEW_KNEE) + span * t / (1.0 + t))


def make_safe(rgb: npt.ArrayLike) -> FloatArray:
    """Values without NaN, infinite and negative ones: those become 0, 65504 (the largest half float) and 0.

    Args:
        rgb: (..., 3) scene-linear values.

    Returns:
        The same shape, float32, 0..65504.
    """
    safe = np.nan_to_num(np.asarray(rgb, dtype=np.float32), nan=0.0, posinf=_BRIGHTEST, neginf=0.0)
    return np.clip(safe, 0.0, _BRIGHTEST)


def count_unsafe(rgb: npt.ArrayLike) -> dict[str, int]:
    """How many pixels a plate has that `network_view` must make safe.

    Args:
        rgb: (..., 3) values.

    Returns:
        Counts of pixels with at least one channel that is `nan`, `infinite`, `negative`.
    """
    values = np.asarray(rgb)
    return {
        "nan": int(np.isnan(values).any(axis=-1).sum()),
        "infinite": int(np.isinf(values).any(axis=-1).sum()),
        "negative": int((values < 0).any(axis=-1).sum()),
    }


def color_space_names() -> tuple[str, ...]:
    """Names of the colour spaces of the configuration in use.

    Raises:
        BadConfig: the configuration that `$OCIO` names cannot be read.
    """
    return tuple(_config(_config_name()).getColorSpaceNames())


def _convert(pixels: FloatArray, source: str, target: str) -> FloatArray:
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError(f"colour of shape {pixels.shape}; (H, W, 3) or (H, W, 4) is needed")
    kinds = (_kind(source), _kind(target))
    if kinds[0] and kinds[0] == kinds[1]:
        return pixels.copy()
    if all(kinds):
        curve = srgb_to_linear if kinds[0] == SRGB else linear_to_srgb
        return np.concatenate([curve(pixels[..., :3]), pixels[..., 3:]], axis=2)
    config = _config_name()
    _check_name(source, config)
    _check_name(target, config)
    buffer = oiio.ImageBuf(np.ascontiguousarray(pixels))
    # Un-premultiplying is left off: plates and renders are converted as they are, as Nuke's OCIOColorSpace does.
    result = oiio.ImageBufAlgo.colorconvert(buffer, source, target, unpremult=False, colorconfig=_quick(config))
    if result.has_error:
        raise BadConfig(f"colour conversion from {source!r} to {target!r} failed: {result.geterror().strip()}")
    return np.asarray(result.get_pixels(oiio.FLOAT), dtype=np.float32).reshape(pixels.shape)


def _kind(name: str) -> str | None:
    lowered = name.lower()
    return SCENE_LINEAR if lowered in _LINEAR_NAMES else SRGB if lowered in _SRGB_NAMES else None


def _quick(config_name: str) -> str:
    """The empty name means OpenImageIO's own default, which it keeps in memory; a named one is parsed every time."""
    return "" if config_name == _BUILT_IN_CONFIG else config_name


def _config_name() -> str:
    return os.environ.get("OCIO") or _BUILT_IN_CONFIG


@functools.lru_cache(maxsize=4)
def _config(name: str) -> oiio.ColorConfig:
    config = oiio.ColorConfig(name)
    reason = config.geterror()
    if reason or not config.getColorSpaceNames():
        why = reason.splitlines()[0].strip() if reason else "it lists no colour spaces"
        raise BadConfig(f"OpenColorIO configuration {name} cannot be read ({why}); mend or unset the variable OCIO")
    return config


def _check_name(name: str, config_name: str) -> None:
    config = _config(config_name)
    if config.getColorSpaceIndex(name) >= 0 or config.getColorSpaceIndex(config.resolve(name)) >= 0:
        return
    known = list(config.getColorSpaceNames())
    known += [alias for space in known for alias in config.getAliases(space)] + list(config.getRoles())
    by_lower = {entry.lower(): entry for entry in known}
    near = [by_lower[entry] for entry in difflib.get_close_matches(name.lower(), by_lower, n=4, cutoff=0.5)]
    hint = f"did you mean {', '.join(near)}?" if near else f"it has {', '.join(config.getColorSpaceNames())}"
    raise BadConfig(f"colour space {name!r} is not in the OpenColorIO configuration {config_name}; {hint}")
