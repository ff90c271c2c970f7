"""Every part really does what its rows say; how long it takes is no part of any test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.bench.exr import bare_read, bare_write
from core.bench.inference import bare_session, one_view
from core.bench.loading import make_shard
from core.bench.parts import PARTS, load_part
from core.bench.picture import FRAME_TYPES, lit_scene, made_plate, training_frame
from core.bench.relight import eight_lights
from core.bench.row import LeftOut, Row, Settings
from core.image import read_image, write_image
from core.inference.plate_normals import ViewSettings
from core.inference.session import open_model
from core.shards import ShardSet
from tests.conftest import MakeModel

WANTED = {
    "exr": 6,
    "loading": 3,
    "training": 3,
    "inference": 2,
    "torch": 1,  # compiled takes a minute: left out when quick
    "relight": 1,
}


@pytest.mark.parametrize("name", PARTS)
def test_a_quick_part_gives_rows_whose_ratio_fits_their_figures(name: str, tmp_path: Path) -> None:
    if name in ("training", "torch"):
        pytest.importorskip("torch")
    found = list(load_part(name)(Settings(tmp_path, threads=1, rounds=2, seconds=0.0, quick=True)))
    rows = [one for one in found if isinstance(one, Row)]
    assert len(rows) == WANTED[name]
    for row in rows:
        assert row.part == name
        assert row.figure > 0.0
        assert row.beside_figure > 0.0
        assert 0.0 < row.low <= row.ratio <= row.high
        assert row.rounds >= 2
        assert row.what
        assert row.beside
    left_out = [one for one in found if isinstance(one, LeftOut)]
    assert [one.what for one in left_out] == (["torch compiled"] if name == "torch" else [])


def test_the_bare_reader_and_writer_do_the_same_work(tmp_path: Path) -> None:
    frame = training_frame(32, 3)
    write_image(tmp_path / "ours.exr", frame, channel_dtypes=FRAME_TYPES)
    bare_write(tmp_path / "bare.exr", frame, FRAME_TYPES)
    ours, bare = read_image(tmp_path / "ours.exr"), read_image(tmp_path / "bare.exr")
    assert ours.channels == bare.channels
    assert np.array_equal(ours.pixels, bare.pixels)
    assert np.array_equal(np.asarray(bare_read(tmp_path / "ours.exr")), ours.pixels)


def test_the_shard_holds_frames_that_can_be_trained_on(tmp_path: Path) -> None:
    make_shard(tmp_path, 2, 32)
    image, metadata = next(iter(ShardSet.open(tmp_path)))
    assert np.allclose(np.linalg.norm(image.layer("N"), axis=2), 1.0, atol=1e-3)
    assert image.layer("depth").min() > 1.0  # metres before the camera
    assert metadata["camera"]["focal_length_mm"] > 0.0


def test_the_bare_session_is_fed_what_the_product_feeds(make_tiny_model: MakeModel) -> None:
    model = open_model(make_tiny_model("plate"), "cpu", 1)
    seen = one_view(model, made_plate(48, 64, 1), ViewSettings(size=32))
    (bare,) = bare_session(model, 1).run(None, seen.feed)
    assert np.allclose(bare[0].transpose(1, 2, 0), model.run(seen.view, seen.rays).normals, atol=1e-6)


def test_torchs_network_gives_what_the_graph_gives() -> None:
    """Random weights, so other values: but the same outputs of the same shapes, as many operations a layer."""
    torch = pytest.importorskip("torch")
    from core.bench.torch_engines import exported_network

    model = open_model(None, "cpu", 1)
    seen = one_view(model, made_plate(48, 64, 1), ViewSettings(size=32))
    with torch.no_grad():
        found = exported_network(model.card)(*(torch.from_numpy(seen.feed[name]) for name in ("plate", "rays")))
    graph = bare_session(model, 1).run(["normals", "confidence"], seen.feed)
    assert [tuple(item.shape) for item in found] == [item.shape for item in graph]


def test_every_light_lights_the_picture() -> None:
    from core.relight.compose import relight

    shot, lights = lit_scene(60, 40), eight_lights()
    assert len({type(light) for light in lights}) == 6
    for light in relight(shot.plate, shot.surface, lights, per_light=True).lights:
        assert light.max() > 0.01
