"""The error of a mapping of `standard_surface` to Mitsuba against the reference, over a grid of parameters."""

from __future__ import annotations

import importlib
import itertools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import MissingPart
from scene_generator.mtlx.mapping import Points
from scene_generator.mtlx.standard_surface import directions, evaluate
from scene_generator.mtlx.surface import StandardSurface
from scene_generator.renderers.llvm import find_llvm, probe_variant

__all__ = ["PLAIN", "TINTED", "Errors", "Grid", "compare", "evaluate_mitsuba", "load_mitsuba", "nearest_texture"]

FloatArray = npt.NDArray[np.float64]
Mapping = Callable[[Points, Callable[[Any], Any]], dict[str, Any]]
Color = tuple[float, float, float]


@dataclass(frozen=True)
class Grid:
    """Every combination of these is compared."""

    roughness: tuple[float, ...] = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
    metalness: tuple[float, ...] = (0.0, 0.5, 1.0)
    specular: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0)
    colors: tuple[Color, ...] = ((0.8, 0.8, 0.8), (0.05, 0.05, 0.05), (0.8, 0.1, 0.05), (0.95, 0.7, 0.3))
    """base x base_color, scene-linear Rec.709."""
    specular_color: Color = (1.0, 1.0, 1.0)
    incidence: tuple[float, ...] = (0.0, 20.0, 40.0, 60.0, 70.0, 80.0)
    """Degrees between the view and the normal."""
    side: int = 20
    """Of the grids of light directions, `standard_surface.directions`."""

    def materials(self) -> list[tuple[float, float, Color]]:
        """(roughness, metalness, colour) of every material but its `specular`, in order."""
        return list(itertools.product(self.roughness, self.metalness, self.colors))


PLAIN = Grid()
"""White `specular_color`, which is all that the generator draws."""

TINTED = Grid(specular=(0.5, 1.0), specular_color=(1.0, 0.6, 0.3))
"""A coloured `specular_color`."""


@dataclass(frozen=True, eq=False)
class Errors:
    """Relative errors, arrays (specular, roughness, metalness, colour, incidence)."""

    albedo: FloatArray
    """Sum over channels of |A - A_reference| by the sum of A_reference; A is the directional albedo."""
    signed: FloatArray
    """As `albedo`, without the bars: above 0 the mapping is too bright."""
    brdf: FloatArray
    """Integral over light directions and sum over channels of |f - f_reference|, by that of f_reference."""

    def summary(self) -> dict[str, float]:
        """Means and maxima over the grid, in per cent."""
        return {
            "albedo mean": 100 * float(self.albedo.mean()),
            "albedo max": 100 * float(self.albedo.max()),
            "brightness": 100 * float(self.signed.mean()),
            "BRDF mean": 100 * float(self.brdf.mean()),
            "BRDF max": 100 * float(self.brdf.max()),
        }


def load_mitsuba() -> Any:
    """Return the module `mitsuba` with the variant that is set in this process, else with the fastest that works here.

    Raises:
        MissingPart: Mitsuba is not installed.
    """
    try:
        mi: Any = importlib.import_module("mitsuba")
    except ImportError as error:
        raise MissingPart(f"Mitsuba cannot be loaded ({error}); install Platelight with its [render] extra") from error
    if mi.variant() is None:
        fastest = probe_variant("llvm_ad_rgb") is None
        library = find_llvm()
        if fastest and library is not None:
            os.environ.setdefault("DRJIT_LIBLLVM_PATH", str(library))
        mi.set_variant("llvm_ad_rgb" if fastest else "scalar_rgb")
    return mi


