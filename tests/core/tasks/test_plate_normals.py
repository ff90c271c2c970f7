"""The plate-normals task: from a packed sample to what the network learns from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.camera import PinholeCamera
from core.card import ModelCard
from core.color import NETWORK_VIEW, network_view
from core.errors import BadChannels, BadConfig
from core.image import Image
from core.losses.angular import angle
from core.losses.angular_vmf import expected_angle, share_within
from core.normals import angular_error_degrees
from core.tasks import build_task, check_task
from core.tasks.plate_normals import PlateNormals
from core.training.batches import collate
from core.training.config import TrainConfig
from tests import lambert

torch.set_num_threads(1)
SMALL = {"width": 8, "fine_width": 8, "detail_width": 4}


def task(**changes: Any) -> PlateNormals:
    settings: dict[str, Any] = {"task": "plate_normals", "size": 32, "pretrained": False, "model": SMALL}
    built = build_task(TrainConfig(**{**settings, **changes}))
    assert isinstance(built, PlateNormals)
    return built


def frame(**changes: Any) -> Any:
    return task().pack(lambert.frame(lambert.Scene(**changes), 64, 48), lambert.metadata(0, 64, 48))


class Answer(nn.Module):
    """Gives the same normals whatever it sees."""

    def __init__(self, normals: Tensor) -> None:
        super().__init__()
        self.normals = normals

    def forward(self, plate: Tensor, rays: Tensor) -> Tensor:
        return self.normals


def test_a_validation_sample_is_the_whole_frame_with_its_rays() -> None:
    sample = task(size=96).validation_sample(task().pack(lambert.frame(lambert.Scene(), 96, 96), lambert.metadata(0)))
    assert {name: value.shape for name, value in sample.items()} == {
        "plate": (3, 96, 96),
        "rays": (2, 96, 96),
        "normals": (3, 96, 96),
        "mask": (1, 96, 96),
        "empty": (1, 96, 96),
    }
    assert all(value.dtype == np.float32 for value in sample.values())
    camera = lambert.camera(96, 96)
    np.testing.assert_allclose(sample["rays"].transpose(1, 2, 0), camera.ray_slopes(), atol=1e-5)
    image = lambert.frame(lambert.Scene(), 96, 96)
    error = angular_error_degrees(sample["normals"].transpose(1, 2, 0), image.layer("N"))
    assert error[sample["mask"][0] > 0.5].max() < 0.1
    assert 0.0 <= sample["plate"].min() < sample["plate"].max() <= 1.0
    # Exposed so that the 88th percentile of brightness comes to the key, then seen as every plate is seen.
    luminance = image.rgb() @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    expected = network_view(image.rgb() * np.float32(0.45 / np.percentile(luminance, 88)))
    np.testing.assert_allclose(sample["plate"].transpose(1, 2, 0), expected, atol=2e-3)


def test_a_training_sample_is_a_pure_function_of_frame_and_generator() -> None:
    packed = frame()
    one, again, other = (task().training_sample(packed, 96, np.random.default_rng(seed)) for seed in (1, 1, 2))
    for name in ("plate", "rays", "normals", "mask"):
        np.testing.assert_array_equal(one[name], again[name])
    assert np.abs(one["plate"] - other["plate"]).max() > 0.01
    length = np.linalg.norm(one["normals"], axis=0)
    np.testing.assert_allclose(length[one["mask"][0] > 0.5], 1.0, atol=1e-5)


def test_pixels_without_a_surface_or_direction_are_masked() -> None:
    image = lambert.frame(lambert.Scene(wall=False), 64, 48)
    channels = list(image.channels)
    pixels = image.pixels.copy()
    pixels[20:24, 30:34, channels.index("N.red") : channels.index("N.blue") + 1] *= 0.1  # opposite normals, averaged
    pixels[26, 26, 0] = np.nan
    packed = task().pack(image.with_pixels(pixels), lambert.metadata(0, 64, 48))
    surface = np.linalg.norm(image.layer("N"), axis=2) > 0.5
    surface[20:24, 30:34] = False
    np.testing.assert_array_equal(packed["mask"] > 0, surface)
    assert np.isfinite(packed["plate"]).all()
    sample = task().validation_sample(packed)
    assert np.isfinite(sample["plate"]).all()
    assert 0 < sample["mask"].mean() < 1


def test_the_focal_length_is_that_of_the_camera() -> None:
    film = PinholeCamera(64, 48, 35.0, 24.0)
    meta = {"camera": {"focal_length_mm": 35.0, "horizontal_aperture_mm": 24.0}}
    packed = task().pack(lambert.frame(lambert.Scene(), 64, 48), meta)
    assert packed["focal"][0] == pytest.approx(film.focal_length_pixels)


@pytest.mark.parametrize(
    ("drop", "meta", "word"),
    [("A", lambert.metadata(0), "alpha"), ("N", lambert.metadata(0), "'N'"), ("", {}, "camera")],
)
def test_what_a_sample_lacks_is_told(drop: str, meta: dict[str, Any], word: str) -> None:
    image = lambert.frame(lambert.Scene(), 16, 16)
    layers = {name: image.layer(name) for name in ("", "N") if name != drop or not drop}
    if drop != "A":
        layers["A"] = image.layer("rgb")[..., :1] * 0.0 + 1.0
    with pytest.raises(BadChannels, match=word):
        task().pack(Image.from_layers(layers), meta)


def test_figures_count_each_image_the_same() -> None:
    batch = collate([task().validation_sample(frame(wall=wall)) for wall in (True, False)])
    perfect = task().metrics(Answer(batch["normals"]), batch)
    assert perfect == {"degrees": 0.0, "median_degrees": 0.0, "within_11.25": 100.0, "within_30": 100.0}
    turned = batch["normals"].clone()
    turned[1] *= -1.0  # the second image, which has fewer pixels, is wrong by 180 degrees
    half = task().metrics(Answer(turned), batch)
    assert half["degrees"] == pytest.approx(90.0, abs=0.01)
    assert half["within_30"] == pytest.approx(50.0)


def test_a_preview_shows_plate_prediction_and_reference() -> None:
    built = task()
    batch = collate([built.validation_sample(frame()) for _ in range(2)])
    picture = built.preview(Answer(batch["normals"]), batch)
    assert (picture.shape, picture.dtype) == ((64, 96, 3), np.uint8)
    mask = np.concatenate([batch["mask"][0, 0], batch["mask"][1, 0]]) > 0.5
    np.testing.assert_array_equal(picture[:, 32:64][mask], picture[:, 64:][mask])


SURE = {**SMALL, "confidence": True, "objective": {"cosine_l1": 0.0, "angular": 1.0, "confidence": 0.1, "calm": 0.5}}


def test_what_is_empty_is_no_surface_and_not_merely_doubtful() -> None:
    image = lambert.frame(lambert.Scene(wall=False), 64, 64)
    alpha = image.alpha()
    assert alpha is not None
    alpha[0, :8] = 0.5  # half covered: neither
    layers = {"": image.rgb(), "A": alpha, "N": image.layer("N")}
    sample = task(size=64).validation_sample(task().pack(Image.from_layers(layers), lambert.metadata(0, 64, 64)))
    empty, mask = sample["empty"][0], sample["mask"][0]
    assert not np.any(empty * mask)
    assert not empty[0, :8].any()
    assert empty[1:].sum() > 0.9 * (alpha[1:] == 0.0).sum() > 0
    assert set(np.unique(empty)) == {0.0, 1.0}


def test_each_wanted_term_is_in_the_loss() -> None:
    built = task(model=SURE)
    batch = collate([built.validation_sample(frame(wall=False)) for _ in range(2)])
    with torch.no_grad():
        outcome = built.phases()[0].losses(batch)
    assert set(outcome.losses) == {"angular", "confidence", "calm"}
    assert all(float(value) > 0.0 for value in outcome.losses.values())


def test_a_network_that_says_how_sure_it_is_is_calibrated_and_shown() -> None:
    built = task(model=SURE)
    batch = collate([built.validation_sample(frame()) for _ in range(2)])
    with torch.no_grad():
        # Towards the camera, more or less: an error of more than 90 degrees cannot be promised.
        built.model.head.bias.copy_(torch.tensor([0.0, 0.0, 20.0]))
        figures = built.metrics(built.model, batch)
        picture = built.preview(built.model, batch)
        found = built.model.predict(batch["plate"], batch["rays"])
        normals, confidence = built.deployed({"temperature": 3.0})(batch["plate"], batch["rays"])
    assert figures["temperature"] > 0.0
    assert picture.shape == (64, 128, 3)
    assert found.kappa is not None
    torch.testing.assert_close(normals, found.normals)
    torch.testing.assert_close(confidence, share_within(found.kappa / 3.0))
    # As much doubt as error: with its own temperature the network promises what was measured.
    known = batch["mask"] > 0.5
    promised = torch.rad2deg(expected_angle(found.kappa[known] / figures["temperature"])).mean()
    measured = torch.rad2deg(angle(found.normals, batch["normals"]))[known[:, 0]].mean()
    assert float(promised) == pytest.approx(float(measured), rel=1e-2)


def test_the_card_of_such_a_network_has_a_second_port() -> None:
    told = {"name": "a", "version": "1", "weights": "a.onnx", "sha256": "0", "precision": "fp32"}
    built = task(model={**SURE, "encoder": "lite2"}, pretrained=True)
    card = built.card(told)
    assert [(port.name, port.channels, port.encoding) for port in card.outputs][1] == (
        "confidence",
        1,
        "share_within_11.25_degrees",
    )
    assert "Lite2" in card.credits[0]
    assert task().deployed({}) is not None


def test_parameters_have_two_paces() -> None:
    built = task()
    encoder, decoder = built.groups(built.model)
    assert encoder.learning_rate < decoder.learning_rate
    both = [id(parameter) for group in (encoder, decoder) for parameter in group.parameters]
    assert sorted(both) == sorted(id(parameter) for parameter in built.model.parameters())


def test_its_card_says_what_the_graph_takes() -> None:
    told = {"name": "a", "version": "1", "weights": "a.onnx", "sha256": "0", "precision": "fp32"}
    card = task(size=64).card(told)
    assert ModelCard.from_json(card.to_json()) == card
    assert [(port.name, port.channels) for port in (*card.inputs, *card.outputs)] == [
        ("plate", 3),
        ("rays", 2),
        ("normals", 3),
    ]
    assert card.inputs[0].encoding == NETWORK_VIEW
    assert (card.work_size, card.multiple_of) == (64, 32)
    assert card.credits == ()
    assert "Apache-2.0" in task(pretrained=True).card(told).credits[0]


def test_odd_settings_are_refused() -> None:
    with pytest.raises(BadConfig, match="depth"):
        task(model={"depth": 3})
    with pytest.raises(BadConfig, match="sharpness"):
        task(augmentation={"sharpness": 1.0})
    with pytest.raises(BadConfig, match="objective"):
        task(model={**SMALL, "objective": {"sharpness": 1.0}})
    with pytest.raises(BadConfig, match="plate_normals"):
        check_task("plate_normal")
