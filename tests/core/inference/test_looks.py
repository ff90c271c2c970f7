"""Several looks: the answer does not depend on the mirror, chance averages out, and the card says how often to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadConfig, ModelMismatch
from core.inference.answer import Answer
from core.inference.lens import SlopeWindow
from core.inference.looks import look, whole_sizes
from core.inference.plate_normals import ViewSettings, predict, view_sizes
from core.inference.session import NormalsModel, open_model
from core.normals import angular_error_degrees, normalize

MakeModel = Callable[..., Path]
ASIDE = SlopeWindow(-0.2, 0.7, -0.5, 0.4)
FLIP = np.array([-1.0, 1.0, 1.0], dtype=np.float32)


def plates() -> list[np.ndarray]:
    """Three sizes of a picture without symmetry, the last the one of the answer."""
    found = []
    for height, width in ((48, 72), (80, 120), (64, 96)):
        y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
        found.append(np.stack([x * x, y * x, np.sin(5 * x + y) ** 2], axis=-1).astype(np.float32))
    return found


def lopsided(view: np.ndarray, rays: np.ndarray) -> Answer:
    """A model that leans to one side, by what it sees and by where it looks."""
    raw = np.stack([view[..., 0] - 0.1 + rays[0], view[..., 1] - rays[1] / 2, 0.6 + view[..., 2]], axis=-1)
    return Answer(normalize(raw), np.clip(0.2 + 0.7 * view[..., 0], 0, 1).astype(np.float32))


@pytest.mark.parametrize("views", [plates()[-1:], plates()], ids=["one size", "three sizes"])
def test_the_mirrored_plate_gives_the_mirrored_answer(views: list[np.ndarray]) -> None:
    mirrored = SlopeWindow(-ASIDE.right, -ASIDE.left, ASIDE.bottom, ASIDE.top)
    here = look(lopsided, views, ASIDE, mirror=True)
    there = look(lopsided, [view[:, ::-1] for view in views], mirrored, mirror=True)
    np.testing.assert_allclose(there.normals[:, ::-1] * FLIP, here.normals, atol=1e-5)
    assert here.confidence is not None
    assert there.confidence is not None
    np.testing.assert_allclose(there.confidence[:, ::-1], here.confidence, atol=1e-5)
    # One look alone does not, or this would show nothing.
    alone = look(lopsided, views[-1:], ASIDE, mirror=False)
    other = look(lopsided, [views[-1][:, ::-1]], mirrored, mirror=False)
    assert angular_error_degrees(other.normals[:, ::-1] * FLIP, alone.normals).max() > 5.0


def test_one_look_is_the_model_itself() -> None:
    view = plates()[-1]
    found, wanted = look(lopsided, [view], ASIDE, mirror=False), lopsided(view, ASIDE.rays(*view.shape[:2]))
    np.testing.assert_array_equal(found.normals, wanted.normals)


def test_sizes_agree_about_where_things_are() -> None:
    """A field that is a function of the ray comes back the same from views of three sizes."""

    def by_ray(view: np.ndarray, rays: np.ndarray) -> Answer:
        return Answer(normalize(np.stack([np.sin(3 * rays[0]), rays[1], np.ones_like(rays[0])], axis=-1)))

    views = plates()
    alone = by_ray(views[-1], ASIDE.rays(*views[-1].shape[:2])).normals
    together = look(by_ray, views, ASIDE, mirror=False)
    assert together.confidence is None
    inner = slice(2, -2)  # enlarging holds the outermost half pixel
    assert angular_error_degrees(together.normals, alone)[inner, inner].max() < 0.3


def test_chance_averages_out() -> None:
    truth = normalize(np.array([0.2, 0.3, 0.9]))
    generator = np.random.default_rng(3)

    def by_chance(view: np.ndarray, rays: np.ndarray) -> Answer:
        side = 1.0 if view[0, 0, 0] <= view[0, -1, 0] else -1.0  # the plate brightens to the right
        noise = generator.normal(scale=0.3, size=(*view.shape[:2], 3))
        return Answer(normalize(truth * np.array([side, 1.0, 1.0]) + noise))

    views = plates()
    one = angular_error_degrees(look(by_chance, views[-1:], ASIDE, mirror=False).normals, truth).mean()
    two = angular_error_degrees(look(by_chance, views[-1:], ASIDE, mirror=True).normals, truth).mean()
    all_six = angular_error_degrees(look(by_chance, views, ASIDE, mirror=True).normals, truth).mean()
    assert two < 0.8 * one
    assert all_six < 0.6 * two


def test_who_is_surer_counts_for_more() -> None:
    """Two answers at right angles, one twice as sure: the mean leans to it as its square says."""
    said = iter([([0.0, 0.0, 1.0], 0.8), ([0.0, 1.0, 0.0], 0.4)])

    def by_turns(view: np.ndarray, rays: np.ndarray) -> Answer:
        normal, sure = next(said)
        shape = view.shape[:2]
        return Answer(np.broadcast_to(np.float32(normal), (*shape, 3)), np.full(shape, sure, np.float32))

    found = look(by_turns, plates()[-1:], ASIDE, mirror=True)
    np.testing.assert_allclose(found.normals[0, 0], np.array([0.0, 1.0, 4.0]) / 17**0.5, atol=1e-6)
    assert found.confidence is not None
    np.testing.assert_allclose(found.confidence, 0.6, atol=1e-6)


def test_opposite_answers_leave_a_unit_normal() -> None:
    answers = iter([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])

    def opposite(view: np.ndarray, rays: np.ndarray) -> Answer:
        return Answer(np.broadcast_to(np.array(next(answers), dtype=np.float32), view.shape))

    found = look(opposite, plates()[-1:], ASIDE, mirror=True).normals
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-6)


def test_the_card_says_how_often(make_tiny_model: MakeModel) -> None:
    """Of a model that always says the same, looking in the mirror as well leaves nothing to the side."""
    model = open_model(make_tiny_model("constant"), "cpu", 1)
    often = NormalsModel(replace(model.card, looks=4), model.device, model.session)
    plate = np.full((64, 96, 3), 0.2, np.float32)
    assert abs(predict(model, plate).normals[..., 0]).max() > 0.3
    assert abs(predict(often, plate).normals[..., 0]).max() < 1e-6
    assert abs(predict(often, plate, settings=ViewSettings(looks=1)).normals[..., 0]).max() > 0.3
    assert abs(predict(model, plate, settings=ViewSettings(looks=2)).normals[..., 0]).max() < 1e-6
    assert len(view_sizes(often, 64, 96, ViewSettings())) == ViewSettings().whole_views(often.card) == 2
    assert len(view_sizes(model, 64, 96, ViewSettings())) == ViewSettings().whole_views(model.card) == 1


def test_sizes_of_the_whole_are_multiples_and_surround_what_was_asked_for() -> None:
    assert whole_sizes((192, 384), 32, 4) == ((160, 320), (224, 448))
    assert whole_sizes((32, 32), 32, 4) == ((32, 32), (32, 32))
    assert whole_sizes((256, 384), 32, 2) == whole_sizes((256, 384), 32, 1) == ((256, 384),)


def test_what_cannot_be_is_refused(make_tiny_model: MakeModel) -> None:
    with pytest.raises(BadConfig, match="3 looks; choose 1, 2 or 4"):
        ViewSettings(looks=3)
    with pytest.raises(BadConfig, match="--tile"):
        ViewSettings(tile=True, looks=2)
    assert ViewSettings(tile=True).chosen_looks(open_model(make_tiny_model("constant"), "cpu", 1).card) == 1
    card = open_model(make_tiny_model("constant"), "cpu", 1).card
    with pytest.raises(ModelMismatch, match="5 looks"):
        type(card).from_json({**card.to_json(), "looks": 5})
