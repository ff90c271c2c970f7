from __future__ import annotations

import math

import pytest
import torch

from core.errors import BadConfig
from core.networks.material import LARGEST_LOG_SCALE, MaterialNet
from core.networks.material_heads import MaterialHeads


def test_any_size_gives_eight_numbers_and_their_doubts() -> None:
    torch.manual_seed(0)
    network = MaterialNet(width=32).eval()
    for height, width in ((64, 64), (96, 128)):
        found, doubt = network(torch.rand(2, 3, height, width), torch.ones(2, 1, height, width))
        assert found.shape == doubt.shape == (2, 8, 1, 1)
        assert found.min() >= 0
        assert found.max() <= 1
        assert doubt.min() >= 0.01
        assert doubt.max() <= math.exp(LARGEST_LOG_SCALE) + 1e-6


def test_the_first_parts_of_the_encoder_stay_and_the_rest_learns() -> None:
    network = MaterialNet(width=32, frozen_stages=2)
    frozen = [name for name, parameter in network.named_parameters() if not parameter.requires_grad]
    assert frozen
    assert all(name.startswith(("encoder.stem", "encoder.stages.0")) for name in frozen)
    assert all(parameter.requires_grad for parameter in MaterialNet(width=32, frozen_stages=0).parameters())


def test_masked_figures_come_from_the_object_alone() -> None:
    from core.networks.material import _figures

    values = torch.zeros(1, 2, 4, 4)
    values[..., :2] = 3.0
    values[..., 0, 0] = 5.0
    weight = torch.zeros(1, 1, 4, 4)
    weight[..., :2] = 1.0
    mean, spread, largest = _figures(values, weight)
    assert torch.allclose(mean, torch.tensor([[3.25, 3.25]]))
    assert torch.allclose(largest, torch.tensor([[5.0, 5.0]]))
    assert torch.allclose(spread, torch.tensor([[0.661, 0.661]]), atol=0.01)
    faint = _figures(values, 0.2 * weight)  # nowhere half covered: the most covered ones
    assert torch.allclose(faint[2], largest)


@pytest.mark.parametrize(("network", "count"), [("vgg16", 16), ("resnet50", 50)])
def test_the_experiments_networks_have_their_layers(network: str, count: int) -> None:
    model = MaterialHeads(network, width=0.05, bins=0)
    layers = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    shortcuts = sum("skip" in name for name, m in model.named_modules() if isinstance(m, torch.nn.Conv2d))
    # VGG-16 has three dense layers and ResNet-50 one; both have two here.
    assert len(layers) - shortcuts == {"vgg16": count - 1, "resnet50": count + 1}[network]
    assert model(torch.rand(2, 3, 64, 64)).shape == (2, 10, 1, 1)
    binned = MaterialHeads(network, width=0.05, bins=21)
    assert binned.logits(torch.rand(2, 3, 64, 64)).shape == (2, 21, 10)
    assert binned(torch.rand(2, 3, 64, 64)).min() >= 0
    with pytest.raises(BadConfig, match="bins 1"):
        MaterialHeads(network, bins=1)
