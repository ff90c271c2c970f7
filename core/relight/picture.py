"""Relighting of pictures: plate, normals, depth, albedo and occlusion in, relit picture out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from core.color import convert, to_scene_linear
from core.depth import planar_depth
from core.depth_kind import DepthKind
from core.errors import BadChannels, BadConfig
from core.image import Image, check_same_place, read_image
from core.inference.lens import Lens, SlopeWindow, plate_window, told_fov
from core.relight.albedo import estimate_albedo
from core.relight.compose import MODES, FormerLight, Mode, Relit, mean_irradiance, relight
from core.relight.environment import Environment, load_environments
from core.relight.lights import AreaLight, DirectionalLight, Light, PointLight
from core.relight.place import positions
from core.relight.plate_light import confidence_of_normals, solid_normals, working_space
from core.relight.shade import Surface
from core.relight.shadows import ShadowSettings, screen_shadow, shadow_light

__all__ = [
    "DEFAULT_FOV_DEGREES",
    "RelightOptions",
    "Stage",
    "is_albedo_file",
    "relight_picture",
    "set_stage",
    "working_space",
]

FloatArray: TypeAlias = NDArray[np.float32]

DEFAULT_FOV_DEGREES = 50.0
"""Field of view along the longer side where none is given: a 38 mm lens on a full-frame back."""

_DEFAULT_ALBEDO = "plate"
_BAND_PIXELS = 1 << 18
_RGB = ("R", "G", "B")
_RGBA = ("R", "G", "B", "A")


@dataclass(frozen=True)
class RelightOptions:
    """How a picture is relit.

    Attributes:
        mode: `multiply`, `ratio`, `add` or `replace`, see `core.relight.compose`.
        albedo: for `add` and `replace`: an image file, one number or three numbers with commas (0..1), or `plate` to
            estimate it from the plate.
        roughness: 0 (mirror) .. 1.
        metalness: 0 .. 1.
        specular: strength of the reflection of what is no metal, 0 .. 1; 0.5 is 4 % straight on, 0 switches it off
            but for grazing angles.
        wrap: 0 .. 1, for all lights that wrap; the larger of it and a light's own holds.
        fov_degrees: field of view along the longer side, 1 to 170, as for `platelight normals`; None: what the normals
            were made with, as their file says, or else 50.
        distance: metres, above 0: where the surface is taken to be where depth is not known.
        depth_is: what the numbers of the depth file are.
        depth_scale: metres in one unit of the depth file, above 0: 0.01 where it is in centimetres.
        occlude_all: occlusion weakens every light, not only ambient and environment.
        balance: in `ratio`, where the former light is estimated here: scale the estimate by channel to a mean
            irradiance of 1 over the frame, so that white light of about 1 keeps the plate's exposure and white
            balance. One plate cannot tell strong or coloured light from bright or coloured paint. False takes the
            estimate as it is.
        shadows: how cast shadows are looked for in depth, or None for none.

    Raises:
        BadConfig: a value out of range; the message names it.
    """

    mode: Mode = "multiply"
    albedo: str = _DEFAULT_ALBEDO
    roughness: float = 0.5
    metalness: float = 0.0
    specular: float = 0.5
    wrap: float = 0.0
    fov_degrees: float | None = None
    distance: float = 2.0
    depth_is: DepthKind = DepthKind.PLANAR
    depth_scale: float = 1.0
    occlude_all: bool = False
    balance: bool = True
    shadows: ShadowSettings | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise BadConfig(f"mode is {self.mode!r}; choose one of {', '.join(MODES)}")
        for name in ("roughness", "metalness", "specular", "wrap"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise BadConfig(f"{name} is {getattr(self, name)}; it must be from 0 to 1")
        if not (math.isfinite(self.distance) and self.distance > 0.0):
            raise BadConfig(f"distance is {self.distance}; it must be above 0 metres")
        if not (math.isfinite(self.depth_scale) and self.depth_scale > 0.0):
            raise BadConfig(f"depth_scale is {self.depth_scale}; it must be above 0 metres a unit of the depth")
        Lens(fov_degrees=self.fov_degrees)  # raises where no lens is so narrow or wide


@dataclass(frozen=True, eq=False)
class Stage:
    """A plate made ready: everything that `relight` needs, for the whole frame.

    Attributes:
        plate: the image as it was read.
        rgb: (H, W, 3) float32 scene-linear, premultiplied.
        alpha: (H, W, 1) float32 or None.
        surface: what the plate shows.
        lights: with what it is lit.
        shadows: (H, W, 1) factors by index of a light.
        environments: prepared pictures.
        color_space: of `rgb` and of every colour of the lights.
        options: how it is lit.
        former: the light that was there, in the mode `ratio`.
    """

    plate: Image
    rgb: FloatArray
    alpha: FloatArray | None
    surface: Surface
    lights: tuple[Light, ...]
    shadows: Mapping[int | str, FloatArray]
    environments: Mapping[str, Environment]
    color_space: str
    options: RelightOptions
    former: FormerLight | None = None

    def relit(self, rows: slice = slice(None), *, per_light: bool = False) -> Relit:
        """Relight some rows, or all."""
        return relight(
            self.rgb[rows],
            self.surface.rows(rows),
            self.lights,
            mode=self.options.mode,
            alpha=None if self.alpha is None else self.alpha[rows],
            former=self.former,
            shadows={key: factor[rows] for key, factor in self.shadows.items()},
            environments=self.environments,
            color_space=self.color_space,
            occlude_all=self.options.occlude_all,
            per_light=per_light,
        )

    def bands(self, *, per_light: bool = False) -> Iterator[Relit]:
        """Relight a band of rows at a time, from the top down: layers of a large frame need not be held at once."""
        step = max(1, _BAND_PIXELS // self.plate.width)
        for top in range(0, self.plate.height, step):
            yield self.relit(slice(top, min(top + step, self.plate.height)), per_light=per_light)

    def image_of(self, beauty: FloatArray) -> Image:
        """(H, W, 3) as an image: `R G B`, `A` if the plate had alpha; the plate's windows, aspect and metadata."""
        pixels, channels = (beauty, _RGB) if self.alpha is None else (np.concatenate([beauty, self.alpha], 2), _RGBA)
        return self.plate.with_pixels(pixels, channels, color_space=self.color_space, alpha_associated=True)


