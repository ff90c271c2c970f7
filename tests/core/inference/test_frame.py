from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from core.color import srgb_to_linear, to_scene_linear
from core.errors import BadChannels, BadConfig, BadSize
from core.image import SRGB, Image, read_image, write_image
from core.inference.frame import STEP, FrameSettings, write_normals
from core.inference.lens import Lens
from core.inference.plate_normals import ViewSettings, predict
from core.inference.session import NormalsModel, open_model
from core.normals import angular_error_degrees, decode_8bit, encode_8bit

MakeModel = Callable[..., Path]


@pytest.fixture(scope="module")
def decoder(make_tiny_model: MakeModel) -> NormalsModel:
    return open_model(make_tiny_model("plate"), "cpu", 1)


def plate(height: int = 90, width: int = 130, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0.05, 0.5, (3, 4, 3))
    return np.kron(coarse, np.ones((-(-height // 3), -(-width // 4), 1)))[:height, :width].astype(np.float32)


def run(model: NormalsModel, image: Image, folder: Path, suffix: str = ".exr", **settings: object) -> Image:
    source = folder / f"in{suffix}"
    write_image(source, image, dtype="float" if suffix == ".exr" else None)
    write_normals(model, source, folder / "out.exr", folder / "out.png", FrameSettings(**settings))  # type: ignore[arg-type]
    return read_image(folder / "out.exr")


def test_the_file_is_what_predict_gives(decoder: NormalsModel, tmp_path: Path) -> None:
    pixels = plate()
    result = run(decoder, Image(pixels, ("R", "G", "B")), tmp_path)
    assert result.channels == ("N.red", "N.green", "N.blue")
    np.testing.assert_allclose(result.layer("N"), predict(decoder, pixels).normals, atol=0.51 * STEP)
    np.testing.assert_allclose(np.linalg.norm(result.layer("N"), axis=-1), 1.0, atol=STEP)
    np.testing.assert_array_equal(result.layer("N") % STEP, 0.0)
    shown = np.round(read_image(tmp_path / "out.png").pixels * 255).astype(np.uint8)
    assert np.abs(shown.astype(int) - encode_8bit(result.layer("N"))).max() <= 1
    assert angular_error_degrees(decode_8bit(shown), result.layer("N")).max() < 0.5


def test_windows_aspect_and_facts_are_written(decoder: NormalsModel, tmp_path: Path) -> None:
    image = Image(
        plate(),
        ("R", "G", "B"),
        data_window=(-5, 7),
        display_window=(0, 0, 120, 100),
        pixel_aspect=2.0,
        metadata={"comments": "not ours to repeat", "framesPerSecond": 24.0},
    )
    result = run(decoder, image, tmp_path, lens=Lens(focal_length_mm=50.0, film_back_mm=24.0))
    assert (result.data_window, result.display_window, result.pixel_aspect) == ((-5, 7), (0, 0, 120, 100), 2.0)
    assert result.metadata["platelight/model"] == "tiny_plate"
    assert result.metadata["platelight/model_version"] == "1"
    assert "+Z to the camera" in str(result.metadata["platelight/convention"])
    assert result.metadata["platelight/fov_degrees"] == pytest.approx(np.degrees(2 * np.arctan(12 / 50)), abs=1e-4)
    assert result.metadata["platelight/fov_source"] == "given"


def test_the_windows_of_a_crop_turn_its_rays(rays_model: Path, tmp_path: Path) -> None:
    """A crop of a squeezed frame looks where it did in the whole: the top right quarter looks up and to the right."""
    model = open_model(rays_model, "cpu", 1)
    crop = Image(plate(60, 50), ("R", "G", "B"), data_window=(50, 0), display_window=(0, 0, 100, 120), pixel_aspect=2.0)
    found = run(model, crop, tmp_path, lens=Lens(fov_degrees=90.0)).layer("N")
    right, top = 1.0, 120 / 200  # slopes at the frame's edges, of which the width is the longer side: 200 to 120
    x = np.linspace(0.0, right, 51)[:-1] + right / 100
    y = np.linspace(top, 0.0, 61)[:-1] - top / 120
    expected = np.stack([*np.broadcast_arrays(-x[None, :], -y[:, None]), np.ones((60, 50))], axis=-1)
    assert angular_error_degrees(found, expected).max() < 1.0


def test_a_named_pixel_aspect_is_as_one_that_the_file_says(rays_model: Path, tmp_path: Path) -> None:
    model = open_model(rays_model, "cpu", 1)
    lens = Lens(fov_degrees=90.0)
    said = run(model, Image(plate(60, 50), ("R", "G", "B"), pixel_aspect=2.0), tmp_path, lens=lens)
    for in_the_file in (1.0, 2.0):
        image = Image(plate(60, 50), ("R", "G", "B"), pixel_aspect=in_the_file)
        named = run(model, image, tmp_path, lens=lens, pixel_aspect=2.0)
        np.testing.assert_array_equal(named.layer("N"), said.layer("N"))
        assert named.pixel_aspect == 2.0
    other = run(model, Image(plate(60, 50), ("R", "G", "B")), tmp_path, lens=lens)
    assert angular_error_degrees(other.layer("N"), said.layer("N")).max() > 5.0


def test_the_assumed_field_of_view_says_so(decoder: NormalsModel, tmp_path: Path) -> None:
    result = run(decoder, Image(plate(130, 90), ("R", "G", "B")), tmp_path)
    assert result.metadata["platelight/fov_degrees"] == pytest.approx(60.0, abs=1e-4)
    assert "longer side" in str(result.metadata["platelight/fov_source"])


def test_a_png_and_its_linear_exr_give_the_same(decoder: NormalsModel, tmp_path: Path) -> None:
    encoded = np.round(plate() * 255) / 255
    first = run(decoder, Image(encoded, ("R", "G", "B"), color_space=SRGB), tmp_path, ".png").layer("N")
    second = run(decoder, Image(srgb_to_linear(encoded), ("R", "G", "B")), tmp_path).layer("N")
    assert angular_error_degrees(first, second).max() < 0.05


def test_a_named_colour_space_is_converted(decoder: NormalsModel, tmp_path: Path) -> None:
    pixels = plate()
    found = run(decoder, Image(pixels, ("R", "G", "B")), tmp_path, color_space="ACEScg").layer("N")
    np.testing.assert_allclose(found, predict(decoder, to_scene_linear(pixels, "ACEScg")).normals, atol=1e-4)
    assert angular_error_degrees(found, predict(decoder, pixels).normals).max() > 1.0


def test_an_unknown_colour_space_names_the_file_and_the_option(decoder: NormalsModel, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"in\.exr.*--color-space"):
        run(decoder, Image(plate(), ("R", "G", "B")), tmp_path, color_space="no_such_space")


def test_extra_layers_and_their_order_do_not_matter(decoder: NormalsModel, tmp_path: Path) -> None:
    pixels = plate()
    layers = Image.from_layers({"": pixels, "A": np.ones(pixels.shape[:2]), "N": -pixels, "depth": pixels[..., 0]})
    np.testing.assert_allclose(run(decoder, layers, tmp_path).layer("N"), predict(decoder, pixels).normals, atol=STEP)


def test_grey_is_noted_and_alpha_alone_is_refused(decoder: NormalsModel, tmp_path: Path) -> None:
    source = tmp_path / "grey.exr"
    write_image(source, Image(plate()[..., :1], ("Y",)), dtype="float")
    report = write_normals(decoder, source, tmp_path / "n.exr", None, FrameSettings())
    assert any("grey" in note for note in report.notes)
    expected = predict(decoder, np.repeat(plate()[..., :1], 3, axis=2)).normals
    np.testing.assert_allclose(read_image(tmp_path / "n.exr").layer("N"), expected, atol=STEP)
    write_image(source, Image(plate()[..., :1], ("A",)), dtype="float")
    with pytest.raises(BadChannels, match=r"grey\.exr"):
        write_normals(decoder, source, tmp_path / "n.exr", None, FrameSettings())


@pytest.mark.parametrize("first", ["Z", "matte"])
def test_the_picture_of_a_later_part_comes_before_one_channel_of_the_first(
    decoder: NormalsModel, tmp_path: Path, first: str
) -> None:
    source, pixels = tmp_path / "parts.exr", plate()
    parts = [(first, np.full((*pixels.shape[:2], 1), 0.5, np.float32)), ("rgba", pixels)]
    specs = []
    for name, values in parts:
        specs.append(oiio.ImageSpec(values.shape[1], values.shape[0], values.shape[2], oiio.FLOAT))
        specs[-1].channelnames = ("R", "G", "B") if name == "rgba" else (name,)
        specs[-1].attribute("oiio:subimagename", name)
    out = oiio.ImageOutput.create(str(source))
    assert out.open(str(source), tuple(specs)), out.geterror()
    assert out.write_image(parts[0][1])
    assert out.open(str(source), specs[1], "AppendSubimage"), out.geterror()
    assert out.write_image(pixels)
    out.close()
    report = write_normals(decoder, source, tmp_path / "n.exr", None, FrameSettings())
    assert report.notes == ()
    found = read_image(tmp_path / "n.exr").layer("N")
    np.testing.assert_allclose(found, predict(decoder, pixels).normals, atol=STEP)


def test_unsafe_pixels_are_counted_in_a_note(decoder: NormalsModel, tmp_path: Path) -> None:
    pixels = plate()
    pixels[0, 0, 0], pixels[1, :2], pixels[2, 0] = np.nan, np.inf, -1.0
    source = tmp_path / "bad.exr"
    write_image(source, Image(pixels, ("R", "G", "B")), dtype="float")
    report = write_normals(decoder, source, tmp_path / "n.exr", None, FrameSettings())
    assert any("1 nan, 2 infinite, 1 negative" in note for note in report.notes)
    assert np.isfinite(read_image(tmp_path / "n.exr").pixels).all()


def test_a_turned_photograph_is_worked_on_upright(decoder: NormalsModel, tmp_path: Path) -> None:
    import OpenImageIO as oiio  # noqa: N813

    source = tmp_path / "phone.tif"
    spec = oiio.ImageSpec(130, 90, 3, oiio.UINT8)
    spec.attribute("Orientation", 6)
    out = oiio.ImageOutput.create(str(source))
    assert out.open(str(source), spec)
    out.write_image(plate())
    out.close()
    write_normals(decoder, source, tmp_path / "n.exr", None, FrameSettings())
    upright = np.rot90(np.round(plate() * 255) / 255, -1)
    found = read_image(tmp_path / "n.exr").layer("N")
    assert found.shape == (130, 90, 3)
    assert angular_error_degrees(found, predict(decoder, srgb_to_linear(upright)).normals).max() < 0.05


def test_a_small_plate_is_refused_by_name(decoder: NormalsModel, tmp_path: Path) -> None:
    with pytest.raises(BadSize, match=r"in\.exr.*1x1"):
        run(decoder, Image(np.ones((1, 1, 3), dtype=np.float32), ("R", "G", "B")), tmp_path)


def test_tiles_and_size_are_followed(decoder: NormalsModel, tmp_path: Path) -> None:
    settings = ViewSettings(size=96, tile=True)
    result = run(decoder, Image(plate(), ("R", "G", "B")), tmp_path, view=settings)
    assert result.metadata["platelight/view"] == "128x96 tiled"
    np.testing.assert_allclose(result.layer("N"), predict(decoder, plate(), settings=settings).normals, atol=STEP)
