"""What light was on the set: nine harmonics a channel, a key direction, ambient light, from a plate and its normals.

The plate is I = a E(n) with the albedo a unknown. What is done about it:

1. Pixels that are clipped, very bright (highlights, lamps) or nearly black are left out; a sample of the rest is taken.
2. They are grouped by chroma and place (`core.relight.chroma_groups`); each group has one unknown albedo.
3. One directional light over ambient light is searched over the whole sphere, with the groups' albedos free and cast
   shadows allowed for (`core.relight.one_light`). This needs no start value and cannot stop in a local minimum.
4. Nine harmonics per channel are fitted to I / a by iteratively reweighted least squares with Tukey's biweight (Beaton
   and Tukey, Technometrics 16(2), 1974; constant 4.685), in turn with the groups' albedos. Where no normal points - the
   whole back of the sphere - the data say nothing: a weak Tikhonov term there pulls to the light of step 3.
5. Irradiance that comes out negative somewhere on the sphere is pressed to zero by penalty rows, and what remains of it
   by shrinking bands 1 and 2.

Alternatives that were tried on rendered scenes and did worse are listed in docs/light-estimation.md.

What cannot be known from one plate: the scale of the light (albedo and light only appear as a product; the mean albedo
is taken to be `EstimateSettings.mean_albedo`) and the light's overall colour (the mean albedo is taken to be grey, as
in Buchsbaum, "A Spatial Processor Model for Object Colour Perception", J. Franklin Institute 310(1), 1980). An albedo
that is given fixes both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig, BadSize, WorkFailed
from core.relight.chroma_groups import LUMINANCE, LightSamples, chroma_groups, usable_pixels
from core.relight.harmonics import (
    BANDS,
    COSINE,
    COUNT,
    ambient_harmonics,
    directional_harmonics,
    irradiance_basis,
    linear_band,
    sphere_directions,
)
from core.relight.one_light import OneLight, find_one_light

__all__ = ["EstimateSettings", "LightEstimate", "ResidualStatistics", "estimate_light"]

FloatArray: TypeAlias = npt.NDArray[np.float32]
DoubleArray: TypeAlias = npt.NDArray[np.float64]

LEAST_PIXELS = 64
_TUKEY = 4.685
_PRIOR = np.array([1e-4, 2e-3, 6e-3])[BANDS]
"""Weight of the pull to the one-light model by band, against the mean square of what the data say."""
_CONFIDENCE_POWER = 0.25
"""Confidence is high on floors and walls and low on round things, which show most about where light comes from: taken
in full it leaves next to nothing but one direction of normals, and keys are further off than with no weights at all
(docs/light-estimation.md). The fourth root still takes out what has no surface."""
_ALTERNATIONS = 6
_SPHERE = 400
_SHARP_DEGREES = 3.0
_KEPT = 0.5  # least share of the light on the plate that is left where it is kept from being negative


@dataclass(frozen=True)
class EstimateSettings:
    """How light is estimated.

    Attributes:
        clip: scene-linear value at which the plate is clipped; None finds a flat top by itself.
        least_confidence: pixels of less confidence are left out, 0..1; others weigh by the fourth root of theirs.
        groups: largest number of groups of one albedo, 1 to 256. 1 is a plate of one material.
        spread: weight of place against chroma in the grouping, 0 or more.
        pixels: sampled for the harmonics; a quarter of them for the search, 256 or more.
        mean_albedo: what the mean albedo is taken to be, 0 to 1; it sets the scale of the light.
        seed: of the sample and the grouping.

    Raises:
        BadConfig: a number out of its range.
    """

    clip: float | None = None
    least_confidence: float = 0.0
    groups: int = 25
    spread: float = 0.6
    pixels: int = 6000
    mean_albedo: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("least_confidence", 0.0, 1.0),
            ("groups", 1, 256),
            ("spread", 0.0, 100.0),
            ("pixels", 256, 1 << 22),
            ("mean_albedo", 1e-4, 1.0),
            ("seed", 0, 2**63),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadConfig(f"estimation setting {name} is {value}; it must be {low} .. {high}")
        if self.clip is not None and not self.clip > 0.0:
            raise BadConfig(f"clip value is {self.clip}; it must be above 0")


@dataclass(frozen=True)
class ResidualStatistics:
    """How well the light explains the plate, over the sampled pixels, in stops (log2 of plate over model, luminance).

    Attributes:
        pixels: how many were used.
        usable_share: share of the surface's pixels that were fit for use.
        median_stops: median of the absolute residual.
        p90_stops: its 90th percentile; cast shadows and paint live here.
        rejected_share: share that Tukey's weight set to nothing.
        coverage: share of the sphere's directions that have a normal within 15 degrees; 0.5 at most for what faces
            the camera. Below about 0.1 the plate is one wall, and the direction is a guess.
    """

    pixels: int
    usable_share: float
    median_stops: float
    p90_stops: float
    rejected_share: float
    coverage: float


@dataclass(frozen=True)
class LightEstimate:
    """The light of a plate. Camera space; irradiance over pi; colours in the plate's primaries.

    Attributes:
        harmonics: (9, 3) float64 radiance, see `core.relight.harmonics`.
        toward: (3,) unit vector to the dominant light.
        spread_degrees: RMS angle of the directions that explain the plate about as well, uncalibrated.
        key: (3,) irradiance of the directional part on a surface that faces it.
        ambient: (3,) irradiance of the rest, the same on all sides.
        directionality: length of band 1 over its largest possible, by luminance: 0 is light from all sides alike,
            1 one distant lamp and nothing else.
        residuals: how well it fits.
    """

    harmonics: DoubleArray
    toward: DoubleArray
    spread_degrees: float
    key: DoubleArray
    ambient: DoubleArray
    directionality: float
    residuals: ResidualStatistics

    @property
    def ambient_to_key(self) -> float:
        """Ambient over key, by luminance; infinite where there is no key."""
        key = float(self.key @ LUMINANCE)
        return float(self.ambient @ LUMINANCE) / key if key > 0.0 else math.inf


def estimate_light(
    plate: npt.ArrayLike,
    normals: npt.ArrayLike,
    *,
    confidence: npt.ArrayLike | None = None,
    occlusion: npt.ArrayLike | None = None,
    albedo: npt.ArrayLike | None = None,
    settings: EstimateSettings | None = None,
) -> LightEstimate:
    """Estimate the light of a plate. See the module for how.

    Args:
        plate: (H, W, 3) scene-linear, unpremultiplied, of any exposure.
        normals: (H, W, 3) unit camera-space normals; zero or not finite is no surface.
        confidence: (H, W) or (H, W, 1), 0..1, how sure each normal is, or None; see `EstimateSettings`.
        occlusion: the same, 1 open to 0 closed: ambient light does not reach closed places, so they weigh less.
        albedo: (H, W, 3), (3,) or a number, scene-linear, where it is known; then nothing is grouped.
        settings: clip value, groups, sample.

    Raises:
        BadSize: arrays that do not fit together.
        WorkFailed: fewer than 64 usable pixels.
    """
    chosen = settings or EstimateSettings()
    picture, direction = np.asarray(plate, dtype=np.float32), np.asarray(normals, dtype=np.float64)
    if picture.ndim != 3 or picture.shape[2] != 3 or direction.shape != picture.shape:
        raise BadSize(f"plate of shape {picture.shape} and normals of shape {direction.shape}; both must be (H, W, 3)")
    weight = np.ones(picture.shape[:2])
    for name, values in (("confidence", confidence), ("occlusion", occlusion)):
        if values is not None:
            given = _weights(name, values, picture.shape[:2])
            if name == "confidence":
                given = np.where(given < chosen.least_confidence, 0.0, given**_CONFIDENCE_POWER)
            weight = weight * given
    length = np.linalg.norm(direction, axis=-1)
    surface = np.isfinite(length) & (length > 0.5)
    with np.errstate(invalid="ignore", divide="ignore"):
        usable = usable_pixels(picture, surface, chosen.clip) & (weight > 0.0)
        source = picture if albedo is None else _without_albedo(picture, albedo)
        usable &= np.isfinite(source).all(axis=-1)
    if int(usable.sum()) < LEAST_PIXELS:
        raise WorkFailed(
            f"only {int(usable.sum())} pixels of the plate can be used to estimate its light, {LEAST_PIXELS} are "
            "needed; check that the plate is not black or clipped and that the normals fit it"
        )
    samples = _sample(source, direction / np.maximum(length, 0.5)[..., None], weight, usable, chosen, albedo is None)
    search = _fewer(samples, max(256, chosen.pixels // 4))
    found = find_one_light(search)
    fit = _HarmonicFit(samples, found, None if albedo is not None else chosen.mean_albedo)
    usable_share = float(usable.sum()) / max(1, int(surface.sum()))
    return fit.result(usable_share)


class _HarmonicFit:
    """Steps 4 and 5 of the module."""

    def __init__(self, samples: LightSamples, found: OneLight, mean_albedo: float | None) -> None:
        self._samples, self._found = samples, found
        self._known = mean_albedo is None
        self._basis = irradiance_basis(samples.normals)
        self._facing = np.maximum(samples.normals @ found.toward, 0.0)
        one = 1.0 + found.strength * self._facing
        self._size = np.bincount(samples.group, samples.weights, minlength=samples.groups)
        self._log_mean = 0.0 if mean_albedo is None else math.log(mean_albedo)
        # Shadowed pixels say nothing about the light that they do not get.
        self._weights = samples.weights * self._lit(one)
        self._log_albedo = self._albedo(np.repeat(np.log(one)[:, None], 3, axis=1), self._weights)
        self.harmonics = self._solve()
        self.toward = self._polished()

    def _polished(self) -> DoubleArray:
        """The key's direction, made exact where the search is already sharp.

        On normals that face the key, irradiance is linear, n.v + ambient with v = key x direction: a robust fit of
        four numbers. On less clear plates it runs away with paint and shadows, and the search's answer stays.
        """
        facing = self._facing > 0.15
        if self._found.spread_degrees > _SHARP_DEGREES or int(facing.sum()) < LEAST_PIXELS:
            return self._found.toward
        rows = np.concatenate([self._samples.normals, np.ones((len(self._facing), 1))], axis=1)[facing]
        target = (self._target() @ LUMINANCE)[facing]
        vector = _biweight(rows, target, self._weights[facing], np.zeros(4), np.zeros(4))[0][:3]
        vector /= max(float(np.linalg.norm(vector)), 1e-12)
        near = float(vector @ self._found.toward) > math.cos(math.radians(2.0 * _SHARP_DEGREES))
        return vector if near else self._found.toward

    def _lit(self, one: DoubleArray) -> DoubleArray:
        logs = np.log(self._samples.color @ LUMINANCE) - np.log(one)
        lit = self._facing <= 0.05
        group = self._samples.group
        middle = _group_medians(logs, group, self._samples.groups)
        r = (logs - middle[group]) / max(self._found.sigma, 0.05)
        dark = r + np.log(one) / max(self._found.sigma, 0.05)
        return np.where(lit | (r * r <= dark * dark + 2.0), 1.0, 0.0)

    def _albedo(self, log_shading: DoubleArray, weights: DoubleArray) -> DoubleArray:
        """(groups, 3) log albedo: weighted means of log plate - log shading, shifted to the mean albedo."""
        if self._known:
            return np.zeros((self._samples.groups, 3))
        logs = np.log(self._samples.color) - log_shading
        total = np.maximum(np.bincount(self._samples.group, weights, minlength=self._samples.groups), 1e-9)
        sums = [np.bincount(self._samples.group, weights * column, minlength=self._samples.groups) for column in logs.T]
        mean = np.stack(sums, axis=1) / total[:, None]
        mean[total < 1e-6] = np.average(mean, axis=0, weights=self._size)
        return mean - np.average(mean, axis=0, weights=self._size) + self._log_mean

    def _solve(self) -> DoubleArray:
        target, nine = self._target(), np.zeros((COUNT, 3))
        self.key, self.ambient = np.zeros(3), np.zeros(3)
        self._tukey = self._weights
        for _ in range(1 if self._known else _ALTERNATIONS):
            target = self._target()
            self.key, self.ambient = self._key_and_ambient(target)
            prior = directional_harmonics(self._found.toward, self.key) + ambient_harmonics(self.ambient)
            nine = self._robust(target, prior)
            shading = np.maximum(self._basis @ nine, 1e-3 * np.abs(nine[0]) * 0.28)
            self._log_albedo = self._albedo(np.log(shading), self._tukey)
        light = _not_negative(nine)
        before, after = (np.median(self._basis @ each, axis=0) for each in (nine, light))
        if np.all(after >= _KEPT * before):
            return light
        # A wall alone can be explained by steep light that is negative all round it. What is nearest to that and not
        # negative may be nothing, by which the mode `ratio` would then divide: one key in even light is what such a
        # plate can tell.
        self.key, self.ambient = self._key_and_ambient(self._target(), again=True)
        return _not_negative(directional_harmonics(self._found.toward, self.key) + ambient_harmonics(self.ambient))

    def _target(self) -> DoubleArray:
        return self._samples.color / np.exp(self._log_albedo)[self._samples.group]

    def _key_and_ambient(self, target: DoubleArray, again: bool = False) -> tuple[DoubleArray, DoubleArray]:
        """(3,) each. With `again` one is fitted alone where the other would be negative."""
        columns = np.stack([self._facing, np.ones_like(self._facing)], axis=1)
        key, ambient = np.zeros(3), np.zeros(3)
        for channel in range(3):
            x, _ = _biweight(columns, target[:, channel], self._weights, np.zeros(2), np.zeros(2))
            if again and x.min() < 0.0:
                other = int(np.argmax(x))
                one = columns[:, other : other + 1]
                x = np.zeros(2)
                x[other] = _biweight(one, target[:, channel], self._weights, np.zeros(1), np.zeros(1))[0][0]
            key[channel], ambient[channel] = max(float(x[0]), 0.0), max(float(x[1]), 0.0)
        return key, ambient

    def _robust(self, target: DoubleArray, prior: DoubleArray) -> DoubleArray:
        nine = np.zeros((COUNT, 3))
        left = np.zeros_like(self._weights)
        for channel in range(3):
            nine[:, channel], kept = _biweight(
                self._basis, target[:, channel], self._weights, prior[:, channel], _PRIOR * COSINE**2
            )
            left += kept / 3.0
        self._tukey = np.maximum(left, 1e-12)
        return nine

    def result(self, usable_share: float) -> LightEstimate:
        """Everything about the light."""
        nine, samples = self.harmonics, self._samples
        shading = np.maximum((self._basis @ nine) @ LUMINANCE, 1e-9)
        residual = np.abs(np.log2(np.maximum(self._target() @ LUMINANCE, 1e-12) / shading))
        ball = sphere_directions(_SPHERE)
        near = (ball @ samples.normals.T).max(axis=1) > math.cos(math.radians(15.0))
        statistics = ResidualStatistics(
            pixels=len(samples),
            usable_share=usable_share,
            median_stops=float(np.median(residual)),
            p90_stops=float(np.percentile(residual, 90.0)),
            rejected_share=float(np.mean(self._tukey < 1e-3)),
            coverage=float(near.mean()),
        )
        light = nine @ LUMINANCE
        length = float(np.linalg.norm(linear_band(light[:, None])))
        directionality = min(1.0, length / max(math.sqrt(3.0) * float(light[0]), 1e-12))
        return LightEstimate(
            nine, self.toward, self._found.spread_degrees, self.key, self.ambient, directionality, statistics
        )


def _biweight(
    rows: DoubleArray, target: DoubleArray, weights: DoubleArray, prior: DoubleArray, pull: DoubleArray
) -> tuple[DoubleArray, DoubleArray]:
    """Tukey's biweight regression of target on rows, pulled to `prior` by `pull` x the sum of the weights.

    Started from Huber's weights (Annals of Mathematical Statistics 35(1), 1964; constant 1.345), because the biweight
    alone may reject all but a wrong half of the data.

    Returns:
        The coefficients and each row's final weight.
    """
    x, kept = prior.copy(), weights
    scale = np.inf
    for round_number in range(14):
        normal = (rows * kept[:, None]).T @ rows + np.diag(pull * kept.sum() + 1e-9 * weights.sum())
        x = np.linalg.solve(normal, (rows * kept[:, None]).T @ target + (pull * kept.sum()) * prior)
        residual = np.abs(target - rows @ x)
        scale = max(1.4826 * float(np.median(residual[weights > 0])), 1e-6 * float(np.median(target)), 1e-12)
        u = residual / scale
        if round_number < 5:
            kept = weights * np.minimum(1.0, 1.345 / np.maximum(u, 1e-9))
        else:
            kept = weights * np.where(u < _TUKEY, (1.0 - (u / _TUKEY) ** 2) ** 2, 0.0)
    return x, kept


def _not_negative(nine: DoubleArray) -> DoubleArray:
    """The nearest harmonics whose irradiance is not negative anywhere on the sphere, per channel; (9, 3).

    Penalty rows at the directions that are negative, then, for what is left, bands 1 and 2 shrunk together.
    """
    ball = irradiance_basis(sphere_directions(_SPHERE))
    result = nine.copy()
    scale = np.diag(COSINE**2)
    for channel in range(nine.shape[1]):
        active = np.zeros(len(ball), dtype=np.bool_)
        x: DoubleArray = nine[:, channel].copy()
        for _ in range(12):
            active |= ball @ x < 0.0
            if not active.any():
                break
            rows = ball[active]
            x = np.asarray(
                np.linalg.solve(scale + 1e3 / len(ball) * rows.T @ rows, scale @ nine[:, channel]), np.float64
            )
        x[0] = max(x[0], 0.0)
        level, least = float(ball[0, 0] * x[0]), float((ball[:, 1:] @ x[1:]).min())
        if least < -level:
            x[1:] *= level / -least
        result[:, channel] = x
    return result


def _sample(
    source: FloatArray,
    normals: DoubleArray,
    weight: DoubleArray,
    usable: npt.NDArray[np.bool_],
    settings: EstimateSettings,
    grouped: bool,
) -> LightSamples:
    rng = np.random.default_rng(settings.seed)
    places = np.flatnonzero(usable.ravel())
    if len(places) > settings.pixels:
        places = rng.choice(places, settings.pixels, replace=False)
    height, width = usable.shape
    color = source.reshape(-1, 3)[places].astype(np.float64)
    place = np.stack([places % width, places // width], axis=1) / height
    count = settings.groups if grouped else 1
    group = chroma_groups(color, place, count, settings.spread, rng)
    return LightSamples(color, normals.reshape(-1, 3)[places], weight.ravel()[places], group)


def _fewer(samples: LightSamples, count: int) -> LightSamples:
    # The sample is in random order already where it was thinned; where it was not, every n-th row is.
    step = max(1, math.ceil(len(samples) / count))
    chosen = slice(None, None, step)
    group = np.unique(samples.group[chosen], return_inverse=True)[1].astype(np.int64)
    return LightSamples(samples.color[chosen], samples.normals[chosen], samples.weights[chosen], group)


def _group_medians(values: DoubleArray, group: npt.NDArray[np.int64], count: int) -> DoubleArray:
    return np.array([np.median(values[group == k]) if np.any(group == k) else 0.0 for k in range(count)])


def _weights(name: str, values: npt.ArrayLike, size: tuple[int, ...]) -> DoubleArray:
    array = np.asarray(values, dtype=np.float64)
    array = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if array.shape != tuple(size):
        raise BadSize(f"{name} of shape {array.shape}; {tuple(size)} is needed to fit the plate")
    return np.clip(np.nan_to_num(array, nan=0.0), 0.0, 1.0)


def _without_albedo(plate: FloatArray, albedo: npt.ArrayLike) -> FloatArray:
    """The plate over its albedo; NaN where the albedo is too dark to divide by."""
    known = np.asarray(albedo, dtype=np.float32)
    try:
        known = np.broadcast_to(known, plate.shape)
    except ValueError as error:
        raise BadSize(f"albedo of shape {known.shape}; {plate.shape} is needed to fit the plate") from error
    dark = known.min(axis=-1, keepdims=True) < 0.02
    divided: FloatArray = np.where(dark, np.float32(np.nan), plate / np.maximum(known, np.float32(0.02)))
    return divided
