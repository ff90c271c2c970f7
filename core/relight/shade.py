"""Light on a surface: diffuse, specular and ambient, kept apart.

With `irradiance` (over pi) and `reflected` of each light from `core.relight.contribution`:

    diffuse  += albedo (1 - metalness) irradiance x shadow         Lambert, pi folded into the unit
    specular += reflected x shadow                                 GGX
    ambient   = albedo E_ambient x occlusion

with the straight-on reflectance f0 = lerp(0.08 specular, albedo, metalness) (Burley 2012: 0.5 gives the 4 % of most
dielectrics). A metal in even surroundings mirrors them in its own colour, hence no (1 - metalness) in `ambient`.
Occlusion weakens ambient and environment light, and the others where asked. The diffuse part is not weakened by what
the specular part takes, so that a frontal light of intensity 1 returns the albedo exactly; the sum may therefore exceed
the light by F, a few percent away from grazing angles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import BadConfig, BadSize
from core.image.pixels import SCENE_LINEAR
from core.relight.contribution import Points, contribution
from core.relight.environment import Environment
from core.relight.lights import AmbientLight, AreaLight, EnvironmentLight, Light, PointLight, level
from core.relight.vectors import channels_apart, length, unit_normals

__all__ = ["LightPass", "LightPasses", "Shadows", "Surface", "shade"]

FloatArray: TypeAlias = NDArray[np.float32]
Shadows: TypeAlias = Mapping[int | str, FloatArray]
"""(H, W, 1) or (H, W) factors by index or name of a light: 1 is lit, 0 in shadow."""

_BAND_PIXELS = 1 << 16  # rows are shaded in bands of about this many pixels: 4K frames then fit caches and memory
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)  # ITU-R BT.709-6; for the shadow pass only


@dataclass(frozen=True)
class Surface:
    """What is lit, pixel by pixel.

    Attributes:
        normals: (H, W, 3) float32, camera space. Any length: they are made unit here; zero or NaN means "no surface"
            and receives no light.
        position: (H, W, 3) float32, camera space metres (see `core.relight.place`). None: unknown; the view is then
            taken to be along -Z everywhere, and only lights without a place (directional, ambient, rim, environment)
            can be used. NaN means "no surface".
        albedo: (H, W, 3) float32 scene-linear, or (3,); 0..1, above 1 is passed on as given; NaN counts as 0.
        roughness: (H, W, 1) float32 or a float, 0 (mirror) .. 1.
        metalness: (H, W, 1) float32 or a float, 0 .. 1.
        specular: strength of a dielectric's reflection, 0 .. 1; 0.5 is 4 % straight on.
        occlusion: (H, W, 1) float32 or a float, 0 (closed in) .. 1 (open).
        wrap: 0 .. 1; the larger of this and a light's own holds (directional, point, spot, environment).
        view: (H, W, 3) float32 unit directions to the camera; None: from `position`.
    """

    normals: FloatArray
    position: FloatArray | None
    albedo: FloatArray
    roughness: FloatArray | float = 0.5
    metalness: FloatArray | float = 0.0
    specular: float = 0.5
    occlusion: FloatArray | float = 1.0
    wrap: float = 0.0
    view: FloatArray | None = None

    def rows(self, rows: slice) -> Surface:
        """The same surface, cut to some rows."""
        height = self.normals.shape[0]
        changes: dict[str, Any] = {}
        for name in ("normals", "position", "albedo", "roughness", "metalness", "occlusion", "view"):
            value = getattr(self, name)
            if isinstance(value, np.ndarray) and value.ndim == 3 and value.shape[0] == height:
                changes[name] = value[rows]
        return replace(self, **changes)


@dataclass(frozen=True)
class LightPass:
    """What one light adds, (H, W, 3) float32 each; of an ambient light `diffuse` is its share of `ambient`."""

    diffuse: FloatArray
    specular: FloatArray


@dataclass(frozen=True)
class LightPasses:
    """(H, W, 3) float32 scene-linear each, 0 or more; their sum is all the light that leaves toward the camera."""

    diffuse: FloatArray
    specular: FloatArray
    ambient: FloatArray
    surface: NDArray[np.bool_]
    """(H, W, 1): where there is a surface at all, that is, a normal that is neither zero nor NaN."""
    shadow: FloatArray
    """(H, W, 1): share of the light that shadows leave, by luminance; 1 where no light arrives."""
    lights: tuple[LightPass, ...] = ()
    """One for each light given, in their order, where asked for; a light that is off has zeros."""


def shade(
    surface: Surface,
    lights: Sequence[Light],
    *,
    shadows: Shadows | None = None,
    environments: Mapping[str, Environment] | None = None,
    color_space: str = SCENE_LINEAR,
    occlude_all: bool = False,
    per_light: bool = False,
) -> LightPasses:
    """Put `lights` on `surface`.

    Args:
        surface: what is lit.
        lights: with what; those that are not enabled add nothing.
        shadows: factors by the index of a light in `lights` or by its name (the index goes first), 0..1.
        environments: pictures of the environment lights, see `core.relight.environment.load_environments`.
        color_space: whose primaries everything is in; a light's temperature becomes a colour in them.
        occlude_all: occlusion weakens every light, not only ambient and environment.
        per_light: keep each light's own share, too. Costs two images of memory a light.

    Returns:
        LightPasses; no lights gives zeros. Always finite where the lights are.

    Raises:
        BadSize: normals, position, albedo, roughness, metalness, occlusion or a shadow do not fit together.
        BadConfig: a light that needs positions where there are none, or an environment without its picture.
    """
    height, width = _checked_size(surface)
    for light in lights:
        if light.enabled and surface.position is None and isinstance(light, PointLight | AreaLight):
            raise BadConfig(f"the light {light.name!r} stands in the scene and needs positions; give depth")
    cast = [_shadow_of(index, light, shadows or {}, (height, width)) for index, light in enumerate(lights)]
    passes = _empty(height, width, len(lights) if per_light else 0)
    for rows in _bands(height, width):
        band = _band_of(passes, rows)
        _shade_band(
            surface.rows(rows),
            lights,
            [factor if factor is None else factor[rows] for factor in cast],
            environments,
            color_space,
            occlude_all,
            band,
        )
    return passes


def _shade_band(
    surface: Surface,
    lights: Sequence[Light],
    cast: Sequence[FloatArray | None],
    environments: Mapping[str, Environment] | None,
    color_space: str,
    occlude_all: bool,
    out: LightPasses,
) -> None:
    """Add the light on one band of rows to `out`, in place."""
    normals, is_surface = unit_normals(channels_apart(surface.normals))
    if surface.position is None:
        position = np.zeros_like(normals)
    else:
        position = channels_apart(surface.position)
        known = np.isfinite(position).all(axis=-1, keepdims=True)
        is_surface = is_surface & known
        position = np.where(known, position, _ZERO)
    normals = np.where(is_surface, normals, _ZERO)
    out.surface[:] = is_surface
    shape = normals.shape
    albedo = np.broadcast_to(_made_finite(channels_apart(np.asarray(surface.albedo, dtype=np.float32)), 0.0), shape)
    metalness = np.clip(_made_finite(surface.metalness, 0.0), _ZERO, _ONE)
    dielectric = np.float32(0.08 * surface.specular)
    points = Points(
        normals=normals,
        position=position,
        view=_view(surface, position),
        roughness=np.atleast_1d(np.clip(_made_finite(surface.roughness, 0.5), _ZERO, _ONE)),
        f0=np.clip(dielectric + (albedo - dielectric) * metalness, _ZERO, _ONE),
        wrap=surface.wrap,
    )
    body = albedo * (_ONE - metalness)
    open_share = np.clip(_made_finite(surface.occlusion, 1.0), _ZERO, _ONE)
    body_light, gloss, around_light = (channels_apart(layer) for layer in (out.diffuse, out.specular, out.ambient))
    unshadowed = np.zeros((*shape[:2], 1), dtype=np.float32)
    shadowed = np.zeros((*shape[:2], 1), dtype=np.float32)
    for index, (light, factor) in enumerate(zip(lights, cast, strict=True)):
        if not light.enabled:
            continue
        around = isinstance(light, AmbientLight | EnvironmentLight)
        if isinstance(light, AmbientLight):
            diffuse, specular = albedo * level(light, color_space), np.zeros((1, 1, 3), dtype=np.float32)
        else:
            irradiance, specular = contribution(light, points, environments, color_space)
            diffuse = body * irradiance
        keep = np.where(is_surface, open_share if around or occlude_all else _ONE, _ZERO)
        diffuse, specular = diffuse * keep, specular * keep
        if any(each is not None for each in cast):
            bright = (diffuse + specular) @ _LUMINANCE[:, None]
            unshadowed += bright
            shadowed += bright if factor is None else bright * factor
        if factor is not None:
            diffuse, specular = diffuse * factor, specular * factor
        if isinstance(light, AmbientLight):
            around_light += diffuse
        else:
            body_light += diffuse
            gloss += specular
        if out.lights:
            out.lights[index].diffuse[:] = diffuse
            out.lights[index].specular[:] = specular
    out.diffuse[:], out.specular[:], out.ambient[:] = body_light, gloss, around_light
    lit = unshadowed > 0.0
    out.shadow[:] = np.where(lit, shadowed / np.where(lit, unshadowed, _ONE), _ONE)


def _view(surface: Surface, position: FloatArray) -> FloatArray:
    """(H, W, 3) unit vectors to the camera; straight at it where a point lies in the camera itself."""
    ahead = np.array([0.0, 0.0, 1.0], dtype=np.float32)
    toward = -position if surface.view is None else _made_finite(surface.view, 0.0)
    distance = length(toward)
    return np.where(distance > np.float32(1e-12), toward / np.maximum(distance, np.float32(1e-12)), ahead)


def _shadow_of(index: int, light: Light, shadows: Shadows, size: tuple[int, int]) -> FloatArray | None:
    factor = shadows.get(index, shadows.get(light.name) if light.name else None)
    if factor is None:
        return None
    factor = np.asarray(factor, dtype=np.float32)
    factor = factor[..., None] if factor.ndim == 2 else factor
    if factor.shape != (*size, 1):
        raise BadSize(f"the shadow of light {light.name or index!r} has shape {factor.shape}; {(*size, 1)} is needed")
    return np.clip(_made_finite(factor, 1.0), _ZERO, _ONE)


def _empty(height: int, width: int, lights: int) -> LightPasses:
    def black() -> FloatArray:
        return np.zeros((height, width, 3), dtype=np.float32)

    return LightPasses(
        diffuse=black(),
        specular=black(),
        ambient=black(),
        surface=np.zeros((height, width, 1), dtype=np.bool_),
        shadow=np.ones((height, width, 1), dtype=np.float32),
        lights=tuple(LightPass(black(), black()) for _ in range(lights)),
    )


def _band_of(passes: LightPasses, rows: slice) -> LightPasses:
    """Views of some rows of `passes`."""
    return LightPasses(
        diffuse=passes.diffuse[rows],
        specular=passes.specular[rows],
        ambient=passes.ambient[rows],
        surface=passes.surface[rows],
        shadow=passes.shadow[rows],
        lights=tuple(LightPass(each.diffuse[rows], each.specular[rows]) for each in passes.lights),
    )


def _made_finite(values: FloatArray | float, otherwise: float) -> FloatArray:
    array = np.asarray(values, dtype=np.float32)
    return np.where(np.isfinite(array), array, np.float32(otherwise))


def _bands(height: int, width: int) -> Iterator[slice]:
    rows = max(1, _BAND_PIXELS // max(1, width))
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))


def _checked_size(surface: Surface) -> tuple[int, int]:
    if surface.normals.ndim != 3 or surface.normals.shape[2] != 3:
        raise BadSize(f"normals have shape {surface.normals.shape}; height x width x 3 is needed")
    height, width = surface.normals.shape[:2]
    for name, array, wide in (
        ("position", surface.position, 3),
        ("view", surface.view, 3),
        ("albedo", np.asarray(surface.albedo), 3),
        ("roughness", np.asarray(surface.roughness), 1),
        ("metalness", np.asarray(surface.metalness), 1),
        ("occlusion", np.asarray(surface.occlusion), 1),
    ):
        if array is None:
            continue
        try:
            fits = np.broadcast_shapes(array.shape, (height, width, wide)) == (height, width, wide)
        except ValueError:
            fits = False
        if not fits:
            raise BadSize(f"{name} has shape {array.shape}; {(height, width, wide)} is needed to fit the normals")
    return int(height), int(width)
