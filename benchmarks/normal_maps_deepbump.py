"""A network of DeepBump's shape, to be timed: a U-Net on MobileNetV2, looked through in tiles of 256 pixels.

Its weights are random, since only its arithmetic is timed. What is known of DeepBump is public: grey in, three channels
out, tiles of 256 pixels with an overlap of a sixth at least and one stride of padding around
(github.com/HugoTini/DeepBump, module_color_to_normals.py and utils_inference.py); its file of some 26 MB is that of a
U-Net with 6.6 million weights. MobileNetV2: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
2018.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["deepbump_shaped"]

_TILE = 256
_STRIDE = _TILE - _TILE // 6
_BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def deepbump_shaped(color: npt.NDArray[np.float32], threads: int) -> Callable[[], npt.NDArray[np.float32]]:
    """The work of making one map of `color`, (H, W, 3): wrapped, cut into tiles, each run, all put together."""
    with tempfile.TemporaryDirectory(prefix="platelight-") as folder:
        path = Path(folder) / "shape.onnx"
        torch.manual_seed(0)
        network = _UNet().eval()
        torch.onnx.export(
            network, (torch.rand(1, 1, _TILE, _TILE),), str(path), input_names=["input"], opset_version=17, dynamo=False
        )
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def work() -> npt.NDArray[np.float32]:
        grey = color.mean(-1)
        rows, columns = (_starts(length) for length in grey.shape)
        total = np.zeros((3, rows[-1] + _TILE, columns[-1] + _TILE), np.float32)
        for top in rows:
            for left in columns:
                tile = grey[
                    np.arange(top, top + _TILE)[:, None] % grey.shape[0], np.arange(left, left + _TILE) % grey.shape[1]
                ]
                total[:, top : top + _TILE, left : left + _TILE] += session.run(None, {"input": tile[None, None]})[0][0]
        return total

    return work


def _starts(length: int) -> list[int]:
    padded = length + 2 * _STRIDE + (-(length - _TILE)) % _STRIDE
    return list(range(0, padded - _TILE + 1, _STRIDE))


class _Bottleneck(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, widen: int) -> None:
        super().__init__()
        inner = inputs * widen
        parts = _filters(inputs, inner, 1) if widen > 1 else []
        parts += _filters(inner, inner, 3, stride, inner)
        self.body = nn.Sequential(*parts, nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return x + y if self.adds else y


class _UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        levels: list[list[nn.Module]] = [_filters(1, 32, 3, 2)]
        channels, widths = 32, []
        for widen, outputs, count, stride in _BLOCKS:
            if stride == 2:
                widths.append(channels)
                levels.append([])
            for index in range(count):
                levels[-1].append(_Bottleneck(channels, outputs, stride if index == 0 else 1, widen))
                channels = outputs
        levels[-1] += _filters(channels, 1280, 1)
        self.levels = nn.ModuleList(nn.Sequential(*parts) for parts in levels)
        ups, below = [], 1280
        for skip, outputs in zip([*reversed(widths), 0], (256, 128, 64, 32, 16), strict=True):
            ups.append(nn.Sequential(*_filters(below + skip, outputs, 3), *_filters(outputs, outputs, 3)))
            below = outputs
        self.ups = nn.ModuleList(ups)
        self.head = nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        seen = []
        for level in self.levels:
            x = level(x)
            seen.append(x)
        skips: list[Tensor | None] = [*reversed(seen[:-1]), None]
        for up, skip in zip(self.ups, skips, strict=True):
            x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = up(x if skip is None else torch.cat([x, skip], 1))
        made: Tensor = self.head(x)
        return made


def _filters(inputs: int, outputs: int, side: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, side, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(),
    ]
