"""Relit pictures to files: the beauty, its layers, and a preview."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.color import to_display
from core.errors import BadConfig
from core.image import SRGB, Image, write_image, write_rows
from core.relight.compose import Relit
from core.relight.lights import Light
from core.relight.lights_file import kind_of
from core.relight.picture import Stage

__all__ = ["Layers", "light_layer_names", "save_preview", "write_relit"]

FloatArray: TypeAlias = NDArray[np.float32]
StrPath: TypeAlias = str | os.PathLike[str]

_RGB = ("R", "G", "B")
_RGBA = ("R", "G", "B", "A")
_COLORS = ("red", "green", "blue")


@dataclass(frozen=True)
class Layers:
    """Which layers are stored beside the beauty.

    Attributes:
        passes: `diffuse`, `specular`, `ambient`, `plate`, and the mattes `shadow.Y` and `mask.Y`.
        lights: `light_NAME` for each light that is on.
    """

    passes: bool = False
    lights: bool = False

    def __bool__(self) -> bool:
        return self.passes or self.lights


def write_relit(
    path: StrPath,
    stage: Stage,
    layers: Layers | None = None,
    *,
    preview: StrPath | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Image:
    """Relight a stage into a file: EXR scene-linear, every other format as `save_preview`.

    Frames are lit a band of rows at a time, so that memory does not grow with the number of layers.

    Args:
        path: the file; its suffix chooses the format.
        stage: from `core.relight.picture.set_stage`.
        layers: what to store beside the beauty (EXR only). The whole file is then full float, so that in it, too, the
            layers sum to the beauty: `plate + diffuse + specular + ambient`, and `plate + all light_NAME`.
        preview: also write this file as `save_preview`.
        metadata: header values to add.

    Returns:
        The beauty.

    Raises:
        BadConfig: layers asked for in a format that has none, or an unknown format.
        DiskFull, BadInput, WorkFailed: as `core.image.write_image`.
    """
    chosen = layers or Layers()
    if Path(path).suffix.lower() != ".exr":
        if chosen:
            raise BadConfig(f"{path}: layers need an EXR file; name it .exr or leave out --passes and --light-layers")
        image = stage.image_of(np.concatenate([band.beauty for band in stage.bands()], axis=0))
        save_preview(path, image, metadata=metadata)
    elif not chosen:
        image = stage.image_of(np.concatenate([band.beauty for band in stage.bands()], axis=0))
        write_image(path, image, metadata=metadata)
    else:
        image = _write_layers(path, stage, chosen, metadata)
    if preview is not None:
        save_preview(preview, image)
    return image


def _write_layers(path: StrPath, stage: Stage, layers: Layers, metadata: Mapping[str, Any] | None) -> Image:
    names = light_layer_names(stage.lights)
    beauty = np.empty_like(stage.rgb)
    channels = (*(_RGB if stage.alpha is None else _RGBA), *_channel_names(layers, names))
    like = stage.plate.with_pixels(
        np.zeros((1, stage.plate.width, len(channels)), dtype=np.float32),
        channels,
        color_space=stage.color_space,
        alpha_associated=True,
        display_window=stage.plate.display_window or (*stage.plate.data_window, stage.plate.width, stage.plate.height),
    )
    top = 0
    with write_rows(path, like, stage.plate.height, dtype="float", metadata=metadata) as rows:
        for band in stage.bands(per_light=layers.lights):
            bottom = top + band.beauty.shape[0]
            beauty[top:bottom] = band.beauty
            parts = [band.beauty] if stage.alpha is None else [band.beauty, stage.alpha[top:bottom]]
            rows.write(np.concatenate([*parts, *_values(band, layers, names)], axis=2))
            top = bottom
    return stage.image_of(beauty)


def _channel_names(layers: Layers, lights: Sequence[str | None]) -> Iterator[str]:
    if layers.passes:
        for layer in ("diffuse", "specular", "ambient", "plate"):
            yield from (f"{layer}.{color}" for color in _COLORS)
        yield from ("shadow.Y", "mask.Y")
    if layers.lights:
        if not layers.passes:
            yield from (f"plate.{color}" for color in _COLORS)
        for name in lights:
            if name is not None:
                yield from (f"{name}.{color}" for color in _COLORS)


def _values(relit: Relit, layers: Layers, lights: Sequence[str | None]) -> Iterator[FloatArray]:
    """The arrays behind `_channel_names`."""
    if layers.passes:
        yield from (relit.diffuse, relit.specular, relit.ambient, relit.plate, relit.shadow, relit.mask)
    if layers.lights:
        if not layers.passes:
            yield relit.plate
        yield from (value for value, name in zip(relit.lights, lights, strict=True) if name is not None)


def light_layer_names(lights: Sequence[Light]) -> list[str | None]:
    """A layer name for each light: `light_` and its name in letters, digits and underscores, or its type where it has
    none; numbered where two would be alike. None for a light that is off."""
    names: list[str | None] = []
    for light in lights:
        if not light.enabled:
            names.append(None)
            continue
        plain = re.sub(r"[^A-Za-z0-9]+", "_", light.name).strip("_") or kind_of(light)
        name, number = f"light_{plain}", 1
        while name in names:
            number += 1
            name = f"light_{plain}{number}"
        names.append(name)
    return names


def save_preview(path: StrPath, image: Image, *, metadata: Mapping[str, Any] | None = None) -> None:
    """Write `image` (R G B, A; scene-linear, premultiplied) display-encoded for an sRGB screen, 8 bit; clipped at 1.

    Raises:
        BadConfig, DiskFull, BadInput, WorkFailed: as `core.image.write_image`.
    """
    rgb, alpha = image.rgb(), image.alpha()
    if Path(path).suffix.lower() in (".jpg", ".jpeg"):
        alpha = None  # JPEG has no alpha: the premultiplied picture over black is what it can show
    if alpha is not None:
        # The curve belongs on the colour of the thing, not on its mixture with nothing.
        rgb = np.where(alpha > 1e-4, rgb / np.maximum(alpha, 1e-4), 0.0).astype(np.float32)
    shown = to_display(rgb, image.color_space)
    if alpha is None:
        write_image(path, image.with_pixels(shown, _RGB, color_space=SRGB), metadata=metadata)
        return
    pixels = np.concatenate([shown, np.clip(alpha, 0.0, 1.0)], axis=2)
    straight = image.with_pixels(pixels, _RGBA, color_space=SRGB, alpha_associated=False)
    write_image(path, straight, metadata=metadata)