def relight_picture(
    plate: Image,
    normals: Image,
    lights: tuple[Light, ...],
    options: RelightOptions,
    *,
    depth: Image | None = None,
    occlusion: Image | None = None,
    environments: Mapping[str, Environment] | None = None,
    former: npt.ArrayLike | None = None,
    name: str = "plate",
    per_light: bool = False,
) -> tuple[Image, Relit]:
    """Relight one image in memory.

    Args:
        plate, normals, lights, options, depth, occlusion, environments, former, name: as `set_stage`.
        per_light: keep each light alone, too.

    Returns:
        The relit image (`R G B`, `A` if the plate had alpha; scene-linear, premultiplied; the plate's windows, aspect
        and metadata) and its layers.

    Raises:
        As `set_stage`.
    """
    stage = set_stage(
        plate,
        normals,
        lights,
        options,
        depth=depth,
        occlusion=occlusion,
        environments=environments,
        former=former,
        name=name,
    )
    relit = stage.relit(per_light=per_light)
    return stage.image_of(relit.beauty), relit


def set_stage(
    plate: Image,
    normals: Image,
    lights: tuple[Light, ...],
    options: RelightOptions,
    *,
    depth: Image | None = None,
    occlusion: Image | None = None,
    environments: Mapping[str, Environment] | None = None,
    former: npt.ArrayLike | None = None,
    name: str = "plate",
    files: Mapping[str, str] | None = None,
) -> Stage:
    """Make a plate ready for light.

    Args:
        plate: any colour space. Scene-linear ones (ACEScg too) are worked on in their own primaries, which the colours
            of the lights are then in; others are made scene-linear Rec.709.
        normals: an image with a layer `N` of three channels, camera space, -1..1, of the plate's size.
        lights: what to light with.
        options: how.
        depth: an image with a layer `depth` (or a single channel), in metres: `options.depth_is` says of what kind; 0
            where there is none.
        occlusion: an image with 0 (closed in) to 1 (open), as `core.image.Image.open_share` finds it.
        environments: pictures of the environment lights; None: they are read here.
        former: (9, 3) harmonics of the light that was there, for the mode `ratio`; None: they are estimated here.
        name: what messages call the plate, usually its path.
        files: what they call `normals`, `depth` and `occlusion`, by these words; None: "the normals file" and so on.

    Raises:
        BadChannels: no `N` layer, no depth channel, or a plate without colour.
        BadSize: plate, normals, depth, occlusion or albedo are of different size, or at different places of one frame.
        FileMissing, UnreadableImage: the albedo file or an environment's picture.
        BadConfig: the albedo is neither a file nor numbers; a colour space is unknown; shadows without depth.
        BadInput: the depth is negative throughout.
        WorkFailed: the mode `ratio` on a plate whose light cannot be estimated, see `core.relight.estimate`.
    """
    called = {what: f"the {what} file" for what in ("normals", "depth", "occlusion")} | dict(files or {})
    check_same_place(plate, name, normals, called["normals"])
    if options.fov_degrees is None:
        options = replace(options, fov_degrees=told_fov(normals.metadata))
    space = working_space(plate.color_space)
    rgb = plate.rgb() if space == plate.color_space else to_scene_linear(plate.rgb(), plate.color_space)
    alpha = plate.alpha()
    if alpha is not None and not plate.alpha_associated:
        rgb = rgb * alpha
    planar, open_share = None, None
    window = _window(plate, options.fov_degrees)
    slopes = np.moveaxis(window.rays(plate.height, plate.width), 0, -1)
    if depth is not None:
        check_same_place(plate, name, depth, called["depth"])
        planar = planar_depth(depth, slopes, options.depth_is, called["depth"]) * np.float32(options.depth_scale)
    if occlusion is not None:
        check_same_place(plate, name, occlusion, called["occlusion"])
        open_share = occlusion.open_share()
    layer = _normal_layer(normals, called["normals"])
    surface = Surface(
        normals=layer,
        position=positions(slopes, planar, distance=options.distance),
        albedo=_albedo(options, rgb, alpha, plate, name),
        roughness=options.roughness,
        metalness=options.metalness,
        specular=options.specular,
        occlusion=1.0 if open_share is None else open_share,
        wrap=options.wrap,
    )
    if options.mode == "ratio" and former is None:
        former = _estimated(rgb, alpha, normals, layer, open_share, options.balance)
    return Stage(
        plate=plate,
        rgb=rgb,
        alpha=alpha,
        surface=surface,
        lights=lights,
        shadows=_shadows(window, layer, planar, lights, options),
        environments=load_environments(lights, space) if environments is None else environments,
        color_space=space,
        options=options,
        former=None if former is None else FormerLight.over(former, layer),
    )


