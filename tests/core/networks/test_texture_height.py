from __future__ import annotations

import numpy as np
import pytest
import torch

from core.errors import BadConfig
from core.networks.texture_autoencoder import TextureAutoEncoder
from core.networks.texture_height import TextureHeightNet, normals_of_height
from core.textures.slopes import normals_from_slopes, slopes_from_height

SMALL = {"widths": (4, 4, 8, 8), "detail": 4, "depth": 1}


def network() -> TextureHeightNet:
    torch.manual_seed(0)
    return TextureHeightNet(**SMALL).eval()  # type: ignore[arg-type]


def test_it_begins_as_an_edge_filter() -> None:
    net = network()
    with torch.no_grad():
        for head in net.heads:
            head.weight.zero_()  # type: ignore[operator]
        color = torch.nn.functional.interpolate(torch.rand(1, 3, 24, 24), size=(96, 96), mode="bicubic").clamp(0, 1)
        normals, surface = net(color)
    luma = (color * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1)[0].numpy()
    wanted = normals_from_slopes(1.5 * slopes_from_height(luma, False))
    inside = (slice(34, -34), slice(34, -34))
    # What is coarser than the coarsest band has next to no slope, and is left out.
    assert np.abs(normals[0].permute(1, 2, 0).numpy() - wanted)[inside].max() < 0.05 * np.abs(wanted[..., :2]).max()
    assert surface.shape == (1, 2, 96, 96)


def test_flat_colour_gives_flat_normals_and_answers_move_with_the_picture() -> None:
    net = network()
    with torch.no_grad():
        for head in net.heads:
            head.weight.normal_(std=0.3)  # type: ignore[operator]
        normals, _ = net(torch.full((1, 3, 320, 320), 0.3))
        assert (normals[0, :, 150:170, 150:170] - torch.tensor([0.0, 0.0, 1.0])[:, None, None]).abs().max() < 1e-5
        color = torch.rand(1, 3, 320, 320)
        first, _ = net(color)
        second, _ = net(torch.roll(color, (32, -64), (2, 3)))
    difference = (torch.roll(first, (32, -64), (2, 3)) - second)[..., 160:200, 120:160].abs().max()
    assert difference < 1e-4
    assert first.std() > 0.01


def test_normals_are_those_of_a_height() -> None:
    height = torch.rand(2, 1, 16, 20)
    wanted = normals_from_slopes(slopes_from_height(height[1, 0].numpy(), False))
    found = normals_of_height(height)[1].permute(1, 2, 0).numpy()
    assert np.abs(found - wanted)[1:-1, 1:-1].max() < 1e-6
    assert np.allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-6)


def test_every_weight_learns() -> None:
    net = network().train()
    height, surface = net.predict(torch.rand(2, 3, 64, 64))
    (height.square().mean() + surface.mean()).backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in net.parameters())


def test_an_encoder_that_has_seen_photographs_joins_and_may_stay_as_it_is() -> None:
    torch.manual_seed(0)
    net = TextureHeightNet(**SMALL, encoder="lite0", frozen_stages=2).train()  # type: ignore[arg-type]
    assert net.encoder is not None
    height, surface = net.predict(torch.rand(2, 3, 64, 96))
    assert height.shape == (2, 1, 64, 96)
    (height.square().mean() + surface.mean()).backward()  # type: ignore[no-untyped-call]
    frozen = [p for p in net.parameters() if not p.requires_grad]
    assert len(frozen) == len([*net.encoder.stem.parameters(), *net.encoder.stages[0].parameters()])
    # The last scale is joined to the coarsest level, so that every weight that may learn does.
    assert all(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in net.joined.parameters())


def test_it_is_small_enough() -> None:
    assert sum(p.numel() for p in TextureHeightNet().parameters()) * 4 < 16e6
    assert sum(p.numel() for p in TextureHeightNet(encoder="lite0").parameters()) * 4 < 16e6


def test_bad_widths_are_refused() -> None:
    with pytest.raises(BadConfig, match="four numbers"):
        TextureHeightNet(widths=(8, 8))


def test_the_auto_encoder_draws_a_picture_of_normals() -> None:
    torch.manual_seed(0)
    net = TextureAutoEncoder()
    assert [layer.out_channels for layer in (net.first, net.middle, net.last)] == [15, 30, 15]
    color = torch.rand(1, 3, 32, 64)
    picture = net.picture(color)
    assert picture.shape == color.shape
    assert 0 < picture.min() <= picture.max() < 1
    normals, surface = net(color)
    assert torch.allclose(normals.norm(dim=1), torch.ones(1, 32, 64), atol=1e-5)
    assert normals[:, 2].min() > 0
    assert surface.shape == (1, 2, 32, 64)
