from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadChannels, BadConfig, BadInput, BadSize, FileMissing, UnreadableImage
from core.image import (
    SCENE_LINEAR,
    SRGB,
    Image,
    RowReader,
    check_same_place,
    decode_exr,
    encode_exr,
    read_header,
    read_image,
    write_image,
    write_rows,
)


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def layered(height: int = 6, width: int = 8) -> Image:
    return Image.from_layers(
        {
            "": np.abs(noise(height, width, 3)),
            "A": np.ones((height, width)),
            "N": noise(height, width, 3, seed=1),
            "P": noise(height, width, 3, seed=2) * 100.0,
            "depth": np.abs(noise(height, width, seed=3)),
            "roughness": np.full((height, width), 0.25),
        }
    )


def write_plain(path: Path, pixels: np.ndarray, names: tuple[str, ...], kind: object, **attributes: object) -> None:
    """A file straight from OpenImageIO, so that reading is not tested by our own writing."""
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], kind)
    spec.channelnames = names
    for name, value in attributes.items():
        if name == "tile":
            spec.tile_width = spec.tile_height = value
        else:
            spec.attribute(name.replace("__", ":"), value)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(np.ascontiguousarray(pixels, dtype=np.float32)), out.geterror()
    out.close()


def test_layers_come_in_order_of_meaning_whatever_the_order_in_the_file() -> None:
    pixels = np.arange(8, dtype=np.float32).reshape(1, 1, 8)
    image = Image(pixels, ("A", "B", "G", "N.X", "N.Y", "N.Z", "R", "depth.Z"))
    assert image.layer("rgb").tolist() == [[[6, 2, 1]]]
    assert image.layer("N").tolist() == [[[3, 4, 5]]]
    assert image.layer("depth").tolist() == [[[7]]]
    alpha = image.alpha()
    assert alpha is not None
    assert alpha.tolist() == [[[0]]]
    shuffled = Image(pixels[..., :4], ("m.blue", "m.alpha", "m.green", "m.red"))
    assert shuffled.layer("m").tolist() == [[[3, 2, 0, 1]]]


def test_a_missing_layer_is_answered_with_those_there_are() -> None:
    with pytest.raises(BadChannels, match=r"'albedo'.*'N'.*'depth'"):
        layered().layer("albedo")


@pytest.mark.parametrize(
    "names", [("R", "G", "B"), ("beauty.R", "beauty.G", "beauty.B"), ("L.Combined.R", "L.Combined.G", "L.Combined.B")]
)
def test_the_picture_is_found_under_the_names_renderers_give_it(names: tuple[str, ...]) -> None:
    order = (2, 1, 0, 3)
    all_names = (*names, "depth.Z")
    image = Image(np.arange(4, dtype=np.float32).reshape(1, 1, 4), tuple(all_names[index] for index in order))
    assert image.rgb().tolist() == [[[2, 1, 0]]]
    assert not image.is_grey


def test_one_channel_is_grey_but_alpha_and_data_are_not() -> None:
    grey = Image(np.full((2, 2, 1), 0.5, dtype=np.float32), ("Y",))
    assert grey.is_grey
    np.testing.assert_array_equal(grey.rgb(), np.full((2, 2, 3), 0.5))
    for name in ("A", "depth.Z", "N.red"):
        with pytest.raises(BadChannels):
            Image(np.zeros((2, 2, 1), dtype=np.float32), (name,)).rgb()


@pytest.mark.parametrize(
    ("shape", "names"), [((2, 2), ("R",)), ((2, 2, 3), ("R", "G")), ((2, 2, 2), ("R", "R")), ((0, 2, 1), ("R",))]
)
def test_pixels_and_names_must_fit(shape: tuple[int, ...], names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"pixels|same name"):
        Image(np.zeros(shape, dtype=np.float32), names)


@settings(max_examples=20)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 1000))
def test_exr_bytes_give_back_float_layers_exactly(height: int, width: int, seed: int) -> None:
    layers = {"N": noise(height, width, 3, seed=seed), "depth": noise(height, width, seed=seed + 1)}
    image = decode_exr(encode_exr(Image.from_layers(layers), dtype="float"))
    np.testing.assert_array_equal(image.layer("N"), layers["N"])
    np.testing.assert_array_equal(image.layer("depth")[..., 0], layers["depth"])


