"""The pix2pix generator: the published layout, its range, dropout where it belongs, and plates of any shape."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.errors import BadConfig
from core.networks.unet_pix2pix import NormalsUNet, UNetPix2Pix

torch.set_num_threads(1)


def small(**changes: object) -> UNetPix2Pix:
    torch.manual_seed(3)
    return UNetPix2Pix(**{"width": 4, "depth": 5, **changes})  # type: ignore[arg-type]


def picture(count: int = 2, height: int = 32, width: int = 64) -> torch.Tensor:
    return 2.0 * torch.rand((count, 3, height, width), generator=torch.Generator().manual_seed(5)) - 1.0


def test_the_layers_are_the_published_ones() -> None:
    net = UNetPix2Pix()
    down = [conv.out_channels for conv in net.down if isinstance(conv, nn.Conv2d)]
    up = [conv.in_channels for conv in net.up if isinstance(conv, nn.ConvTranspose2d)]
    assert down == [64, 128, 256, 512, 512, 512, 512, 512]
    assert up == [512, 1024, 1024, 1024, 1024, 512, 256, 128]
    kinds = [type(norm) for norm in (*net.down_norm, *net.up_norm)]
    plain, normed = nn.Identity, nn.BatchNorm2d
    assert kinds == [plain, *[normed] * 6, plain, *[normed] * 7, plain]
    # The authors' code for 256 pixels has 54.414 million parameters; biases of layers without norm are kept here.
    assert sum(parameter.numel() for parameter in net.parameters()) / 1e6 == pytest.approx(54.414, abs=0.002)


def test_the_answer_is_in_range_and_the_first_weights_are_small() -> None:
    net = small()
    drawn = net(100.0 * picture())
    assert (drawn.shape, drawn.dtype) == ((2, 3, 32, 64), torch.float32)
    assert -1.0 <= drawn.min() < 0.0 < drawn.max() <= 1.0
    for conv in net.down:
        assert conv.weight.std().item() == pytest.approx(0.02, rel=0.2)


def test_mixed_precision_still_gives_a_float32_picture() -> None:
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert small().eval()(picture()).dtype == torch.float32


def test_every_level_reaches_the_picture() -> None:
    net = small()
    net(picture()).square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0.0, name


def test_fine_detail_passes_by_the_middle() -> None:
    """With the inner layers silenced, what is left comes by the outermost skip alone and still depends on the input."""
    net = small().eval()
    with torch.no_grad():
        for conv in list(net.up)[:-1]:
            conv.weight.zero_()
        one, other = net(picture()), net(-picture())
    assert (one - other).abs().max() > 1e-4


def test_dropout_belongs_to_training_unless_asked_for() -> None:
    with torch.no_grad():
        calm, noisy = small().eval(), small(test_dropout=True).eval()
        assert torch.equal(calm(picture()), calm(picture()))
        assert not torch.equal(noisy(picture()), noisy(picture()))
        still = small(test_dropout=True, dropout=0.0).eval()
        assert torch.equal(still(picture()), still(picture()))
        trained = small(norm="instance").train()
        assert not torch.equal(trained(picture()), trained(picture()))


def test_half_of_the_first_three_blocks_is_dropped() -> None:
    net = small(depth=6, width=16).train()
    zeros = {}

    def watch(block: int) -> None:
        def look(module: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            came_up = given[0][:, given[0].shape[1] // 2 :]
            zeros[block] = float((came_up == 0).float().mean())

        net.up[block].register_forward_pre_hook(look)

    for block in range(1, 6):
        watch(block)
    with torch.no_grad():
        for norm in list(net.up_norm)[:-1]:
            norm.bias.fill_(100.0)  # so that the ReLU makes no zeros of its own
        net(picture(2, 64, 64))
    assert [zeros[block] for block in (1, 2, 3)] == pytest.approx([0.5, 0.5, 0.5], abs=0.05)
    assert [zeros[block] for block in (4, 5)] == [0.0, 0.0]


@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_a_single_picture_can_be_learnt_from(norm: str) -> None:
    """The innermost layer has one pixel here, whose statistics over a batch of one would say nothing."""
    drawn = small(norm=norm).train()(picture(1, 32, 32))
    assert torch.isfinite(drawn).all()


def test_instance_norm_looks_at_one_picture_only() -> None:
    net = small(norm="instance", dropout=0.0).train()
    with torch.no_grad():
        together, alone = net(picture()), net(picture()[:1])
    torch.testing.assert_close(together[:1], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(32, 64), (24, 40), (33, 7)])
def test_normals_are_unit_vectors_for_plates_of_any_shape(height: int, width: int) -> None:
    torch.manual_seed(3)
    net = NormalsUNet(width=4, depth=5)
    plate = 0.5 + 0.5 * picture(2, height, width)
    with torch.no_grad():
        for _ in range(20):
            net.picture(plate)  # batch statistics settle; before that, an answer is all but zero
        net.eval()
        normals = net(plate, torch.zeros(2, 2, height, width))
        assert torch.equal(normals, net(plate, torch.randn(2, 2, height, width)))
        drawn = net.picture(plate)
    assert normals.shape == drawn.shape == (2, 3, height, width)
    torch.testing.assert_close(normals.norm(dim=1), torch.ones(2, height, width), atol=1e-5, rtol=0.0)
    assert drawn.norm(dim=1).max() < 0.9, "the picture itself has any length"


def test_what_is_added_at_the_edges_repeats_the_last_pixels() -> None:
    torch.manual_seed(3)
    net = NormalsUNet(width=4, depth=5).eval()
    plate = 0.5 + 0.5 * picture(1, 24, 32)
    longer = torch.cat([plate, plate[:, :, -1:].expand(-1, -1, 8, -1)], 2)
    with torch.no_grad():
        torch.testing.assert_close(net.picture(plate), net.picture(longer)[:, :, :24])


@pytest.mark.parametrize("wrong", [{"width": 0}, {"depth": 1}, {"dropout": 1.0}, {"norm": "layer"}])
def test_odd_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        small(**wrong)
