"""A model that states its confidence: from the graph's port to the channel of the file, at every detail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.color import srgb_to_linear
from core.errors import ModelMismatch, WorkFailed
from core.image import Image, read_header, read_image, write_image
from core.inference.detail import Detail
from core.inference.frame import FrameSettings, write_normals
from core.inference.plate_normals import ViewSettings, predict
from core.inference.session import NormalsModel, open_model
from core.inference.shot import ShotWriter
from core.inference.tiling import tile_grid
from tests.core.inference.confident import CONFIDENCE_PORT, write_confident_model
from tests.core.inference.moving import texture

NORMALS_PORT = {"name": "normals", "channels": 3, "encoding": "camera_space_normals"}
EVERY_WAY = [*(ViewSettings(detail=detail) for detail in Detail), ViewSettings(tile=True)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> NormalsModel:
    """Confidence is the red of the encoded plate."""
    return open_model(write_confident_model(tmp_path_factory.mktemp("models") / "red"), "cpu", 1)


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> NormalsModel:
    """The same graph and card without the port."""
    folder = tmp_path_factory.mktemp("models") / "silent"
    return open_model(write_confident_model(folder, confident=False), "cpu", 1)


def smooth_plate(height: int, width: int) -> np.ndarray:
    """(height, width, 3) encoded, 0.3..0.7."""
    y, x = np.mgrid[0:height, 0:width] / height
    return np.stack([0.5 + 0.2 * np.sin(4 * x + y), 0.5 + 0.1 * np.cos(5 * y), 0.6 + 0.0 * x], axis=-1)


def test_the_port_is_read_and_brought_into_range(tmp_path: Path) -> None:
    model = open_model(write_confident_model(tmp_path / "steep", gain=3.0, offset=-1.0), "cpu", 1)
    view = np.random.default_rng(0).random((32, 64, 3)).astype(np.float32)
    answer = model.run(view, np.zeros((2, 32, 64), np.float32))
    assert model.has_confidence
    assert answer.confidence is not None
    assert answer.confidence.shape == (32, 64)
    np.testing.assert_allclose(answer.confidence, np.clip(3.0 * view[..., 0] - 1.0, 0.0, 1.0), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(answer.normals, axis=-1), 1.0, atol=1e-5)


def test_a_confidence_that_is_no_number_is_an_error(tmp_path: Path) -> None:
    model = open_model(write_confident_model(tmp_path / "broken", broken=True), "cpu", 1)
    with pytest.raises(WorkFailed, match="not numbers"):
        model.run(np.zeros((32, 32, 3), np.float32), np.zeros((2, 32, 32), np.float32))


@pytest.mark.parametrize("change", [{"encoding": "kappa"}, {"channels": 2}, {"name": "certainty"}], ids=str)
def test_another_kind_of_confidence_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    outputs = [NORMALS_PORT, CONFIDENCE_PORT | change]
    with pytest.raises(ModelMismatch, match=str(next(iter(change.values())))):
        open_model(write_confident_model(tmp_path / "other", outputs=outputs), "cpu")


def test_confidence_alone_is_no_normals_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch, match="is needed"):
        open_model(write_confident_model(tmp_path / "alone", outputs=[CONFIDENCE_PORT]), "cpu")


@pytest.mark.parametrize("settings", EVERY_WAY, ids=lambda settings: settings.chosen_detail + "_tile" * settings.tile)
def test_confidence_arrives_where_the_plate_says_at_full_resolution(
    model: NormalsModel, silent: NormalsModel, settings: ViewSettings
) -> None:
    encoded = smooth_plate(150, 211)
    answer = predict(model, srgb_to_linear(encoded), settings=settings)
    assert answer.confidence is not None
    assert answer.confidence.shape == (150, 211)
    assert np.abs(answer.confidence - encoded[..., 0]).max() < 0.02
    without = predict(silent, srgb_to_linear(encoded), settings=settings)
    assert without.confidence is None
    np.testing.assert_array_equal(without.normals, answer.normals)


@pytest.mark.parametrize("settings", EVERY_WAY, ids=lambda settings: settings.chosen_detail + "_tile" * settings.tile)
def test_it_stays_a_probability_for_unsafe_plates(model: NormalsModel, settings: ViewSettings) -> None:
    plate = np.random.default_rng(0).random((150, 211, 3)).astype(np.float32)
    plate[5, 6], plate[70, 80], plate[100:110, 20], plate[9, 9] = np.nan, np.inf, -3.0, 40000.0
    found = predict(model, plate, settings=settings).confidence
    assert found is not None
    assert np.isfinite(found).all()
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    assert found.std() > 0.05  # not merely clipped to something safe


def test_the_confidence_of_tiles_leaves_no_seam(tmp_path: Path) -> None:
    """Each tile is as sure as its own mean says, so that neighbours disagree throughout."""
    model = open_model(write_confident_model(tmp_path / "around", gain=0.0, offset=0.5, context=2.0), "cpu", 1)
    height, width = 128, 320
    ramp = np.linspace(0.42, 0.58, width, dtype=np.float32)
    plate = srgb_to_linear(np.broadcast_to(ramp[None, :, None], (height, width, 3)))
    whole = predict(model, plate, settings=ViewSettings(size=128, detail=Detail.LOW)).confidence
    tiled = predict(model, plate, settings=ViewSettings(size=128, tile=True)).confidence
    assert whole is not None
    assert tiled is not None
    assert np.ptp(whole) < 1e-4
    assert np.ptp(tiled) > 0.2
    steps = np.abs(np.diff(tiled, axis=1))
    tiles = list(tile_grid(height, width, 64, 16, 32))
    borders = sorted({edge - 1 for tile in tiles for edge in (tile.left, tile.right) if 0 < edge < width})
    others = np.setdiff1d(np.arange(width - 1), borders)
    assert steps[:, borders].max() <= steps[:, others].max() * 1.001
    assert steps.max() < 0.25 * np.ptp(tiled)  # a jump from tile to tile would be a large part of the range


def test_detail_high_is_as_sure_of_areas_as_the_whole_is(tmp_path: Path) -> None:
    """Tiles that see half the picture claim something else of it; with detail high the view of the whole decides."""
    folder = write_confident_model(tmp_path / "around", gain=0.0, offset=0.5, context=3.0)
    model = open_model(folder, "cpu", 1)
    ramp = np.linspace(0.42, 0.58, 512, dtype=np.float32)
    plate = srgb_to_linear(np.broadcast_to(ramp[None, :, None], (288, 512, 3)))
    low = predict(model, plate, settings=ViewSettings(detail=Detail.LOW)).confidence
    high = predict(model, plate, settings=ViewSettings(detail=Detail.HIGH)).confidence
    tiled = predict(model, plate, settings=ViewSettings(tile=True)).confidence
    assert low is not None
    assert high is not None
    assert tiled is not None
    assert np.abs(tiled - low).max() > 0.1
    assert np.abs(high - low).max() < 0.01


def test_detail_high_finds_doubtful_places_that_the_whole_blurs(model: NormalsModel) -> None:
    """A seam of low confidence, 2 pixels of the plate wide: one in the finer view, half of one in that of the whole."""
    encoded = np.full((288, 512, 3), 0.7)
    encoded[:, 252:254, 0] = 0.1
    plate = srgb_to_linear(encoded)
    low = predict(model, plate, settings=ViewSettings(detail=Detail.LOW)).confidence
    high = predict(model, plate, settings=ViewSettings(detail=Detail.HIGH)).confidence
    assert low is not None
    assert high is not None
    assert high[:, 252:254].mean() < low[:, 252:254].mean() - 0.05
    assert np.abs(high[:, :200] - 0.7).max() < 0.05


def test_medium_lays_the_confidence_along_the_plate_s_edges(model: NormalsModel) -> None:
    """Sky against a building: the mask is as sharp as the plate, not as the view of 64 rows."""
    encoded = np.full((256, 384, 3), 0.2)
    encoded[:, 197:, 0] = 0.8
    plate, truth = srgb_to_linear(encoded), encoded[..., 0]
    low = predict(model, plate, settings=ViewSettings(detail=Detail.LOW)).confidence
    medium = predict(model, plate, settings=ViewSettings(detail=Detail.MEDIUM)).confidence
    assert low is not None
    assert medium is not None
    near = (slice(None), slice(185, 210))
    assert np.abs(medium - truth)[near].mean() < 0.5 * np.abs(low - truth)[near].mean()


@pytest.mark.parametrize("detail", list(Detail))
def test_the_file_has_the_channel_at_the_plate_s_resolution(
    model: NormalsModel, tmp_path: Path, detail: Detail
) -> None:
    pixels = srgb_to_linear(smooth_plate(150, 211)).astype(np.float32)
    source = tmp_path / "in.exr"
    write_image(source, Image(pixels, ("R", "G", "B"), data_window=(-5, 7)), dtype="float")
    settings = FrameSettings(view=ViewSettings(detail=detail))
    write_normals(model, source, tmp_path / "out.exr", tmp_path / "out.png", settings)
    found, expected = read_image(tmp_path / "out.exr"), predict(model, pixels, settings=settings.view)
    assert set(found.channels) == {"N.red", "N.green", "N.blue", "confidence.alpha"}
    assert read_header(tmp_path / "out.exr").pixel_type == "float"
    assert found.data_window == (-5, 7)
    assert found.layer("confidence").shape == (150, 211, 1)
    np.testing.assert_allclose(found.layer("confidence")[..., 0], expected.confidence, atol=1e-5)
    # The layer's name ends in alpha: nothing may take it for the coverage of the normals and multiply them by it.
    np.testing.assert_allclose(found.layer("N"), expected.normals, atol=1e-5)
    assert found.layer("N").shape == (150, 211, 3)
    assert found.alpha() is None
    assert "11.25 degrees" in str(found.metadata["platelight/confidence"])
    assert read_image(tmp_path / "out.png").channels == ("R", "G", "B")


def test_a_model_without_writes_what_it_did(silent: NormalsModel, tmp_path: Path) -> None:
    source = tmp_path / "in.exr"
    write_image(source, Image(srgb_to_linear(smooth_plate(60, 80)).astype(np.float32), ("R", "G", "B")), dtype="float")
    write_normals(silent, source, tmp_path / "out.exr", None, FrameSettings())
    found = read_image(tmp_path / "out.exr")
    assert set(found.channels) == {"N.red", "N.green", "N.blue"}
    assert "platelight/confidence" not in found.metadata


def test_a_steadied_shot_has_a_steadied_confidence(model: NormalsModel, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    plates = [tmp_path / "plates" / f"sh010.{number}.exr" for number in range(1001, 1007)]
    for path in plates:
        grey = texture(72, 96)[..., None] * 0.5 + rng.normal(0, 0.03, (72, 96, 3))
        write_image(path, Image(np.abs(grey).astype(np.float32), ("R", "G", "B")), dtype="float")
    writer = ShotWriter(model, FrameSettings(), 3)
    for path in plates:
        writer.write(path, tmp_path / "steady" / path.name, None)
        write_normals(model, path, tmp_path / "single" / path.name, None, FrameSettings())

    def last_step(kind: str) -> float:
        first, second = (read_image(tmp_path / kind / path.name).layer("confidence") for path in plates[-2:])
        return float(np.abs(first - second).mean())

    assert last_step("steady") < 0.6 * last_step("single")
    # A part of the shot that another machine works on has the same confidence.
    ShotWriter(model, FrameSettings(), 3).write(plates[-1], tmp_path / "part.exr", None)
    whole = read_image(tmp_path / "steady" / plates[-1].name)
    np.testing.assert_array_equal(read_image(tmp_path / "part.exr").layer("confidence"), whole.layer("confidence"))