def test_exr_keeps_names_windows_aspect_and_metadata(tmp_path: Path) -> None:
    path = tmp_path / "new" / "all.exr"
    image = layered().with_pixels(
        layered().pixels,
        data_window=(-3, 5),
        display_window=(0, 0, 20, 12),
        pixel_aspect=2.0,
        metadata={"shot": "sh010", "take": 3, "gain": 1.5, "offset": (1.0, 2.0, 3.0)},
    )
    write_image(path, image, metadata={"take": 4})
    back = read_image(path)
    assert set(back.channels) == set(image.channels)
    assert (back.data_window, back.display_window, back.pixel_aspect) == ((-3, 5), (0, 0, 20, 12), 2.0)
    assert dict(back.metadata) == {"shot": "sh010", "take": 4, "gain": 1.5, "offset": (1.0, 2.0, 3.0)}
    assert back.color_space == SCENE_LINEAR
    np.testing.assert_array_equal(back.layer("P"), image.layer("P"))  # layers are float by default
    np.testing.assert_allclose(back.rgb(), image.rgb(), rtol=1e-3)  # the picture is half
    header = read_header(path)
    assert (header.width, header.height, header.file_format, header.data_window) == (8, 6, "openexr", (-3, 5))
    assert list(tmp_path.glob("**/.*")) == []


def test_pixel_types_go_by_channel_layer_or_file(tmp_path: Path) -> None:
    path = tmp_path / "types.exr"
    write_image(path, layered(), dtype="half", channel_dtypes={"N": "float", "P.red": "float"})
    spec = oiio.ImageInput.open(str(path)).spec()
    kinds = dict(zip(spec.channelnames, map(str, spec.channelformats), strict=True))
    assert [name for name, kind in kinds.items() if kind == "float"] == ["N.red", "N.green", "N.blue", "P.red"]


def test_half_keeps_huge_values_finite(tmp_path: Path) -> None:
    path = tmp_path / "sun.exr"
    write_image(path, Image(np.array([[[1e6, -1e6, np.inf]]], dtype=np.float32), ("R", "G", "B")))
    np.testing.assert_array_equal(read_image(path).pixels, [[[65504.0, -65504.0, np.inf]]])


def test_the_same_image_gives_the_same_bytes() -> None:
    assert encode_exr(layered()) == encode_exr(layered())
    assert encode_exr(layered()) != encode_exr(layered(5, 8))


def test_a_cut_record_is_refused() -> None:
    data = encode_exr(layered(64, 64))
    for size in (0, 3, 200, len(data) // 2, len(data) - 7):
        with pytest.raises(UnreadableImage, match=f"EXR record of {size} bytes"):
            decode_exr(data[:size])


@pytest.mark.parametrize(
    ("suffix", "kind", "step"), [(".png", "uint8", 255), (".png", "uint16", 65535), (".tif", "uint16", 65535)]
)
def test_integer_files_are_srgb_from_0_to_1(tmp_path: Path, suffix: str, kind: str, step: int) -> None:
    path = tmp_path / f"picture{suffix}"
    pixels = np.random.default_rng(1).random((9, 7, 3)).astype(np.float32)
    write_image(path, Image(pixels, ("R", "G", "B"), color_space=SRGB), dtype=kind)
    back = read_image(path)
    assert back.color_space == SRGB
    assert read_header(path).pixel_type == kind
    np.testing.assert_allclose(back.pixels, pixels, atol=0.51 / step)


def test_straight_alpha_stays_straight(tmp_path: Path) -> None:
    path = tmp_path / "rgba.png"
    pixels = np.full((4, 4, 4), 0.8, dtype=np.float32)
    pixels[..., 3] = 0.2
    image = Image(pixels, ("R", "G", "B", "A"), color_space=SRGB, alpha_associated=False)
    write_image(path, image)
    back = read_image(path)
    assert not back.alpha_associated
    np.testing.assert_allclose(back.pixels, pixels, atol=2e-3)


@pytest.mark.parametrize(
    ("chromaticities", "space"),
    [
        ((0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767), "ACEScg"),
        ((0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329), SCENE_LINEAR),
    ],
)
def test_exr_primaries_are_read(tmp_path: Path, chromaticities: tuple[float, ...], space: str) -> None:
    path = tmp_path / "primaries.exr"
    spec = oiio.ImageSpec(2, 2, 3, oiio.HALF)
    spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), chromaticities)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec)
    out.write_image(np.zeros((2, 2, 3), dtype=np.float32))
    out.close()
    assert read_image(path).color_space == space


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_are_turned_upright(tmp_path: Path, orientation: int) -> None:
    """Against OpenImageIO's own reorientation."""
    path = tmp_path / "turned.tif"
    write_plain(path, np.random.default_rng(0).random((5, 8, 3)), ("R", "G", "B"), oiio.UINT8, Orientation=orientation)
    expected = oiio.ImageBufAlgo.reorient(oiio.ImageBuf(str(path))).get_pixels(oiio.FLOAT)
    np.testing.assert_array_equal(read_image(path).pixels, expected)