def compare(mi: Any, mapping: Mapping, grid: Grid, *, multiple_scattering: bool = False) -> Errors:
    """Measure `mapping` over `grid` with the module `mitsuba`, whose variant has been set.

    Args:
        mi: the module, variant `llvm_ad_rgb` or `scalar_rgb` (slow).
        mapping: see `mapping.py`.
        grid: what to compare.
        multiple_scattering: of the reference, see `standard_surface`.
    """
    materials = grid.materials()
    shape = (len(grid.specular), len(grid.roughness), len(grid.metalness), len(grid.colors), len(grid.incidence))
    results = np.zeros((3, *shape))
    flat = results.reshape(3, len(grid.specular), len(materials), len(grid.incidence))
    views = [np.array([np.sin(t), 0.0, np.cos(t)]) for t in np.radians(grid.incidence)]
    for i, specular in enumerate(grid.specular):
        points = _points(materials, specular, grid.specular_color)
        bsdf = mi.load_dict(mapping(points, nearest_texture(mi)))
        cases = [
            (m, v, *directions(views[v], max(materials[m][0], 0.03) ** 2, grid.side))
            for m in range(len(materials))
            for v in range(len(views))
        ]
        count = len(cases[0][3])
        which = np.repeat([c[0] for c in cases], count)
        view = np.repeat([views[c[1]] for c in cases], count, axis=0)
        light = np.concatenate([c[2] for c in cases])
        made = evaluate_mitsuba(mi, bsdf, view, light, (which + 0.5) / len(materials))
        for n, (m, v, where, weight) in enumerate(cases):
            wanted = evaluate(
                surface_of(materials[m], specular, grid.specular_color),
                views[v],
                where,
                multiple_scattering=multiple_scattering,
            )
            got = made[n * count : (n + 1) * count]
            whole = float((weight @ wanted).sum())
            difference = weight @ (got - wanted)
            flat[0, i, m, v] = np.abs(difference).sum() / whole if whole > 0 else 0.0
            flat[1, i, m, v] = difference.sum() / whole if whole > 0 else 0.0
            flat[2, i, m, v] = (weight @ np.abs(got - wanted)).sum() / whole if whole > 0 else 0.0
    return Errors(*results)


def surface_of(material: tuple[float, float, Color], specular: float, tint: Color) -> StandardSurface:
    """The reference's parameters of one of `Grid.materials`."""
    roughness, metalness, color = material
    return StandardSurface(
        base_color=color, metalness=metalness, specular=specular, specular_color=tint, specular_roughness=roughness
    )


def nearest_texture(mi: Any) -> Callable[[Any], Any]:
    """Return a maker of Mitsuba textures that hold a list of values: u = (i + 0.5) / N is value i, exactly."""

    def make(values: Any) -> Any:
        bitmap = mi.Bitmap(np.ascontiguousarray(values, np.float32)[None])
        return {"type": "bitmap", "bitmap": bitmap, "raw": True, "filter_type": "nearest", "wrap_mode": "clamp"}

    return make


def evaluate_mitsuba(mi: Any, bsdf: Any, view: FloatArray, light: FloatArray, u: FloatArray) -> FloatArray:
    """BRDF times cosine of a loaded BSDF, (N, 3), for directions (N, 3) and texture coordinates (u, 0.5)."""
    if mi.variant().startswith("scalar"):
        return np.array([_one(mi, bsdf, *each) for each in zip(view, light, u, strict=True)])
    importlib.import_module("drjit")
    hit = mi.SurfaceInteraction3f()
    hit.uv = mi.Point2f(mi.Float(u.astype(np.float32)), mi.Float(0.5))
    _frame(mi, hit)
    hit.wi = mi.Vector3f(np.ascontiguousarray(view.T, np.float32))
    value = bsdf.eval(mi.BSDFContext(), hit, mi.Vector3f(np.ascontiguousarray(light.T, np.float32)))
    return np.array(value, np.float64).T


def _one(mi: Any, bsdf: Any, view: FloatArray, light: FloatArray, u: float) -> Sequence[float]:
    hit = mi.SurfaceInteraction3f()
    hit.uv = mi.Point2f(float(u), 0.5)
    _frame(mi, hit)
    hit.wi = mi.Vector3f(*map(float, view))
    value = bsdf.eval(mi.BSDFContext(), hit, mi.Vector3f(*map(float, light)))
    return [float(value[0]), float(value[1]), float(value[2])]


def _frame(mi: Any, hit: Any) -> None:
    hit.n = mi.Normal3f(0, 0, 1)
    hit.sh_frame = mi.Frame3f(mi.Normal3f(0, 0, 1))
    hit.dp_du, hit.dp_dv = mi.Vector3f(1, 0, 0), mi.Vector3f(0, 1, 0)


def _points(materials: Sequence[tuple[float, float, Color]], specular: float, tint: Color) -> Points:
    return Points(
        base_color=np.array([m[2] for m in materials]),
        roughness=np.array([m[0] for m in materials]),
        metalness=np.array([m[1] for m in materials]),
        specular=specular,
        specular_color=tint,
    )
