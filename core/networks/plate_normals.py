"""The plate-to-normals network: a pretrained encoder, ray directions at every scale, a light top-down decoder.

The decoder follows feature pyramids (Lin et al., "Feature Pyramid Networks for Object Detection", 2017). Ray directions
as input, so that the field of view is known, follow Bae and Davison, "Rethinking Inductive Biases for Surface Normal
Estimation" (DSINE), 2024. No layer normalises with statistics of the frame: an answer does not flicker with the
exposure of other pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.losses.angular_vmf import kappa_from_raw, share_within
from core.networks.blocks import convolutions, double
from core.networks.context import ContextBlock
from core.networks.efficientnet_lite import EfficientNetLite

__all__ = ["NormalsWithConfidence", "PlateNormalsNet", "Prediction"]

_RAYS = 2
_EPSILON = 1e-6


@dataclass(frozen=True)
class Prediction:
    """What the network says.

    Attributes:
        normals: (B, 3, H, W), unit, camera space (+X right, +Y up, +Z towards the camera).
        kappa: (B, 1, H, W), above 0, the concentration of `core.losses.angular_vmf`; None from a network without.
    """

    normals: Tensor
    kappa: Tensor | None = None


class PlateNormalsNet(nn.Module):
    """Camera-space normals from a plate and the direction of each pixel's ray.

    Args:
        encoder: variant of `EfficientNetLite`.
        width: channels of the decoder at stride 4, and at strides 8 to 32 unless `deep_width` is given.
        deep_width: channels of the decoder at strides 8 to 32; 0: `width`.
        fine_width: channels of the decoder at stride 2.
        detail_width: channels of the full-resolution branch, which sees the plate itself; 0 leaves the branch out.
        context: blocks of attention at stride 32 (`core.networks.context`), 0 for none.
        confidence: also say how sure each normal is.
        frozen_stages: see `EfficientNetLite`.

    Raises:
        BadConfig: an unknown encoder.
    """

    def __init__(
        self,
        encoder: str = "lite0",
        width: int = 64,
        deep_width: int = 0,
        fine_width: int = 32,
        detail_width: int = 8,
        context: int = 0,
        confidence: bool = False,
        frozen_stages: int = 2,
    ) -> None:
        super().__init__()
        self.encoder = EfficientNetLite(encoder, frozen_stages)
        deep = deep_width or width
        inputs = (width, width, deep, deep, deep)
        # A level is as wide as its neighbour towards the full resolution, which its answer is added to.
        outputs = (fine_width, width, width, deep, deep)
        self.lateral = nn.ModuleList(
            nn.Conv2d(channels + _RAYS, wide, 1) for channels, wide in zip(self.encoder.channels, inputs, strict=True)
        )
        self.smooth = nn.ModuleList(
            convolutions(wide, made, count=1 if level == 0 else 2)
            for level, (wide, made) in enumerate(zip(inputs, outputs, strict=True))
        )
        self.context = nn.Sequential(*(ContextBlock(deep) for _ in range(context)))
        self.head = nn.Conv2d(fine_width, 3, 3, padding=1)
        self.doubt = nn.Conv2d(fine_width, 1, 3, padding=1) if confidence else None
        self.detail: nn.Module | None = None
        if detail_width:
            self.spread = nn.Conv2d(fine_width, detail_width, 1)
            self.detail = nn.Conv2d(3, detail_width, 3, padding=1)
            self.sharpen = nn.Conv2d(detail_width, 3, 3, padding=1)

    def predict(self, plate: Tensor, rays: Tensor) -> Prediction:
        """Predict normals, and how sure they are.

        Args:
            plate: (B, 3, H, W), network view: display-encoded 0..1; H and W multiples of 32.
            rays: (B, 2, H, W), ray slopes (x to the right, y up, tangents of angles).
        """
        features = self.encoder(plate)
        merged: Tensor | None = None
        for level in range(len(features) - 1, -1, -1):
            scale = 0.5 ** (level + 1)
            slopes = F.interpolate(rays, scale_factor=scale, mode="nearest")
            side = self.lateral[level](torch.cat([features[level], slopes], 1))
            merged = self.context(side) if merged is None else side + double(merged)
            merged = self.smooth[level](merged)
        assert merged is not None
        normals = double(self.head(merged))  # (B, 3, H, W)
        if self.detail is not None:
            sharp = F.relu(double(self.spread(merged)) + self.detail(plate - 0.5))
            normals = normals + self.sharpen(sharp)
        kappa = None if self.doubt is None else kappa_from_raw(double(self.doubt(merged)))
        # In mixed precision the direction itself is still computed in float32.
        return Prediction(F.normalize(normals.float(), dim=1, eps=_EPSILON), kappa)

    def forward(self, plate: Tensor, rays: Tensor) -> Tensor:
        """The normals of `predict`: (B, 3, H, W), unit vectors."""
        return self.predict(plate, rays).normals


class NormalsWithConfidence(nn.Module):
    """The network as it is exported: two tensors out, the second of which needs no explanation by a formula.

    Args:
        network: one with confidence.
        temperature: divisor of kappa that made its promises true on held-out scenes
            (`core.evaluation.calibration.Calibration.temperature`), above 0.
    """

    def __init__(self, network: PlateNormalsNet, temperature: float = 1.0) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, plate: Tensor, rays: Tensor) -> tuple[Tensor, Tensor]:
        """Normals (B, 3, H, W), and (B, 1, H, W) the probability, 0..1, that their error is below 11.25 degrees."""
        found = self.network.predict(plate, rays)
        assert found.kappa is not None
        return found.normals, share_within(found.kappa / self.temperature)