def test_identities_of_unsigned_channels_are_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "id.exr"
    spec = oiio.ImageSpec(2, 1, 2, oiio.UINT32)
    spec.channelnames = ("id.Y", "R")
    spec.channelformats = (oiio.UINT32, oiio.FLOAT)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec)
    out.write_image(np.array([[[3 / (2**32 - 1), 0.5], [7 / (2**32 - 1), 0.25]]], dtype=np.float64))
    out.close()
    image = read_image(path)
    assert image.layer("id").ravel().tolist() == [3, 7]
    assert image.pixels[..., image.channels.index("R")].ravel().tolist() == [0.5, 0.25]


def test_parts_of_an_exr_are_joined(tmp_path: Path) -> None:
    path = tmp_path / "parts.exr"
    specs = []
    for name, channels in (("rgba", ("R", "G", "B")), ("N", ("R", "G", "B")), ("depth", ("depth.Z",))):
        spec = oiio.ImageSpec(3, 2, len(channels), oiio.FLOAT)
        spec.channelnames = channels
        spec.attribute("oiio:subimagename", name)
        specs.append(spec)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), tuple(specs)), out.geterror()
    for index, spec in enumerate(specs):
        if index:
            assert out.open(str(path), spec, "AppendSubimage"), out.geterror()
        assert out.write_image(np.full((2, 3, spec.nchannels), index + 1.0, dtype=np.float32))
    out.close()
    image = read_image(path)
    assert read_header(path).parts == 3
    assert image.channels == ("R", "G", "B", "N.R", "N.G", "N.B", "depth.Z")
    assert [float(image.layer(name).mean()) for name in ("rgb", "N", "depth")] == [1.0, 2.0, 3.0]


