from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from core.cli.main import entry
from core.image import SRGB, Image, read_header, read_image, write_image
from core.textures.model import open_texture_model
from core.textures.outputs import MapSettings, is_finished, write_maps
from tests.texture_models import STRENGTH, bumps, make_texture_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_texture_model(tmp_path_factory.mktemp("model")))


def texture(path: Path, height: int = 48, width: int = 64) -> Path:
    relief = bumps(height, width)
    grey = 0.5 + 0.3 * relief / np.abs(relief).max()
    write_image(path, Image(np.repeat(grey[..., None], 3, -1), ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    return path


def stored(path: Path) -> np.ndarray:
    return read_image(path).pixels


def test_an_8_bit_png_with_the_slopes_of_the_model(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = texture(tmp_path / "bricks.png")
    assert entry(["normal-map", str(source), "--out", str(tmp_path / "out"), "--model", model]) == 0
    made = tmp_path / "out" / "bricks_normal.png"
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["bricks_normal.png"]
    header = read_header(made)
    assert (header.width, header.height, header.pixel_type) == (64, 48, "uint8")
    n = 2 * stored(made) - 1
    assert np.allclose(np.linalg.norm(n, axis=-1), 1, atol=0.02)
    green = stored(source)[..., 1]
    p = 0.5 * STRENGTH * (np.roll(green, -1, 1) - np.roll(green, 1, 1))
    assert np.abs(-n[..., 0] / n[..., 2] - p).max() < 0.02
    heard = capsys.readouterr()
    assert heard.out.strip() == str(tmp_path / "out")
    assert "repeats" in heard.err


def test_strength_directx_and_invert(tmp_path: Path, model: str) -> None:
    source = texture(tmp_path / "t.png")
    made = {}
    for name, options in {
        "plain": [],
        "flat": ["--strength", "0"],
        "directx": ["--format", "directx"],
        "invert": ["--invert"],
    }.items():
        assert entry(["normal-map", str(source), "--out", str(tmp_path / name), "--model", model, *options]) == 0
        made[name] = 2 * stored(tmp_path / name / "t_normal.png") - 1
    assert np.abs(made["flat"] - (0, 0, 1)).max() < 0.005
    assert np.abs(made["directx"] - made["plain"] * (1, -1, 1)).max() < 0.01
    assert np.abs(made["invert"] - made["plain"] * (-1, -1, 1)).max() < 0.01


@pytest.mark.parametrize(
    ("kind", "suffix", "pixel_type"),
    [("png16", ".png", "uint16"), ("tiff", ".tif", "uint16"), ("exr", ".exr", "float")],
)
def test_all_maps_in_every_kind_of_file(tmp_path: Path, model: str, kind: str, suffix: str, pixel_type: str) -> None:
    source = texture(tmp_path / "t.png")
    flags = ["--height", "--curvature", "--occlusion", "--roughness", "--metalness", "--materialx"]
    out = tmp_path / "out"
    assert entry(["normal-map", str(source), "--out", str(out), "--model", model, "--file-type", kind, *flags]) == 0
    names = ["normal", "height", "curvature", "occlusion", "roughness", "metalness"]
    assert {p.name for p in out.iterdir()} == {f"t_{name}{suffix}" for name in names} | {"t.mtlx"}
    assert read_header(out / f"t_normal{suffix}").pixel_type == pixel_type
    # Data stays what it is: no curve lies over it.
    assert np.allclose(stored(out / f"t_roughness{suffix}"), 0.25, atol=0.005)
    assert np.allclose(stored(out / f"t_metalness{suffix}"), 0.75, atol=0.005)
    height = stored(out / f"t_height{suffix}")[..., 0]
    green = stored(source)[..., 1]
    assert np.corrcoef(height.ravel(), green.ravel())[0, 1] > 0.999
    # Scale times height is the same relief in every kind of file: EXR has it in the file, the others in the scale.
    displacement = ElementTree.parse(out / "t.mtlx").find("displacement")
    assert displacement is not None
    scale = {port.get("name"): port.get("value") for port in displacement}["scale"]
    assert float(scale or 0) * np.ptp(height) == pytest.approx(STRENGTH * np.ptp(green) / 64, rel=0.02)
    if kind == "exr":
        assert np.ptp(height) == pytest.approx(STRENGTH * np.ptp(green) / 64, rel=0.02)  # in widths of the texture
        assert stored(out / "t_normal.exr")[..., :2].min() < -0.01
    else:
        assert read_header(out / f"t_height{suffix}").pixel_type == "uint16"
        assert (height.min(), height.max()) == (0.0, 1.0)


@pytest.mark.parametrize("options", [[], ["--format", "directx", "--file-type", "exr"]])
def test_the_materialx_file_is_valid_and_names_its_files(tmp_path: Path, model: str, options: list[str]) -> None:
    materialx = pytest.importorskip("MaterialX")
    source = texture(tmp_path / "a & b.png")
    flags = ["--height", "--roughness", "--metalness", "--materialx", *options]
    assert entry(["normal-map", str(source), "--out", str(tmp_path / "out"), "--model", model, *flags]) == 0
    document = materialx.createDocument()
    materialx.readFromXmlFile(document, str(tmp_path / "out" / "a & b.mtlx"))
    library = materialx.createDocument()
    materialx.loadLibraries(materialx.getDefaultDataLibraryFolders(), materialx.getDefaultDataSearchPath(), library)
    document.setDataLibrary(library)
    valid, message = document.validate()
    assert valid, message
    files = [i.getValueString() for n in document.getNodes("image") for i in n.getInputs() if i.getName() == "file"]
    assert len(files) == 5
    for name in files:
        assert (tmp_path / "out" / name).is_file()
    (shader,) = document.getNodes("standard_surface")
    assert {"base_color", "normal", "specular_roughness", "metalness"} == {i.getName() for i in shader.getInputs()}


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ("lin_ap1_scene", "acescg"),  # what the reader calls a file in ACEScg
        ("g22_rec709_scene", "g22_rec709"),
        ("lin_p3d65_scene", "lin_displayp3"),
        ("ACES2065-1", None),
    ],
)
def test_the_materialx_file_calls_spaces_as_materialx_does(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str], space: str, said: str | None
) -> None:
    picture = Image(np.full((16, 16, 3), 0.25, np.float32), ("R", "G", "B"), color_space=space)
    write_image(tmp_path / "t.exr", picture)
    assert entry(["normal-map", str(tmp_path / "t.exr"), "--out", str(tmp_path), "--materialx", "--model", model]) == 0
    named = read_header(tmp_path / "t.exr").color_space if said is None else said
    assert f'colorspace="{named}" />' in (tmp_path / "t.mtlx").read_text("utf-8")
    assert ("does not know the texture's colour space" in capsys.readouterr().err) == (said is None)


