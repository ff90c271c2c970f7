"""Relighting of picture files: plate, normals, depth and albedo in, relit picture out."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.color import to_display, to_scene_linear
from core.errors import BadChannels, BadConfig, BadSize
from core.image import SCENE_LINEAR, SRGB, Image, read_image, write_image
from core.inference.lens import Lens, plate_window
from core.relight.albedo import estimate_albedo
from core.relight.compose import MODES, Mode, Relit, relight
from core.relight.lights import Light
from core.relight.place import positions
from core.relight.shade import Surface

__all__ = ["DEFAULT_FOV_DEGREES", "RelightOptions", "relight_picture", "save_preview", "save_relit"]

FloatArray: TypeAlias = NDArray[np.float32]
StrPath: TypeAlias = str | os.PathLike[str]

DEFAULT_FOV_DEGREES = 50.0
"""Field of view along the longer side where none is given: a 38 mm lens on a full-frame back."""

_DEFAULT_ALBEDO = "plate"
_RGB = ("R", "G", "B")
_RGBA = ("R", "G", "B", "A")


@dataclass(frozen=True)
class RelightOptions:
    """How a picture is relit.

    Attributes:
        mode: `multiply`, `add` or `replace`, see `core.relight.compose`.
        albedo: for `add` and `replace`: an image file, one number or three numbers with commas (0..1), or `plate` to
            estimate it from the plate.
        roughness: 0 (mirror) .. 1.
        metalness: 0 .. 1.
        specular: strength of the reflection of what is no metal, 0 .. 1; 0.5 is 4 % straight on, 0 switches it off
            but for grazing angles.
        fov_degrees: field of view along the longer side, 1 to 170, as for `platelight normals`; None: 50.
        distance: metres, above 0: where the surface is taken to be where depth is not known.

    Raises:
        BadConfig: a value out of range; the message names it.
    """

    mode: Mode = "multiply"
    albedo: str = _DEFAULT_ALBEDO
    roughness: float = 0.5
    metalness: float = 0.0
    specular: float = 0.5
    fov_degrees: float | None = None
    distance: float = 2.0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise BadConfig(f"mode is {self.mode!r}; choose one of {', '.join(MODES)}")
        for name in ("roughness", "metalness", "specular"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise BadConfig(f"{name} is {getattr(self, name)}; it must be from 0 to 1")
        if not (math.isfinite(self.distance) and self.distance > 0.0):
            raise BadConfig(f"distance is {self.distance}; it must be above 0 metres")
        Lens(fov_degrees=self.fov_degrees)  # raises where no lens is so narrow or wide


def relight_picture(
    plate: Image,
    normals: Image,
    lights: tuple[Light, ...],
    options: RelightOptions,
    *,
    depth: Image | None = None,
    name: str = "plate",
) -> tuple[Image, Relit]:
    """Relight one image in memory.

    Args:
        plate: any colour space. Scene-linear ones (ACEScg too) are worked on in their own primaries, which the colours
            of the lights are then in; others are made scene-linear Rec.709.
        normals: an image with a layer `N` of three channels, camera space, -1..1, of the plate's size.
        lights: what to light with.
        options: how.
        depth: an image with a layer `depth` (or a single channel): planar depth in metres, 0 where there is none.
        name: what messages call the plate, usually its path.

    Returns:
        The relit image (`R G B`, `A` if the plate had alpha; scene-linear, premultiplied; the plate's windows, aspect
        and metadata) and its layers.

    Raises:
        BadChannels: no `N` layer, no depth channel, or a plate without colour.
        BadSize: plate, normals, depth or albedo are of different size.
        FileMissing, UnreadableImage: the albedo file.
        BadConfig: the albedo is neither a file nor numbers; a colour space is unknown.
    """
    _same_size(plate, normals, name, "normals")
    space = plate.color_space if _is_scene_linear(plate.color_space) else SCENE_LINEAR
    rgb = plate.rgb() if space == plate.color_space else to_scene_linear(plate.rgb(), plate.color_space)
    alpha = plate.alpha()
    if alpha is not None and not plate.alpha_associated:
        rgb = rgb * alpha
    planar = None
    if depth is not None:
        _same_size(plate, depth, name, "depth")
        planar = _depth_layer(depth)
    surface = Surface(
        normals=_normal_layer(normals),
        position=positions(_ray_slopes(plate, options.fov_degrees), planar, distance=options.distance),
        albedo=_albedo(options, rgb, plate, name),
        roughness=options.roughness,
        metalness=options.metalness,
        specular=options.specular,
    )
    relit = relight(rgb, surface, lights, mode=options.mode, alpha=alpha)
    pixels, channels = (relit.beauty, _RGB) if alpha is None else (np.concatenate([relit.beauty, alpha], 2), _RGBA)
    return plate.with_pixels(pixels, channels, color_space=space, alpha_associated=True), relit


def save_relit(path: StrPath, image: Image, relit: Relit | None = None) -> None:
    """Write a relit image: EXR scene-linear, every other format as `save_preview`.

    Args:
        path: the file; its suffix chooses the format.
        image: from `relight_picture`.
        relit: its layers, to be stored too as `diffuse`, `specular`, `ambient` and `plate` (EXR only). The whole file
            is then full float, so that in it, too, the layers sum to the beauty.

    Raises:
        BadConfig: layers asked for in a format that has none, or an unknown format.
        DiskFull, BadInput, WorkFailed: as `core.image.write_image`.
    """
    if Path(path).suffix.lower() != ".exr":
        if relit is not None:
            raise BadConfig(f"{path}: layers need an EXR file; name it .exr or leave out --passes")
        save_preview(path, image)
        return
    if relit is None:
        write_image(path, image)
        return
    layers = {"diffuse": relit.diffuse, "specular": relit.specular, "ambient": relit.ambient, "plate": relit.plate}
    names = tuple(f"{layer}.{color}" for layer in layers for color in ("red", "green", "blue"))
    pixels = np.concatenate([image.pixels, *layers.values()], axis=2)
    write_image(path, image.with_pixels(pixels, (*image.channels, *names)), dtype="float")


def save_preview(path: StrPath, image: Image) -> None:
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
        write_image(path, image.with_pixels(shown, _RGB, color_space=SRGB))
        return
    pixels = np.concatenate([shown, np.clip(alpha, 0.0, 1.0)], axis=2)
    write_image(path, image.with_pixels(pixels, _RGBA, color_space=SRGB, alpha_associated=False))


def _normal_layer(image: Image) -> FloatArray:
    if not image.has_layer("N"):
        shown = ", ".join(image.channels[:8]) + (" ..." if len(image.channels) > 8 else "")
        raise BadChannels(f"the normals file has no layer N (N.red ...) but {shown}; `platelight normals` makes one")
    layer = image.layer("N")
    if layer.shape[2] < 3:
        raise BadChannels(f"the layer N of the normals file has {layer.shape[2]} channels; it needs three")
    return layer[..., :3]


def _depth_layer(image: Image) -> FloatArray:
    for name in ("depth", "Z"):
        if image.has_layer(name):
            return image.layer(name)[..., :1]
    for index, channel in enumerate(image.channels):
        if channel in ("Z", "depth"):  # EXR's own name for depth stands outside of any layer
            return image.pixels[..., index : index + 1]
    if len(image.channels) == 1:
        return image.pixels
    raise BadChannels(f"the depth file has no channel depth.Z or Z; it has {', '.join(image.channels[:8])}")


def _albedo(options: RelightOptions, rgb: FloatArray, plate: Image, name: str) -> FloatArray:
    if options.mode == "multiply":
        return np.zeros(3, dtype=np.float32)  # the plate itself is, see `relight`
    if options.albedo == _DEFAULT_ALBEDO:
        return estimate_albedo(rgb)
    numbers = _numbers(options.albedo)
    if numbers is None:
        image = read_image(options.albedo)
        _same_size(plate, image, name, "albedo")
        return to_scene_linear(image.rgb(), image.color_space)
    if len(numbers) not in (1, 3) or not all(0.0 <= number <= 1.0 for number in numbers):
        raise BadConfig(f"albedo is {options.albedo}; it must be plate, an image, or one or three numbers from 0 to 1")
    return np.broadcast_to(np.asarray(numbers, dtype=np.float32), (3,))


def _numbers(text: str) -> list[float] | None:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return None


def _ray_slopes(plate: Image, fov_degrees: float | None) -> FloatArray:
    """(H, W, 2) slopes of the plate's pixels: the same rays that the plate's normals were predicted with."""
    window = plate_window(
        plate.width,
        plate.height,
        Lens(fov_degrees=fov_degrees),
        DEFAULT_FOV_DEGREES,
        pixel_aspect=plate.pixel_aspect,
        data_window=plate.data_window,
        display_window=plate.display_window,
    )
    return np.moveaxis(window.rays(plate.height, plate.width), 0, -1)


def _is_scene_linear(color_space: str) -> bool:
    lowered = color_space.lower()
    return lowered.startswith(("lin_", "linear")) or lowered in ("acescg", "aces - acescg", "aces2065-1")


def _same_size(plate: Image, other: Image, name: str, what: str) -> None:
    if (plate.width, plate.height) != (other.width, other.height):
        size, other_size = f"{plate.width}x{plate.height}", f"{other.width}x{other.height}"
        raise BadSize(f"{name} is {size} but the {what} file is {other_size}; both must be of one size")
