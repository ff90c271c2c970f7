"""A whole frame in, its normals at the frame's resolution out: everything around the network, as TorchScript.

`core.inference` does the same in numpy for `platelight normals`; the two are compared before a file is written. Here
it is one module, because Nuke's Inference node hands over a frame and takes one back and has no place for more. What
an artist sets are attributes that are plain floats: Inference's custom knobs of the same names change them.

Numbers that come from positions are made in float64 on the CPU, whatever the frame's type: half precision cannot tell
pixel 2049 from pixel 2050. Only the network itself runs in half, and only on CUDA; elsewhere half has no fast
arithmetic, or none at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.export.guided import guided_coefficients, guided_rows
from core.export.looks import (
    answer_at_size,
    counted_looks,
    look_sizes,
    mean_answer,
    mirrored_answer,
    mirrored_rays,
    unit,
    weighted_answer,
)
from core.export.resampling import area_axis, enlarge, enlarge_rows, nearest_whole

__all__ = ["KNOBS", "Knob", "PlateModule"]


@dataclass(frozen=True)
class Knob:
    """A float attribute of the module that Nuke shows as a knob.

    Attributes:
        name: of the attribute.
        label: for people.
        default: its value in the file; None: the model's card says.
        range: smallest and largest sensible value, of the slider.
        tooltip: what it does, with units.
        switch: only 0 and 1 mean something (above 0.5 is on).
    """

    name: str
    label: str
    default: float | None
    range: tuple[float, float]
    tooltip: str
    switch: bool = False


KNOBS = (
    Knob("fov", "field of view", None, (1.0, 170.0), "Full angle along the longer side of the frame, degrees."),
    Knob("size", "process size", None, (32.0, 1024.0), "Short side, in pixels, of what the network sees."),
    Knob("looks", "looks", None, (1.0, 4.0), "Answers averaged: 1, 2 (the mirror image too) or 4 (at two sizes)."),
    Knob("detail", "detail", 1.0, (0.0, 1.0), "How far the plate's own edges sharpen the enlarged normals."),
    Knob("exposure", "exposure", 0.0, (-6.0, 6.0), "Stops added to the plate before the network sees it."),
    Knob("encoded", "already encoded", 0.0, (0.0, 1.0), "1: the input is sRGB as displayed, 0..1, not linear.", True),
    Knob("pixel_aspect", "pixel aspect", 1.0, (0.5, 2.0), "Width of a pixel divided by its height."),
    Knob("center_x", "centre x", 0.0, (-1.0, 1.0), "Where the lens's axis is: -1 left edge, 0 middle, 1 right edge."),
    Knob("center_y", "centre y", 0.0, (-1.0, 1.0), "Where the lens's axis is: -1 bottom edge, 0 middle, 1 top edge."),
    Knob("flip_x", "flip x", 0.0, (0.0, 1.0), "1: red is negated (+X is left).", True),
    Knob("flip_y", "flip y", 0.0, (0.0, 1.0), "1: green is negated (+Y is down).", True),
    Knob("flip_z", "flip z", 0.0, (0.0, 1.0), "1: blue is negated (+Z is away from the camera).", True),
    Knob("keep_alpha", "keep alpha", 0.0, (0.0, 1.0), "1: alpha is the input's, not the confidence.", True),
)
"""Every attribute of `PlateModule` that may be changed in a loaded file."""


class PlateModule(nn.Module):
    """Frame in, normals and confidence out. The attributes are those of `KNOBS`.

    Args:
        network: a twin from `core.export.twins.make_twin`.
        work_size: default of `size`, pixels.
        fov_degrees: default of `fov`.
        multiple_of: height and width of what the network sees are multiples of this.
        looks: default of `looks`.
    """

    def __init__(
        self, network: nn.Module, work_size: int, fov_degrees: float, multiple_of: int = 32, looks: int = 1
    ) -> None:
        super().__init__()
        self.network = network
        self.multiple_of = multiple_of
        self.fov = float(fov_degrees)
        self.size = float(work_size)
        self.looks = float(looks)
        self.detail = 1.0
        self.exposure = 0.0
        self.encoded = 0.0
        self.pixel_aspect = 1.0
        self.center_x = 0.0
        self.center_y = 0.0
        self.flip_x = 0.0
        self.flip_y = 0.0
        self.flip_z = 0.0
        self.keep_alpha = 0.0

    def defaults(self) -> Mapping[str, float]:
        """The value of each of `KNOBS` in this module."""
        return {knob.name: float(getattr(self, knob.name)) for knob in KNOBS}

    def forward(self, frame: Tensor) -> Tensor:
        """Predict.

        Args:
            frame: (1, C, H, W) float32 or float16, C at least 3: scene-linear Rec.709 red, green and blue, and alpha
                as the fourth if there is one; with `encoded`, sRGB as displayed instead. Any H and W. NaN, infinite
                and negative values are made safe.

        Returns:
            (1, 4, H, W), contiguous, of the input's type and on its device: unit normals in camera space (+X right,
            +Y up, +Z towards the camera), and the confidence, 0..1, which is 1 from a network that states none; with
            `keep_alpha` the input's alpha in its place, if there is one.
        """
        height, width = frame.shape[2], frame.shape[3]
        rows, columns = self.view_size(height, width)
        looks = counted_looks(self.looks)
        views = self.views(frame, look_sizes(rows, columns, self.multiple_of, looks))
        small = self.looked(views, frame, looks > 1)  # (1, 4, rows, columns) float32
        result = self.enlarged(small, views[-1], frame)
        if self.keep_alpha > 0.5 and frame.shape[1] > 3:
            result[:, 3:4] = frame[:, 3:4]
        return result.contiguous()

    def view_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of what the network sees: `core.inference.plate_normals.view_size`, at most 4 million."""
        true_width = float(width) * max(self.pixel_aspect, 0.01)
        short = min(float(height), true_width)
        long = max(float(height), true_width)
        wanted = max(self.size, 32.0)
        scale = min(wanted / short, wanted * 8.0 / long)
        step = float(self.multiple_of)
        most = math.sqrt(4194304.0 / (float(height) * true_width))
        scale = min(scale, most)
        rows = max(step, nearest_whole(float(height) * scale / step) * step)
        columns = max(step, nearest_whole(true_width * scale / step) * step)
        return int(rows), int(columns)

    def rays(self, height: int, width: int, rows: int, columns: int) -> Tensor:
        """(1, 2, rows, columns) float32 on the CPU: slopes to the right and up at the centres of the pixels."""
        true_width = float(width) * max(self.pixel_aspect, 0.01)
        degrees = min(max(self.fov, 1.0), 170.0)
        unit = math.tan(degrees * math.pi / 360.0) / max(true_width, float(height))
        x = (torch.arange(columns, dtype=torch.float64) + 0.5) * (2.0 / float(columns)) - 1.0 - self.center_x
        y = 1.0 - (torch.arange(rows, dtype=torch.float64) + 0.5) * (2.0 / float(rows)) - self.center_y
        across = (x * (unit * true_width)).reshape(1, 1, 1, columns).expand(1, 1, rows, columns)
        up = (y * (unit * float(height))).reshape(1, 1, rows, 1).expand(1, 1, rows, columns)
        return torch.cat([across, up], 1).to(torch.float32)

    def encode(self, frame: Tensor) -> Tensor:
        """(1, 3, H, W) float32 0..1, `core.color.network_view`, of (1, C, H, W) scene-linear or displayed values."""
        light = torch.nan_to_num(frame[:, :3].to(torch.float32), 0.0, 65504.0, 0.0)
        if self.encoded > 0.5:
            shown = torch.clamp(light, 0.0, 1.0)
            light = torch.where(shown <= 0.04045, shown / 12.92, torch.pow((shown + 0.055) / 1.055, 2.4))
        light = torch.clamp(light * math.pow(2.0, self.exposure), 0.0, 65504.0)
        over = torch.clamp(light - 0.6, min=0.0) / 0.4
        light = torch.clamp(light, max=0.6) + 0.4 * over / (1.0 + over)
        return torch.where(light <= 0.0031308, light * 12.92, 1.055 * torch.pow(light, 1.0 / 2.4) - 0.055)

    def views(self, frame: Tensor, sizes: list[int]) -> list[Tensor]:
        """(1, 3, h, w) float32 each: the encoded frame by area, a band of rows at a time to bound the memory.

        Args:
            frame: as `forward` takes it.
            sizes: height, width, height, width ... of the views.
        """
        height, width = frame.shape[2], frame.shape[3]
        tall: list[Tensor] = []
        down: list[Tensor] = []
        for index in range(len(sizes) // 2):
            rows = sizes[2 * index]
            down.append(area_axis(rows, height).to(frame.device))
            tall.append(torch.zeros([frame.shape[0], 3, rows, width], dtype=torch.float32, device=frame.device))
        for top in range(0, height, 128):
            bottom = min(top + 128, height)
            band = self.encode(frame[:, :, top:bottom])
            for index in range(len(tall)):
                rows = sizes[2 * index]
                # Only these rows of the result have a share in the band.
                low = max(0, int(float(top - 1) * float(rows) / float(height)) - 1)
                high = min(rows, int(float(bottom + 1) * float(rows) / float(height)) + 2)
                tall[index][:, :, low:high] += torch.matmul(down[index][low:high, top:bottom], band)
        found: list[Tensor] = []
        for index in range(len(tall)):
            across = area_axis(sizes[2 * index + 1], width).to(frame.device)
            found.append(torch.clamp(torch.matmul(tall[index], across.t()), 0.0, 1.0))
        return found

    def looked(self, views: list[Tensor], frame: Tensor, mirror: bool) -> Tensor:
        """(1, 4, h, w) float32: what the network says of some views, averaged at the size of the last.

        Args:
            views: from `views`.
            frame: as `forward` takes it; its size gives the rays, its type and device those of the network's work.
            mirror: look at the mirror image of each view as well.
        """
        rows, columns = views[-1].shape[2], views[-1].shape[3]
        work = frame.dtype if frame.is_cuda else torch.float32
        total = torch.zeros([frame.shape[0], 5, rows, columns], dtype=torch.float32, device=frame.device)
        last = total[:, :4]
        count = 0
        for index in range(len(views)):
            view = views[index]
            rays = self.rays(frame.shape[2], frame.shape[3], view.shape[2], view.shape[3]).to(view.device)
            seen: Tensor = self.network(view.to(work), rays.to(work))
            last = answer_at_size(seen, rows, columns)
            total = total + weighted_answer(last)
            count += 1
            if mirror:
                flipped: Tensor = self.network(torch.flip(view, [3]).to(work), mirrored_rays(rays).to(work))
                last = answer_at_size(mirrored_answer(flipped), rows, columns)
                total = total + weighted_answer(last)
                count += 1
        return last if count == 1 else mean_answer(total, count, last)

    def enlarged(self, small: Tensor, view: Tensor, frame: Tensor) -> Tensor:
        """(1, 4, H, W) of the frame's type: the small answer at the frame's size, a band of rows at a time."""
        height, width = frame.shape[2], frame.shape[3]
        rows, columns = small.shape[2], small.shape[3]
        share = min(float(height) / float(rows), float(width) / float(columns)) - 1.0
        share = min(max(share, 0.0), 1.0) * min(max(self.detail, 0.0), 1.0)
        planes = small
        if share > 0.0:
            planes = torch.cat([small, guided_coefficients(small, view)], 1)
        result = torch.zeros([frame.shape[0], 4, height, width], dtype=frame.dtype, device=frame.device)
        for top in range(0, height, 128):
            bottom = min(top + 128, height)
            tall = enlarge_rows(planes, height, top, bottom)
            wide = enlarge(tall, bottom - top, width)
            normals = unit(wide[:, :3])
            confidence = wide[:, 3:4]
            if share > 0.0:
                changed = guided_rows(normals, confidence, wide[:, 4:], self.encode(frame[:, :, top:bottom]), share)
                normals, confidence = changed[:, :3], changed[:, 3:4]
            result[:, 0:1, top:bottom] = (normals[:, 0:1] * _sign(self.flip_x)).to(frame.dtype)
            result[:, 1:2, top:bottom] = (normals[:, 1:2] * _sign(self.flip_y)).to(frame.dtype)
            result[:, 2:3, top:bottom] = (normals[:, 2:3] * _sign(self.flip_z)).to(frame.dtype)
            result[:, 3:4, top:bottom] = confidence.to(frame.dtype)
        return result


def _sign(flip: float) -> float:
    if flip > 0.5:
        return -1.0
    return 1.0