def test_parts_with_windows_of_their_own_lie_where_they_belong(tmp_path: Path) -> None:
    """Renderers crop each layer to what it shows."""
    path = tmp_path / "parts.exr"
    windows = {"rgba": (1, 1, 4, 3), "inside": (2, 2, 1, 1), "across": (0, 0, 3, 2), "apart": (7, 5, 2, 1)}
    specs = []
    for name, (x, y, width, height) in windows.items():
        spec = oiio.ImageSpec(width, height, 1, oiio.FLOAT)
        spec.channelnames = (f"{name}.Y",)
        spec.x, spec.y = x, y
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, 9, 6
        spec.attribute("oiio:subimagename", name)
        specs.append(spec)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), tuple(specs)), out.geterror()
    for index, spec in enumerate(specs):
        assert not index or out.open(str(path), spec, "AppendSubimage"), out.geterror()
        values = np.arange(1, spec.width * spec.height + 1, dtype=np.float32)
        assert out.write_image(values.reshape(spec.height, spec.width, 1))
    out.close()
    image = read_image(path)
    assert (image.height, image.width, image.data_window) == (3, 4, (1, 1))
    assert image.layer("rgba")[..., 0].tolist() == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    assert image.layer("inside")[..., 0].tolist() == [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert image.layer("across")[..., 0].tolist() == [[5, 6, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert not image.layer("apart").any()


@pytest.mark.parametrize("name", ["Z", "depth", "A", "depth.Z"])
def test_one_channel_of_depth_or_alpha_is_no_picture(name: str) -> None:
    image = Image(noise(4, 4, 1), (name,))
    assert not image.is_grey
    with pytest.raises(BadChannels):
        image.rgb()
    assert Image(noise(4, 4, 1), ("matte",)).is_grey


def test_images_lie_on_one_another_where_their_windows_say_so() -> None:
    frame = (0, 0, 9, 9)
    whole, moved = (Image(noise(4, 4, 1), ("Y",), data_window=at, display_window=frame) for at in ((0, 0), (2, 1)))
    bare = Image(noise(4, 4, 1), ("Y",))  # a PNG of either
    assert whole.lies_on(whole)
    assert not whole.lies_on(moved)
    assert moved.lies_on(bare)
    assert bare.lies_on(moved)
    assert not bare.lies_on(Image(noise(4, 5, 1), ("Y",)))
    check_same_place(whole, "plate", whole, "normals")
    with pytest.raises(BadSize, match=r"plate begins at .* but normals at .*one data window"):
        check_same_place(whole, "plate", moved, "normals")
    with pytest.raises(BadSize, match=r"plate is .* but normals is .*one size"):
        check_same_place(bare, "plate", Image(noise(4, 5, 1), ("Y",)), "normals")


@pytest.mark.parametrize("tile", [0, 32])
def test_bands_are_the_whole_image(tmp_path: Path, tile: int) -> None:
    path = tmp_path / "bands.exr"
    pixels = noise(100, 70, 3)
    write_plain(path, pixels, ("R", "G", "B"), oiio.FLOAT, **({"tile": tile} if tile else {}))
    bands = list(RowReader(path, (2, 0)).bands(40))
    assert len(bands) > 2
    np.testing.assert_array_equal(np.concatenate(bands), pixels[..., [2, 0]])


def test_bands_of_a_cut_file_end_in_an_error(tmp_path: Path) -> None:
    path = tmp_path / "cut.exr"
    write_image(path, Image(noise(200, 100, 3), ("R", "G", "B")))
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(UnreadableImage, match=r"cut\.exr"):
        list(RowReader(path).bands(16))


def test_rows_are_written_like_whole_images(tmp_path: Path) -> None:
    image = layered(50, 8).with_pixels(layered(50, 8).pixels, data_window=(4, -6), display_window=(0, 0, 30, 30))
    with write_rows(tmp_path / "rows.exr", image, 50) as rows:
        for top in range(0, 50, 16):
            rows.write(image.pixels[top : top + 16])
        assert not (tmp_path / "rows.exr").exists()
    write_image(tmp_path / "whole.exr", image)
    first, second = read_image(tmp_path / "rows.exr"), read_image(tmp_path / "whole.exr")
    np.testing.assert_array_equal(first.pixels, second.pixels)
    assert first.data_window == (4, -6)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_stopped_rows_leave_the_old_file_and_nothing_else(tmp_path: Path, stop: type[BaseException]) -> None:
    path = tmp_path / "rows.exr"
    write_image(path, layered(4, 4))
    before = path.read_bytes()

    def work() -> None:
        with write_rows(path, layered(32, 8), 32) as rows:
            rows.write(layered(16, 8).pixels)
            if stop is KeyboardInterrupt:
                raise KeyboardInterrupt
            # ValueError: left too early, half of the rows are missing

    with pytest.raises(stop):
        work()
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.exr"]
    assert path.read_bytes() == before


def test_unusable_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "text.exr").write_text("not a picture")
    (tmp_path / "empty.png").touch()
    for name, kind in (
        ("none.exr", FileMissing),
        ("text.exr", UnreadableImage),
        ("empty.png", UnreadableImage),
        (".", UnreadableImage),
    ):
        for read in (read_image, read_header):
            with pytest.raises(kind) as caught:
                read(tmp_path / name)
            assert "\n" not in str(caught.value)
            assert str(tmp_path / name) in str(caught.value)


def test_deep_images_are_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "deep.exr"
    spec = oiio.ImageSpec(2, 2, 1, oiio.FLOAT)
    spec.channelnames = ("Z",)
    spec.deep = True
    data = oiio.DeepData()
    data.init(spec)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec)
    assert out.write_deep_image(data), out.geterror()
    out.close()
    with pytest.raises(UnreadableImage, match="flatten"):
        read_image(path)


def test_an_absurd_size_is_refused_before_memory_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "big.exr"
    write_image(path, layered(20, 20))
    monkeypatch.setattr("core.image.reading.MAX_BYTES", 1000)
    with pytest.raises(BadSize, match="20x20"):
        read_image(path)


def test_all_parts_together_are_held_against_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "parts.exr"
    specs = [oiio.ImageSpec(20, 20, 3, oiio.HALF) for _ in range(3)]
    for number, spec in enumerate(specs):
        spec.attribute("oiio:subimagename", f"part{number}")
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), tuple(specs))
    for number, spec in enumerate(specs):
        assert number == 0 or out.open(str(path), spec, "AppendSubimage")
        assert out.write_image(noise(20, 20, 3))
    out.close()
    assert len(read_image(path).channels) == 9
    one = 20 * 20 * 3 * 4
    monkeypatch.setattr("core.image.reading.MAX_BYTES", 2 * one)
    with pytest.raises(BadSize, match="more than this machine can hold"):
        read_image(path)
    monkeypatch.undo()
    monkeypatch.setattr("core.image.reading._memory", lambda: 3.0 * one)  # of which some is in use already
    with pytest.raises(BadSize, match="more than this machine can hold"):
        read_image(path)
    monkeypatch.undo()
    monkeypatch.setattr("core.image.reading.MAX_CHANNELS", 8)
    with pytest.raises(BadChannels, match="8 channels"):
        read_image(path)


