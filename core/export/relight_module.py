"""A packed frame in, the relit plate out: PlateRelight's second path, for where Nuke compiles no Blink kernel.

Nuke's Inference node takes one picture of at most 19 channels with fixed names, and gives one back. The plate and what
is known of its surface are packed into 17 of them (`CHANNELS`), and every number of the lights and the picture is an
attribute that is a plain float, which a knob of the same name on the node drives. The numbers and their names are those
of nuke_plugin/blink/PlateRelight.blink, so that one set of expressions serves both paths; what the 17th channel already
holds (mask, inversion, confidence) needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, List, Tuple  # noqa: UP035  (TorchScript of libtorch 1.12 reads these)

import numpy as np
import torch
from torch import Tensor, nn

from core.export.relight_shading import added, dot, exact_root
from core.relight.brdf import environment_reflectance

__all__ = ["CHANNELS", "DEFAULTS", "RelightModule"]

CHANNELS = (
    *("plate.red", "plate.green", "plate.blue", "plate.alpha"),
    *("normal.x", "normal.y", "normal.z"),
    *("place.x", "place.y", "place.z"),
    *("albedo.red", "albedo.green", "albedo.blue"),
    *("occlusion", "roughness", "metalness", "share"),
)
"""What the input's channels hold, in their order. `share`: how much of the effect is wanted, 0..1."""

_LIGHT = {
    "color": (0.0, 0.0, 0.0, 0.0),
    "place": (0.0, 0.0, 0.0, 2.0),
    "aim": (0.0, 0.0, -1.0, 0.0),
    "shape": (0.0, 0.0, 0.0, 0.0),
    "reach": (1.0, 0.01, 1.0, 1.0),
    "up": (0.0, 1.0, 0.0),
}


def _defaults() -> dict[str, float]:
    found = {"mode": 0.0, "result": 0.0, "where": 0.0, "unit": 1.0, "stage": 2.0, "roughness": 0.5, "metalness": 0.0}
    found |= {"specular": 0.5, "wrap": 0.0, "occlude_all": 0.0, "unpremult": 1.0, "amount": 1.0}
    found |= {"origin_x": 0.0, "origin_y": 0.0}
    for name, numbers in (
        ("frame", (1920.0, 1080.0, 1.0, 1.0)),
        ("albedo", (0.5, 0.5, 0.5, 0.0)),
        ("from_maps", (0.0, 0.0, 0.0)),
        ("floor_most", (0.02, 0.02, 0.02, 8.0)),
        *((f"former{index}", (0.0 if index else 3.5449077,) * 3) for index in range(9)),
        *((f"light{light}_{name}", numbers) for light in range(1, 9) for name, numbers in _LIGHT.items()),
    ):
        found |= {f"{name}_{index}": value for index, value in enumerate(numbers)}
    return found


DEFAULTS: Mapping[str, float] = _defaults()
"""Every attribute that may be changed in a loaded file -> its value. `light3_aim_0` is the first number of `light3_aim`
in the kernel; `origin_x`, `origin_y` are where the picture's lower left corner lies in the format, pixels."""