def test_the_materialx_file_says_the_colour_s_space_in_names_that_are_allowed(tmp_path: Path, model: str) -> None:
    """Of a scene-linear EXR whose name begins with a digit and holds a letter that ASCII has not."""
    materialx = pytest.importorskip("MaterialX")
    pixels = np.random.default_rng(0).random((32, 32, 3)).astype(np.float32)
    for name, space, said in (("01 grün", "lin_rec709", "lin_rec709"), ("b", "ACEScg", "acescg")):
        write_image(tmp_path / f"{name}.exr", Image(pixels, ("R", "G", "B"), color_space=space))
        command = ["normal-map", str(tmp_path / f"{name}.exr"), "--out", str(tmp_path), "--materialx"]
        assert entry([*command, "--color-space", space, "--model", model]) == 0
        document = materialx.createDocument()
        materialx.readFromXmlFile(document, str(tmp_path / f"{name}.mtlx"))
        valid, message = document.validate()
        assert valid, message
        color = next(node for node in document.getNodes("image") if node.getName().endswith("_color"))
        assert color.getInput("file").getColorSpace() == said


def test_the_materialx_file_shows_a_grey_texture_grey(tmp_path: Path, model: str) -> None:
    """A file of one channel, which a shader on the GPU reads as red."""
    materialx = pytest.importorskip("MaterialX")
    from MaterialX import PyMaterialXGenGlsl, PyMaterialXGenShader

    pixels = np.random.default_rng(0).random((32, 32, 1)).astype(np.float32)
    write_image(tmp_path / "t.png", Image(pixels, ("Y",), color_space="sRGB"), dtype="uint8")
    assert entry(["normal-map", str(tmp_path / "t.png"), "--out", str(tmp_path), "--materialx", "--model", model]) == 0
    document = materialx.createDocument()
    materialx.readFromXmlFile(document, str(tmp_path / "t.mtlx"))
    materialx.loadLibraries(materialx.getDefaultDataLibraryFolders(), materialx.getDefaultDataSearchPath(), document)
    valid, message = document.validate()
    assert valid, message
    (shader,) = document.getNodes("standard_surface")
    grey = shader.getConnectedNode("base_color")
    assert (grey.getCategory(), grey.getType()) == ("convert", "color3")
    red = grey.getConnectedNode("in")
    assert (red.getCategory(), red.getInput("index").getValue()) == ("extract", 0)
    assert red.getConnectedNode("in").getInput("file").getColorSpace() == "srgb_texture"
    generator = PyMaterialXGenGlsl.GlslShaderGenerator.create()
    context = PyMaterialXGenShader.GenContext(generator)
    context.registerSourceCodeSearchPath(materialx.getDefaultDataSearchPath())
    code = generator.generate("t", document.getNode("t"), context).getSourceCode("pixel")
    assert "t_brightness_out = t_color_out[" in code