def _estimated(
    rgb: FloatArray,
    alpha: FloatArray | None,
    normals: Image,
    layer: FloatArray,
    occlusion: FloatArray | None,
    balance: bool,
) -> npt.ArrayLike:
    """Harmonics of the light that the plate itself shows."""
    from core.relight.estimate import estimate_light

    solid, confidence = solid_normals(layer, alpha), confidence_of_normals(normals)
    found = estimate_light(rgb, solid, confidence=confidence, occlusion=occlusion).harmonics
    return found / mean_irradiance(found, solid) if balance else found


def _shadows(
    window: SlopeWindow,
    normals: FloatArray,
    depth: FloatArray | None,
    lights: tuple[Light, ...],
    options: RelightOptions,
) -> dict[int | str, FloatArray]:
    if options.shadows is None:
        return {}
    if depth is None:
        raise BadConfig("cast shadows are found in depth; give it with --depth, or leave out --shadows")
    return {
        index: screen_shadow(depth, normals, window, shadow_light(light), options.shadows)
        for index, light in enumerate(lights)
        if light.enabled and isinstance(light, DirectionalLight | PointLight | AreaLight)
    }


def _normal_layer(image: Image, name: str) -> FloatArray:
    if not image.has_layer("N"):
        shown = ", ".join(image.channels[:8]) + (" ..." if len(image.channels) > 8 else "")
        raise BadChannels(f"{name} has no layer N (N.red ...) but {shown}; `platelight normals` makes one")
    layer = image.layer("N")
    if layer.shape[2] < 3:
        raise BadChannels(f"the layer N of {name} has {layer.shape[2]} channels; it needs three")
    return layer[..., :3]


def _albedo(options: RelightOptions, rgb: FloatArray, alpha: FloatArray | None, plate: Image, name: str) -> FloatArray:
    if options.mode in ("multiply", "ratio"):
        return np.zeros(3, dtype=np.float32)  # the plate itself is, or none is needed; see `relight`
    if options.albedo == _DEFAULT_ALBEDO:
        return estimate_albedo(rgb, alpha=alpha)
    numbers = _numbers(options.albedo)
    if numbers is None:
        image = read_image(options.albedo)
        check_same_place(plate, name, image, options.albedo)
        return convert(_unmixed(image), image.color_space, working_space(plate.color_space))
    if len(numbers) not in (1, 3) or not all(0.0 <= number <= 1.0 for number in numbers):
        raise BadConfig(f"albedo is {options.albedo}; it must be plate, an image, or one or three numbers from 0 to 1")
    return np.broadcast_to(np.asarray(numbers, dtype=np.float32), (3,))


def _unmixed(image: Image) -> FloatArray:
    """Colours that are not premultiplied: light falls on them, and is multiplied by the plate's alpha itself."""
    rgb, cover = image.rgb(), image.alpha()
    if cover is None or not image.alpha_associated:
        return rgb
    there = cover > np.float32(1e-4)
    return np.where(there, rgb / np.where(there, cover, np.float32(1.0)), rgb).astype(np.float32)


def _numbers(text: str) -> list[float] | None:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return None


def _window(plate: Image, fov_degrees: float | None) -> SlopeWindow:
    """Where the plate's pixels look: the same rays that its normals were predicted with."""
    return plate_window(
        plate.width,
        plate.height,
        Lens(fov_degrees=fov_degrees),
        DEFAULT_FOV_DEGREES,
        pixel_aspect=plate.pixel_aspect,
        data_window=plate.data_window,
        display_window=plate.display_window,
    )


def is_albedo_file(albedo: str) -> bool:
    """Whether `RelightOptions.albedo` names a file rather than numbers or the estimate."""
    return albedo != _DEFAULT_ALBEDO and _numbers(albedo) is None