class RelightModule(nn.Module):
    """The relit plate. The attributes are those of `DEFAULTS`, as `nuke_plugin/blink/PlateRelight.blink` explains them.

    Nothing here is a parameter or a buffer: `half()` and `to()` change nothing, and arithmetic is float32 throughout.
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> float: ...  # type: ignore[override]  # those that are set by name

    def __init__(self) -> None:
        super().__init__()
        # A list and no tensor: what is a tensor in a file may come back on another device than the frame's.
        self.table: List[float] = _reflectance_table()  # noqa: UP006
        for name, value in DEFAULTS.items():
            setattr(self, name, value)

    def forward(self, packed: Tensor) -> Tensor:
        """Relight.

        Args:
            packed: (1, 17, H, W) float32 or float16 in the order of `CHANNELS`, the top row first. Plate scene-linear,
                premultiplied by its alpha; normals of any length in camera space (+X right, +Y up, +Z towards the
                camera), zero for no surface; place as the attribute `where` says. Any H and W; NaN is allowed.

        Returns:
            (1, 4, H, W), contiguous, of the input's type and on its device: the chosen result, and the plate's alpha.
        """
        height, width = packed.shape[2], packed.shape[3]
        table = torch.tensor(self.table, dtype=torch.float32, device=packed.device).reshape(33, 33, 2)
        result = torch.zeros([1, 4, height, width], dtype=packed.dtype, device=packed.device)
        # A band that fits the caches; a graphics card wants more at a time.
        most = 4194304 if packed.is_cuda else 32768
        rows = max(1, most // max(1, width))
        for top in range(0, height, rows):
            bottom = min(top + rows, height)
            band = packed[0, :, top:bottom].to(torch.float32)
            shown = self.band(band, self.origin_y + float(height - top), table)
            for channel in range(4):
                result[0, channel, top:bottom] = shown[channel].to(packed.dtype)
        return result.contiguous()

    def band(self, band: Tensor, above: float, table: Tensor) -> List[Tensor]:  # noqa: UP006
        """Red, green, blue and alpha, (rows, W) each, of (17, rows, W) whose first row ends `above` the format's foot.

        `above` is in pixels.
        """
        whole = [_known(band[0], 0.0), _known(band[1], 0.0), _known(band[2], 0.0)]
        alpha = _known(band[3], 0.0)
        cover = torch.ones_like(alpha)
        if self.unpremult > 0.5:
            cover = torch.clamp(alpha, 0.0, 1.0)
        there = cover > 1e-4
        covered = torch.where(there, cover, torch.ones_like(cover))
        nothing = torch.zeros_like(cover)
        bare: List[Tensor] = []  # noqa: UP006
        for channel in range(3):
            bare.append(torch.where(there, torch.clamp(whole[channel] / covered, min=0.0), nothing))

        p, placed = self.positions(band, above)
        n = [band[4], band[5], band[6]]
        surface = torch.logical_and(torch.logical_and(_is_number(n[0]), _is_number(n[1])), _is_number(n[2]))
        n = [
            torch.where(surface, n[0], nothing),
            torch.where(surface, n[1], nothing),
            torch.where(surface, n[2], nothing),
        ]
        size = exact_root(dot(n, n))
        surface = torch.logical_and(torch.logical_and(surface, placed), size > 1e-6)
        divisor = torch.where(surface, size, torch.ones_like(size))
        n = [
            torch.where(surface, n[0] / divisor, nothing),
            torch.where(surface, n[1] / divisor, nothing),
            torch.where(surface, n[2] / divisor, nothing),
        ]
        away = exact_root(dot(p, p))
        seen = away > 1e-12
        divisor = torch.where(seen, away * -1.0, torch.ones_like(away))
        v = [p[0] / divisor, p[1] / divisor, torch.where(seen, p[2] / divisor, torch.ones_like(away))]

        # (1, 1) where there is no map: every step that depends on it alone is then one pixel's work.
        one = torch.zeros_like(alpha[:1, :1])
        occlusion = one + 1.0
        if self.from_maps_0 > 0.5:
            occlusion = torch.clamp(_known(band[13], 1.0), 0.0, 1.0)
        rough = torch.clamp(one + self.roughness, 0.0, 1.0)
        if self.from_maps_1 > 0.5:
            rough = torch.clamp(_known(band[14], 0.5), 0.0, 1.0)
        metal = torch.clamp(one + self.metalness, 0.0, 1.0)
        if self.from_maps_2 > 0.5:
            metal = torch.clamp(_known(band[15], 0.0), 0.0, 1.0)
        body = [one + self.albedo_0, one + self.albedo_1, one + self.albedo_2]
        if self.albedo_3 > 0.5:
            body = [_known(band[10], 0.0), _known(band[11], 0.0), _known(band[12], 0.0)]
        mode = int(self.mode + 0.5)
        if mode == 0:
            body = bare
        if mode == 1:
            body = [one + 1.0, one + 1.0, one + 1.0]
            metal = one
        plain = 0.08 * self.specular
        f0: List[Tensor] = []  # noqa: UP006
        for channel in range(3):
            f0.append(torch.clamp(plain + (body[channel] - plain) * metal, 0.0, 1.0))
        kept_rough = torch.clamp(rough, 0.045, 1.0)
        square = kept_rough * kept_rough * kept_rough * kept_rough

        light = [nothing, nothing, nothing]
        gloss = [nothing, nothing, nothing]
        around = [0.0, 0.0, 0.0]
        for number in range(1, 9):
            numbers = self.light(number)
            kind = numbers[3]
            if kind > 0.5 and kind < 1.5:
                around = [around[0] + numbers[0], around[1] + numbers[1], around[2] + numbers[2]]
            if kind > 1.5:
                level, shine = added(numbers, n, p, v, square, rough, f0, self.wrap, table)
                if numbers[18] > 0.5:
                    light = [
                        light[0] + level * numbers[0],
                        light[1] + level * numbers[1],
                        light[2] + level * numbers[2],
                    ]
                if numbers[19] > 0.5:
                    gloss = [
                        gloss[0] + shine[0] * numbers[0],
                        gloss[1] + shine[1] * numbers[1],
                        gloss[2] + shine[2] * numbers[2],
                    ]

        is_one = surface.to(torch.float32)
        openness = is_one * occlusion
        others = is_one
        if self.occlude_all > 0.5:
            others = openness
        matt = (1.0 - metal) * others
        share = torch.clamp(_known(band[16], 0.0), 0.0, 1.0) * self.amount
        former, floor = self.former(n), [self.floor_most_0, self.floor_most_1, self.floor_most_2]
        result = int(self.result + 0.5)
        shown: List[Tensor] = []  # noqa: UP006
        for channel in range(3):
            diffuse = body[channel] * light[channel] * matt
            gleam = gloss[channel] * others
            ambient = body[channel] * around[channel] * openness
            kept = whole[channel] * (1.0 - is_one)
            if mode == 2:
                kept = whole[channel]
            if mode == 1:
                now = diffuse + ambient
                was = torch.clamp(former[channel], min=0.0)
                lift = torch.clamp(floor[channel] - was, min=0.0)
                ratio = torch.clamp((torch.clamp(now, min=0.0) + lift) / (was + lift), max=self.floor_most_3)
                wanted = torch.where(surface, bare[channel] * ratio, nothing)
                lit = now > 1e-6
                factor = torch.where(lit, wanted / torch.where(lit, now, torch.ones_like(now)), nothing)
                kept = kept + (wanted - factor * now) * cover
                diffuse = diffuse * factor
                ambient = ambient * factor
            diffuse, gleam, ambient = diffuse * cover, gleam * cover, ambient * cover
            if result == 0:
                relit = kept + diffuse + gleam + ambient
                shown.append(whole[channel] + (relit - whole[channel]) * share)
            elif result == 1:
                shown.append((diffuse + gleam + ambient) * share)
            elif result == 2:
                shown.append(diffuse * share)
            elif result == 3:
                shown.append(gleam * share)
            elif result == 4:
                shown.append(ambient * share)
            else:
                shown.append(is_one * cover * share)
        shown.append(alpha)
        return shown

    def positions(self, band: Tensor, above: float) -> Tuple[List[Tensor], Tensor]:  # noqa: UP006
        """Camera-space positions, metres, zero where they are not known; and where they are, (rows, W) bool."""
        where = int(self.where + 0.5)
        nothing = torch.zeros_like(band[7])
        if where == 1:
            x, y, z = band[7] * self.unit, band[8] * self.unit, band[9] * self.unit
            known = torch.logical_and(torch.logical_and(_is_number(x), _is_number(y)), _is_number(z))
            return [
                torch.where(known, x, nothing),
                torch.where(known, y, nothing),
                torch.where(known, z, nothing),
            ], known
        rows, columns = band.shape[1], band.shape[2]
        across = self.frame_3 * self.frame_0
        column = torch.arange(columns, dtype=torch.float32, device=band.device) + (self.origin_x + 0.5)
        row = above - 0.5 - torch.arange(rows, dtype=torch.float32, device=band.device)
        x = ((column - 0.5 * self.frame_0) / across).reshape(1, columns)
        y = ((row - 0.5 * self.frame_1) / (across * self.frame_2)).reshape(rows, 1)
        depth = nothing + self.stage
        if where > 1:
            given = torch.logical_and(_is_number(band[7]), band[7] > 0.0)
            value = torch.where(given, band[7], torch.ones_like(band[7]))
            metres = value * self.unit
            if where == 3:
                metres = self.unit / value
            if where == 4:
                metres = metres / torch.sqrt(1.0 + x * x + y * y)
            depth = torch.where(given, metres, depth)
        return [x * depth, y * depth, depth * -1.0], nothing < 1.0

    def former(self, n: List[Tensor]) -> List[Tensor]:  # noqa: UP006
        """Irradiance over pi of the light that was there, from its nine harmonics."""
        x, y, z = n[0], n[1], n[2]
        nine = [
            torch.ones_like(x) * 0.282094792,
            0.325735008 * y,
            0.325735008 * z,
            0.325735008 * x,
            0.273137108 * x * y,
            0.273137108 * y * z,
            0.0788478913 * (3.0 * z * z - 1.0),
            0.273137108 * x * z,
            0.136568554 * (x * x - y * y),
        ]
        found: List[Tensor] = []  # noqa: UP006
        for channel in range(3):
            numbers = self.harmonics(channel)
            total = nine[0] * numbers[0]
            for index in range(1, 9):
                total = total + nine[index] * numbers[index]
            found.append(total)
        return found

    # An attribute that a knob drives is read by its name, which TorchScript cannot make up.
    # fmt: off
    def harmonics(self, channel: int) -> List[float]:  # noqa: UP006
        """Nine coefficients of a channel of the former light."""
        if channel == 0:
            return [
                self.former0_0, self.former1_0, self.former2_0, self.former3_0, self.former4_0,
                self.former5_0, self.former6_0, self.former7_0, self.former8_0,
            ]
        if channel == 1:
            return [
                self.former0_1, self.former1_1, self.former2_1, self.former3_1, self.former4_1,
                self.former5_1, self.former6_1, self.former7_1, self.former8_1,
            ]
        return [
            self.former0_2, self.former1_2, self.former2_2, self.former3_2, self.former4_2,
            self.former5_2, self.former6_2, self.former7_2, self.former8_2,
        ]
    def light(self, number: int) -> List[float]:  # noqa: UP006
        """The numbers of light 1 to 8, in the order of `core.export.relight_shading`."""
        if number == 1:
            return [
                self.light1_color_0, self.light1_color_1, self.light1_color_2, self.light1_color_3, self.light1_place_0,
                self.light1_place_1, self.light1_place_2, self.light1_place_3, self.light1_aim_0, self.light1_aim_1,
                self.light1_aim_2, self.light1_aim_3, self.light1_shape_0, self.light1_shape_1, self.light1_shape_2,
                self.light1_shape_3, self.light1_reach_0, self.light1_reach_1, self.light1_reach_2, self.light1_reach_3,
                self.light1_up_0, self.light1_up_1, self.light1_up_2,
            ]
        if number == 2:
            return [
                self.light2_color_0, self.light2_color_1, self.light2_color_2, self.light2_color_3, self.light2_place_0,
                self.light2_place_1, self.light2_place_2, self.light2_place_3, self.light2_aim_0, self.light2_aim_1,
                self.light2_aim_2, self.light2_aim_3, self.light2_shape_0, self.light2_shape_1, self.light2_shape_2,
                self.light2_shape_3, self.light2_reach_0, self.light2_reach_1, self.light2_reach_2, self.light2_reach_3,
                self.light2_up_0, self.light2_up_1, self.light2_up_2,
            ]
        if number == 3:
            return [
                self.light3_color_0, self.light3_color_1, self.light3_color_2, self.light3_color_3, self.light3_place_0,
                self.light3_place_1, self.light3_place_2, self.light3_place_3, self.light3_aim_0, self.light3_aim_1,
                self.light3_aim_2, self.light3_aim_3, self.light3_shape_0, self.light3_shape_1, self.light3_shape_2,
                self.light3_shape_3, self.light3_reach_0, self.light3_reach_1, self.light3_reach_2, self.light3_reach_3,
                self.light3_up_0, self.light3_up_1, self.light3_up_2,
            ]
        if number == 4:
            return [
                self.light4_color_0, self.light4_color_1, self.light4_color_2, self.light4_color_3, self.light4_place_0,
                self.light4_place_1, self.light4_place_2, self.light4_place_3, self.light4_aim_0, self.light4_aim_1,
                self.light4_aim_2, self.light4_aim_3, self.light4_shape_0, self.light4_shape_1, self.light4_shape_2,
                self.light4_shape_3, self.light4_reach_0, self.light4_reach_1, self.light4_reach_2, self.light4_reach_3,
                self.light4_up_0, self.light4_up_1, self.light4_up_2,
            ]
        if number == 5:
            return [
                self.light5_color_0, self.light5_color_1, self.light5_color_2, self.light5_color_3, self.light5_place_0,
                self.light5_place_1, self.light5_place_2, self.light5_place_3, self.light5_aim_0, self.light5_aim_1,
                self.light5_aim_2, self.light5_aim_3, self.light5_shape_0, self.light5_shape_1, self.light5_shape_2,
                self.light5_shape_3, self.light5_reach_0, self.light5_reach_1, self.light5_reach_2, self.light5_reach_3,
                self.light5_up_0, self.light5_up_1, self.light5_up_2,
            ]
        if number == 6:
            return [
                self.light6_color_0, self.light6_color_1, self.light6_color_2, self.light6_color_3, self.light6_place_0,
                self.light6_place_1, self.light6_place_2, self.light6_place_3, self.light6_aim_0, self.light6_aim_1,
                self.light6_aim_2, self.light6_aim_3, self.light6_shape_0, self.light6_shape_1, self.light6_shape_2,
                self.light6_shape_3, self.light6_reach_0, self.light6_reach_1, self.light6_reach_2, self.light6_reach_3,
                self.light6_up_0, self.light6_up_1, self.light6_up_2,
            ]
        if number == 7:
            return [
                self.light7_color_0, self.light7_color_1, self.light7_color_2, self.light7_color_3, self.light7_place_0,
                self.light7_place_1, self.light7_place_2, self.light7_place_3, self.light7_aim_0, self.light7_aim_1,
                self.light7_aim_2, self.light7_aim_3, self.light7_shape_0, self.light7_shape_1, self.light7_shape_2,
                self.light7_shape_3, self.light7_reach_0, self.light7_reach_1, self.light7_reach_2, self.light7_reach_3,
                self.light7_up_0, self.light7_up_1, self.light7_up_2,
            ]
        return [
            self.light8_color_0, self.light8_color_1, self.light8_color_2, self.light8_color_3, self.light8_place_0,
            self.light8_place_1, self.light8_place_2, self.light8_place_3, self.light8_aim_0, self.light8_aim_1,
            self.light8_aim_2, self.light8_aim_3, self.light8_shape_0, self.light8_shape_1, self.light8_shape_2,
            self.light8_shape_3, self.light8_reach_0, self.light8_reach_1, self.light8_reach_2, self.light8_reach_3,
            self.light8_up_0, self.light8_up_1, self.light8_up_2,
        ]
    # fmt: on


def _reflectance_table(size: int = 32) -> List[float]:  # noqa: UP006
    """A and B of `environment_reflectance` over roughness and cosine, 33 x 33 x 2, as one list."""
    rough, cosine = np.meshgrid(*[np.linspace(0.0, 1.0, size + 1, dtype=np.float32)] * 2, indexing="ij")
    none, whole = (
        environment_reflectance(np.full((1,), f0, np.float32), rough[..., None], cosine[..., None]) for f0 in (0.0, 1.0)
    )
    return [float(value) for value in np.concatenate([whole - none, none], axis=-1).ravel()]


def _is_number(value: Tensor) -> Tensor:
    """False for NaN, too."""
    return torch.abs(value) < 1e30


def _known(value: Tensor, otherwise: float) -> Tensor:
    return torch.where(_is_number(value), value, torch.zeros_like(value) + otherwise)