def test_batches_say_what_they_leave_out_and_go_on_after_a_failure(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "set"
    texture(folder / "a.png")
    texture(folder / "sub" / "b.png")
    texture(folder / "a_normal.png")
    (folder / "broken.png").write_bytes(b"no picture")
    texture(folder / "tiny.png", 4, 4)
    command = ["normal-map", str(folder), "--out", str(tmp_path / "out"), "--model", model]
    assert entry(command) == 1
    heard = capsys.readouterr().err
    assert "left out, a map by its name" in heard
    assert "a_normal.png" in heard
    assert "broken.png" in heard
    assert "tiny.png: a texture of 4x4 pixels" in heard
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"a_normal.png", "b_normal.png"}
    (folder / "broken.png").unlink()
    (folder / "tiny.png").unlink()
    assert entry(command) == 0
    assert "2 of 2 textures have their maps already" in capsys.readouterr().err


def test_bad_input_is_one_line_and_code_2(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    texture(tmp_path / "t.png")
    texture(tmp_path / "other" / "t.png")
    both = [str(tmp_path / "t.png"), str(tmp_path / "other" / "t.png")]
    for arguments, word in (
        ([str(tmp_path / "none.png"), "--model", model], "none.png"),
        ([*both, "--model", model], "same names"),
        ([both[0], "--model", model, "--strength", "-2"], "strength"),
        ([both[0], "--model", str(tmp_path)], "card.json"),
    ):
        assert entry(["normal-map", *arguments, "--out", str(tmp_path / "out")]) == 2
        heard = capsys.readouterr().err
        assert word in heard
        assert len(heard.strip().splitlines()) == 1


def test_maps_of_other_settings_or_of_a_changed_texture_are_made_again(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = texture(tmp_path / "t.png")
    out = tmp_path / "out"

    def made(*options: str) -> dict[str, int]:
        assert entry(["normal-map", str(source), "--out", str(out), "--model", model, *options]) == 0
        return {path.name: path.stat().st_mtime_ns for path in out.iterdir()}

    first = made("--height", "--materialx")
    assert made("--height", "--materialx") == first
    assert made() == first  # what is asked for is there
    assert made("--height") == first
    stronger = made("--strength", "2")
    assert stronger["t_normal.png"] > first["t_normal.png"]
    assert stronger["t_height.png"] == first["t_height.png"]
    both = made("--strength", "2", "--height")  # the height is that of the former strength
    assert both["t_height.png"] > first["t_height.png"]
    document = made("--strength", "2", "--materialx")["t.mtlx"]
    assert made("--strength", "2", "--materialx", "--height")["t.mtlx"] > document  # it names the height now
    texture(source, 32, 32)
    assert made("--strength", "2", "--height")["t_normal.png"] > both["t_normal.png"]
    assert read_header(out / "t_normal.png").width == 32
    whole = (out / "t_normal.png").read_bytes()
    (out / "t_normal.png").write_bytes(whole[:20])
    made("--strength", "2")
    assert (out / "t_normal.png").read_bytes() == whole
    assert "have their maps already" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["png", "tiff", "exr"])
def test_maps_tell_how_they_were_made(tmp_path: Path, model: str, kind: str) -> None:
    source = texture(tmp_path / "t.png")
    options = ["--model", model, "--format", "directx", "--file-type", kind]
    assert entry(["normal-map", str(source), "--out", str(tmp_path / "out"), *options]) == 0
    (made,) = (tmp_path / "out").iterdir()
    said = str(read_header(made).metadata["ImageDescription"])
    assert said.startswith("platelight normal-map, ")
    assert "directx" in said


@pytest.mark.parametrize("name", ["t_normal.png", "t.mtlx"])
def test_an_artists_own_map_is_not_written_over(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    source = texture(tmp_path / "t.png")
    if name.endswith(".png"):
        texture(tmp_path / name)
    else:
        (tmp_path / name).write_text('<?xml version="1.0"?>\n<materialx version="1.38" />\n')
    before = (tmp_path / name).read_bytes()
    command = ["normal-map", str(source), "--out", str(tmp_path), "--model", model, "--materialx"]
    assert entry(command) != 0
    assert name in capsys.readouterr().err
    assert (tmp_path / name).read_bytes() == before
    assert entry([*command, "--overwrite"]) == 0
    assert (tmp_path / name).read_bytes() != before


def test_a_models_name_cannot_break_the_document(tmp_path: Path, model: str) -> None:
    opened = open_texture_model(model)
    odd = replace(opened, card=replace(opened.card, name="a---b-->"))
    source = texture(tmp_path / "t.png")
    settings = MapSettings(materialx=True)
    write_maps(odd, source, tmp_path / "out", settings)
    ElementTree.parse(tmp_path / "out" / "t.mtlx")
    assert is_finished(source, tmp_path / "out", settings, odd.card)
    assert not is_finished(source, tmp_path / "out", settings, opened.card)


def test_colours_that_no_map_can_show_are_told(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    pixels = np.full((32, 32, 3), 0.5, np.float32)
    write_image(tmp_path / "fine.exr", Image(pixels, ("R", "G", "B")))
    pixels[:16, :16] = 3.0
    pixels[20:24, 20:24, 1] = np.nan
    write_image(tmp_path / "odd.exr", Image(pixels, ("R", "G", "B")))
    for name in ("fine", "odd"):
        command = ["normal-map", str(tmp_path / f"{name}.exr"), "--out", str(tmp_path / "out"), "--model", model]
        assert entry([*command, "--file-type", "exr"]) == 0
        assert np.isfinite(stored(tmp_path / "out" / f"{name}_normal.exr")).all()
        told = capsys.readouterr().err
        assert ("25 % of it is brighter than white" in told) == (name == "odd")
        assert ("1.6 % of its pixels are no finite numbers" in told) == (name == "odd")
