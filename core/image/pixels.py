"""`Image`: float32 pixels whose channels have names, and the layers that those names form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import BadChannels

__all__ = ["SCENE_LINEAR", "SRGB", "FloatArray", "Image", "ImageHeader"]

FloatArray = npt.NDArray[np.float32]

SCENE_LINEAR = "lin_rec709"
"""Scene-linear light with Rec.709/sRGB primaries and a D65 white: the default space of everything here."""

SRGB = "srgb_rec709_scene"
"""The sRGB curve over Rec.709 primaries: what 8- and 16-bit picture files are taken to hold."""

# Layers that renderers and compositing packages use for the picture itself when it is not plain R, G, B.
_BEAUTY_LAYERS = ("rgba", "rgb", "beauty", "combined", "c")
_GREY_NAMES = ("y", "l", "i", "gray", "grey", "luminance")
_ALPHA_NAMES = ("a", "alpha")
_OCCLUSION_NAMES = {"occlusion", "ao", "ambientocclusion"}
_DEPTH_NAMES = ("z", "zback", "depth")
# EXR sorts its channels by name, so that B comes before R: the order inside a layer is told by these suffixes.
_SUFFIX_RANK = {
    **dict.fromkeys(("red", "r", "x", "u"), 0),
    **dict.fromkeys(("green", "g", "y", "v"), 1),
    **dict.fromkeys(("blue", "b", "z"), 2),
    **dict.fromkeys(_ALPHA_NAMES, 3),
}
_UNKNOWN_RANK = 9


@dataclass(frozen=True)
class ImageHeader:
    """What a file says about itself, read without its pixels.

    Attributes:
        width, height: size of the data window in pixels, as stored (before any EXIF rotation).
        channels: channel names in the order of the reader.
        file_format: OpenImageIO's name of the format, such as `openexr` or `png`.
        pixel_type: type of the stored pixels, such as `half`, `float`, `uint8`.
        color_space: see `Image.color_space`.
        data_window, display_window, pixel_aspect: see `Image`.
        orientation: EXIF orientation, 1..8; 1 is upright.
        parts: how many pictures the file holds (parts of an EXR); all else here is said of the first.
        metadata: other header values by name.
    """

    width: int
    height: int
    channels: tuple[str, ...]
    file_format: str
    pixel_type: str
    color_space: str = SCENE_LINEAR
    data_window: tuple[int, int] = (0, 0)
    display_window: tuple[int, int, int, int] | None = None
    pixel_aspect: float = 1.0
    orientation: int = 1
    parts: int = 1
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels with named channels.

    Attributes:
        pixels: (height, width, channels) float32, top row first. Colour is in `color_space`; data layers (normals,
            depth, masks) are raw values.
        channels: one name for each channel, layers written `LAYER.CHANNEL`, such as `R`, `A`, `N.red`, `depth.Z`.
        color_space: name of the colour space of the colour channels, as OpenColorIO knows it.
        data_window: (x, y) of the top left pixel in the coordinates of the display window. Overscan is negative.
        display_window: (x, y, width, height) of the frame that is meant to be seen; None: the same as the pixels.
        pixel_aspect: width of a pixel divided by its height (2.0 for anamorphic plates).
        alpha_associated: whether the colour is premultiplied by alpha, as it is in EXR. PNG files are not.
        metadata: header values by name: str, int, float or tuples of numbers.

    Raises:
        ValueError: the pixels are not (height, width, channels), or the names do not fit them.
    """

    pixels: FloatArray
    channels: tuple[str, ...]
    color_space: str = SCENE_LINEAR
    data_window: tuple[int, int] = (0, 0)
    display_window: tuple[int, int, int, int] | None = None
    pixel_aspect: float = 1.0
    alpha_associated: bool = True
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pixels = np.asarray(self.pixels, dtype=np.float32)
        names = tuple(self.channels)
        if pixels.ndim != 3 or pixels.shape[2] != len(names) or pixels.size == 0:
            raise ValueError(f"pixels of shape {pixels.shape} do not fit height, width and channels {names}")
        if len(set(names)) != len(names):
            raise ValueError(f"two channels have the same name: {names}")
        object.__setattr__(self, "pixels", pixels)
        object.__setattr__(self, "channels", names)

    @classmethod
    def from_layers(cls, layers: Mapping[str, npt.ArrayLike], **attributes: Any) -> Image:
        """Stack whole layers into one image.

        Args:
            layers: layer name to (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) values. The name "" is the picture itself
                (`R G B` or `R G B A`); others give `NAME.red NAME.green NAME.blue (NAME.alpha)`. One value a pixel
                gives `NAME.Z` for `depth`, `A` for `A`, and `NAME.Y` for others.
            attributes: the other fields of `Image`.

        Raises:
            ValueError: layers differ in size or have another number of channels than 1, 3 or 4.
        """
        stack: list[FloatArray] = []
        names: list[str] = []
        for layer, values in layers.items():
            array = np.asarray(values, dtype=np.float32)
            array = array[..., None] if array.ndim == 2 else array
            if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
                raise ValueError(f"layer {layer!r} has shape {array.shape}; (H, W) or (H, W, 1, 3 or 4) is needed")
            stack.append(array)
            names.extend(_layer_channel_names(layer, array.shape[2]))
        return cls(np.concatenate(stack, axis=2), tuple(names), **attributes)

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.pixels.shape[1])

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, in the order of their first channel; "" stands for the channels without a layer."""
        return tuple(dict.fromkeys(_split(name)[0] for name in self.channels))

    @property
    def is_grey(self) -> bool:
        """Whether the picture is one channel of brightness, which `rgb` repeats."""
        return not self._rgb_indices() and self._grey_index() is not None

    def layer(self, name: str) -> FloatArray:
        """One layer as (H, W, k) float32, channels ordered red green blue alpha, or x y z, whatever the file's order.

        Args:
            name: the layer; "" or "rgb" is the picture itself (as `rgb`).

        Raises:
            BadChannels: there is no such layer; the message lists those there are.
        """
        if name in ("", "rgb"):
            return self.rgb()
        parts = [_split(channel) for channel in self.channels]
        found = [(index, suffix) for index, (layer, suffix) in enumerate(parts) if layer == name]
        if not found:
            shown = ", ".join(repr(layer) if layer else "the picture itself" for layer in self.layers)
            raise BadChannels(f"no layer {name!r} in the image; it has: {shown}")
        found.sort(key=lambda entry: (_SUFFIX_RANK.get(entry[1].lower(), _UNKNOWN_RANK), entry[0]))
        return np.ascontiguousarray(self.pixels[..., [index for index, _ in found]])

    def has_layer(self, name: str) -> bool:
        """Whether `layer(name)` would find channels."""
        if name in ("", "rgb"):
            return bool(self._rgb_indices()) or self._grey_index() is not None
        return name in self.layers

    def rgb(self) -> FloatArray:
        """The picture as (H, W, 3) float32 in `color_space`; one channel of brightness is repeated.

        Raises:
            BadChannels: the image has no colour and no brightness channel, only alpha for example.
        """
        indices = self._rgb_indices()
        if indices:
            return np.ascontiguousarray(self.pixels[..., list(indices)])
        grey = self._grey_index()
        if grey is not None:
            return np.repeat(self.pixels[..., grey : grey + 1], 3, axis=2)
        raise BadChannels(f"no R, G, B or brightness channel in the image; it has only {', '.join(self.channels)}")

    def alpha(self) -> FloatArray | None:
        """Coverage as (H, W, 1) float32, 0..1, or None where the image has no alpha."""
        for index, channel in enumerate(self.channels):
            layer, suffix = _split(channel)
            if suffix.lower() in _ALPHA_NAMES and (not layer or layer.lower() in _BEAUTY_LAYERS):
                return np.ascontiguousarray(self.pixels[..., index : index + 1])
        return None

    def depth(self) -> FloatArray:
        """(H, W, 1) depth: the layer `depth` or `Z`, EXR's own channel `Z`, or the only channel that there is.

        Raises:
            BadChannels: none of these is there.
        """
        for name in ("depth", "Z"):
            if self.has_layer(name):
                return self.layer(name)[..., :1]
        for index, channel in enumerate(self.channels):
            if channel in ("Z", "depth"):  # outside of any layer
                return self.pixels[..., index : index + 1]
        if len(self.channels) == 1:
            return self.pixels
        raise BadChannels(f"no channel depth.Z or Z; there are {', '.join(self.channels[:8])}")

    def open_share(self) -> FloatArray:
        """(H, W, 1) ambient occlusion, 1 open .. 0 closed: the layer or channel `occlusion`, `AO` or `ambientocclusion`
        in any letters, also where it is the last word of a nested name; else the first channel that there is."""
        for index, channel in enumerate(self.channels):
            layer, _ = _split(channel)
            words = {name.rpartition(".")[2].lower().replace("_", "") for name in (layer, channel)}
            if words & _OCCLUSION_NAMES:
                return np.ascontiguousarray(self.pixels[..., index : index + 1])
        return np.ascontiguousarray(self.pixels[..., :1])

    def lies_on(self, other: Image) -> bool:
        """Whether each pixel shows the same place as that of `other`: the sizes are the same, and so are the data
        windows where both images lie in the same display window. Where either has none (PNG, and programs that drop
        it), the pixels are taken to lie on one another."""
        if (self.width, self.height) != (other.width, other.height):
            return False
        framed = self.display_window is not None and self.display_window == other.display_window
        return not framed or self.data_window == other.data_window

    def with_pixels(self, pixels: FloatArray, channels: tuple[str, ...] | None = None, **attributes: Any) -> Image:
        """The same image (windows, aspect, metadata) with other pixels and, if given, other channels and fields."""
        return replace(self, pixels=pixels, channels=self.channels if channels is None else channels, **attributes)

    def _rgb_indices(self) -> tuple[int, int, int] | None:
        return rgb_indices(self.channels)

    def _grey_index(self) -> int | None:
        return grey_index(self.channels)


def rgb_indices(channels: tuple[str, ...]) -> tuple[int, int, int] | None:
    """Where the picture's red, green and blue are among `channels`, or None."""
    by_layer: dict[str, dict[int, int]] = {}
    for index, channel in enumerate(channels):
        layer, suffix = _split(channel)
        if suffix.lower() in ("r", "g", "b", "red", "green", "blue"):
            by_layer.setdefault(layer.lower(), {}).setdefault(_SUFFIX_RANK[suffix.lower()], index)
    # "ViewLayer.Combined.R" is a beauty too: only the last word of a nested layer name counts.
    order = ["", *(layer for word in _BEAUTY_LAYERS for layer in by_layer if layer.rpartition(".")[2] == word)]
    for layer in order:
        found = by_layer.get(layer, {})
        if len(found) == 3:
            return found[0], found[1], found[2]
    return None


def grey_index(channels: tuple[str, ...]) -> int | None:
    """Where the one channel of brightness is among `channels`, or None."""
    for index, channel in enumerate(channels):
        if channel.lower() in _GREY_NAMES:
            return index
    # A single channel of any name is brightness, unless it is alpha, depth or belongs to a data layer such as depth.Z.
    if len(channels) == 1 and channels[0].lower() not in (*_ALPHA_NAMES, *_DEPTH_NAMES) and "." not in channels[0]:
        return 0
    return None


def _split(channel: str) -> tuple[str, str]:
    layer, _, suffix = channel.rpartition(".")
    return layer, suffix


def _layer_channel_names(layer: str, count: int) -> tuple[str, ...]:
    if count == 1:
        if layer in ("", "A"):
            return ("A",) if layer else ("Y",)
        return (f"{layer}.Z",) if layer == "depth" else (f"{layer}.Y",)
    if not layer:
        return ("R", "G", "B", "A")[:count]
    return tuple(f"{layer}.{suffix}" for suffix in ("red", "green", "blue", "alpha")[:count])