def test_a_header_in_latin_1_is_no_reason_not_to_see_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "named.exr"
    write_plain(path, noise(4, 4, 3), ("R", "G", "B"), oiio.HALF, studio="Mxxller")
    path.write_bytes(path.read_bytes().replace(b"Mxxller", b"M\xfcxller"))
    image = read_image(path)
    assert image.metadata["studio"] == "Müxller"
    write_image(tmp_path / "again.exr", image)
    assert read_image(tmp_path / "again.exr").metadata["studio"] == "Müxller"


def test_a_channel_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "named.exr"
    write_plain(path, noise(4, 4, 1), ("Mxxller",), oiio.HALF)
    path.write_bytes(path.read_bytes().replace(b"Mxxller", b"M\xfcxller"))
    for read in (read_image, read_header, RowReader):
        with pytest.raises(UnreadableImage, match=r"named\.exr"):
            read(path)


@pytest.mark.parametrize("value", [2**32 - 1, 2**31, 2**40, -(2**40)])
def test_whole_numbers_of_a_header_have_no_bound(tmp_path: Path, value: int) -> None:
    """User bits of a time code are 32 bits without a sign; a DPX that had them could not be worked on."""
    image = Image(np.zeros((4, 4, 3), np.float32), ("R", "G", "B"), metadata={"bits": value})
    write_image(tmp_path / "a.exr", image)
    kept = read_image(tmp_path / "a.exr").metadata["bits"]
    assert kept in (str(value), value, value - 2**32)  # EXR's own whole numbers have a sign


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.exr")
    for path in (tmp_path / "pipe.exr", Path("/dev/zero")):
        for read in (read_image, read_header, RowReader):
            with pytest.raises(UnreadableImage, match="no regular file"):
                read(path)


@pytest.mark.skipif(os.name != "posix", reason="names are text there")
def test_a_file_whose_name_is_no_utf8_is_told(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.exr")
    try:
        Path(path).write_bytes(encode_exr(layered()))
    except OSError:
        pytest.skip("this disk takes no such names")
    with pytest.raises(UnreadableImage, match="not UTF-8; rename it") as caught:
        read_image(path)
    str(caught.value).encode("utf-8")


def test_wrong_types_and_formats_are_refused(tmp_path: Path) -> None:
    picture = Image(np.zeros((4, 4, 3), dtype=np.float32), ("R", "G", "B"))
    with pytest.raises(BadConfig, match="quarter"):
        write_image(tmp_path / "a.exr", picture, dtype="quarter")
    with pytest.raises(BadConfig, match="uint8"):
        write_image(tmp_path / "a.exr", picture, dtype="uint8")
    with pytest.raises(BadConfig, match=r"\.exr"):
        write_image(tmp_path / "a.words", picture)
    with pytest.raises(BadConfig, match="channels"):
        write_image(tmp_path / "a.png", layered())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput, match="cannot be written"):
        write_image(tmp_path / "a.exr", layered())


@pytest.mark.parametrize(
    ("channels", "index"),
    [(("depth.Z",), 0), (("R", "G", "B", "Z"), 3), (("R", "G", "B", "depth.Z"), 3), (("Y",), 0), (("A", "depth"), 1)],
)
def test_depth_is_found_under_its_usual_names(channels: tuple[str, ...], index: int) -> None:
    pixels = np.random.default_rng(0).random((3, 4, len(channels)), dtype=np.float32)
    np.testing.assert_array_equal(Image(pixels, channels).depth()[..., 0], pixels[..., index])


@pytest.mark.parametrize(
    ("channels", "index"),
    [
        (("R", "G", "B", "occlusion.Y"), 3),
        (("R", "G", "B", "ViewLayer.AO.R", "ViewLayer.AO.G", "ViewLayer.AO.B"), 3),
        (("R", "G", "B", "Ambient_Occlusion"), 3),
        (("R", "G", "B"), 0),
        (("Y",), 0),
    ],
)
def test_occlusion_is_found_under_its_usual_names(channels: tuple[str, ...], index: int) -> None:
    pixels = np.random.default_rng(0).random((3, 4, len(channels)), dtype=np.float32)
    np.testing.assert_array_equal(Image(pixels, channels).open_share()[..., 0], pixels[..., index])


def test_without_depth_the_message_lists_what_is_there() -> None:
    with pytest.raises(BadChannels, match=r"no channel depth.Z or Z; there are R, G, B"):
        Image(np.zeros((2, 2, 3), np.float32), ("R", "G", "B")).depth()
