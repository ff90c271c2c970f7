"""`platelight occlusion` and `platelight occlusion-shapes`, from the command line to the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.card import shipped_models
from core.cli.main import entry
from core.color import linear_to_srgb
from core.image import SCENE_LINEAR, Image, read_header, read_image, write_image
from core.shards import ShardSet
from tests.core.occlusion.corner import corner
from tests.occlusion_models import make_occlusion_model, make_style_model

FAST = ["--device", "cpu", "--threads", "1"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_occlusion_model(tmp_path_factory.mktemp("model")))


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """Three frames of a corner: N.1001.exr, Z.1001.exr and so on; N has overscan."""
    normals, depth, _ = corner(40, 56)
    for frame in (1001, 1002, 1003):
        window = {"data_window": (-4, -4), "display_window": (0, 0, 48, 32)}
        write_image(tmp_path / f"N.{frame}.exr", Image.from_layers({"N": normals}, **window))
        write_image(tmp_path / f"Z.{frame}.exr", Image.from_layers({"depth": depth}, **window))
    return tmp_path


def test_one_frame_keeps_its_windows_and_feeds_relight(shot: Path, model: str) -> None:
    out = shot / "AO.exr"
    files = ["--normals", str(shot / "N.1001.exr"), "--depth", str(shot / "Z.1001.exr")]
    assert entry(["occlusion", *files, "--radius", "0.5", "--out", str(out), "--model", model, *FAST]) == 0
    made, header = read_image(out), read_header(out)
    assert made.channels == ("occlusion.Y",)
    assert header.pixel_type == "half"
    assert (made.data_window, made.display_window) == ((-4, -4), (0, 0, 48, 32))
    np.testing.assert_allclose(made.pixels[..., 0], corner(40, 56)[0][..., 2], atol=2e-3)
    plate = shot / "plate.exr"
    grey = np.full((40, 56, 3), 0.5, np.float32)
    write_image(plate, read_image(shot / "N.1001.exr").with_pixels(grey, ("R", "G", "B")))
    write_image(shot / "sky.exr", Image(np.ones((16, 32, 3), np.float32), ("R", "G", "B")))
    asked = ["relight", str(plate), "--normals", str(shot / "N.1001.exr"), "--env", str(shot / "sky.exr"), "--out"]
    assert entry([*asked, str(shot / "relit.exr"), "--occlusion", str(out)]) == 0
    relit = read_image(shot / "relit.exr").rgb()
    assert float(relit[-3].mean()) < 0.05 < float(relit[3].mean()), "what is closed gets no light of the sky"


@pytest.mark.parametrize(
    ("radius", "words"), [("0.005", "shorter than 2 pixels"), ("0.5", ""), ("5000", "10 times as long as the picture")]
)
def test_a_radius_in_another_unit_than_the_depth_is_told(
    shot: Path, model: str, capsys: pytest.CaptureFixture[str], radius: str, words: str
) -> None:
    files = ["--normals", str(shot / "N.1001.exr"), "--depth", str(shot / "Z.1001.exr"), "--model", model]
    assert entry(["occlusion", *files, "--radius", radius, "--out", str(shot / "AO.exr"), *FAST]) == 0
    heard = capsys.readouterr().err
    assert words in heard
    assert ("units of the depth" in heard) == bool(words)


def test_depth_in_any_kind_gives_the_same_occlusion(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    normals, depth, camera = corner(40, 56)
    slopes = camera.ray_slopes()
    kinds = {"planar": depth, "inverse": 1.0 / depth, "distance": depth * np.sqrt(1.0 + np.square(slopes).sum(-1))}
    write_image(shot / "N.exr", Image.from_layers({"N": normals}))
    made = {}
    for kind, values in kinds.items():
        write_image(shot / f"{kind}.exr", Image.from_layers({"depth": values.astype(np.float32)}), dtype="float")
        files = ["--normals", str(shot / "N.exr"), "--depth", str(shot / f"{kind}.exr"), "--fov", "60", "--gtao"]
        assert entry(["occlusion", *files, "--depth-is", kind, "--out", str(shot / f"AO_{kind}.exr"), *FAST]) == 0
        made[kind] = read_image(shot / f"AO_{kind}.exr").pixels
    assert made["planar"].min() < 0.9
    for kind in ("inverse", "distance"):
        np.testing.assert_allclose(made[kind], made["planar"], atol=2e-3)
    write_image(shot / "Z.exr", Image.from_layers({"depth": -depth}))
    negative = ["--normals", str(shot / "N.exr"), "--depth", str(shot / "Z.exr"), "--out", str(shot / "AO.exr")]
    assert entry(["occlusion", *negative, "--gtao", *FAST]) == 2
    assert "multiply it by -1" in capsys.readouterr().err
    assert not (shot / "AO.exr").exists()


def test_options_of_occlusion_are_refused_with_a_style(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option in (["--depth", "z.exr"], ["--radius", "2"], ["--relative"], ["--gtao"]):
        assert entry(["occlusion", "--style", "shiny", "Hello", "--out", str(tmp_path / "t.png"), *option]) == 2
        assert f"{option[0]}: is for the occlusion of --normals" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "t.png").exists()


def test_a_sequence_is_made_once(shot: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "occlusion",
        "--normals",
        f"{shot}/N.%04d.exr 1001-1004",
        "--depth",
        f"{shot}/Z.####.exr",
        "--model",
        model,
    ]
    assert entry([*asked, "--out", f"{shot}/AO.%04d.exr", *FAST]) == 1
    told = capsys.readouterr().err
    assert "missing frame" in told
    assert "N.1004.exr" in told
    made = [shot / f"AO.{frame}.exr" for frame in (1001, 1002, 1003)]
    times = [path.stat().st_mtime_ns for path in made]
    asked[2] = f"{shot}/N.%04d.exr"
    assert entry([*asked, "--out", f"{shot}/AO.%04d.exr", *FAST]) == 0
    assert "3 of 3 frames are finished already" in capsys.readouterr().err
    assert [path.stat().st_mtime_ns for path in made] == times
    assert entry([*asked, "--out", f"{shot}/AO.%04d.exr", "--radius", "0.2", *FAST]) == 0
    assert all(path.stat().st_mtime_ns > before for path, before in zip(made, times, strict=True))


def test_pictures_of_other_settings_are_made_again(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--normals", f"{shot}/N.%04d.exr", "--depth", f"{shot}/Z.%04d.exr", "--out", f"{shot}/AO.%04d.png"]
    made = shot / "AO.1002.png"
    assert entry(["occlusion", *files, "--radius", "0.6"]) == 0
    weak = read_image(made).pixels
    assert entry(["occlusion", *files, "--radius", "0.6"]) == 0
    assert "3 of 3 frames are finished already" in capsys.readouterr().err
    assert entry(["occlusion", *files, "--radius", "0.6", "--strength", "2"]) == 0
    assert float(read_image(made).pixels.mean()) < float(weak.mean()) - 0.01


def test_without_depth_it_says_so_and_writes_pictures(
    shot: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, kind in (("ao.png", "uint8"), ("ao.tif", "uint16")):
        out = shot / name
        asked = ["occlusion", "--normals", str(shot / "N.1001.exr"), "--radius", "0.1", "--relative", "--out", str(out)]
        assert entry([*asked, "--model", model, "--strength", "0.5", *FAST]) == 0
        assert "no depth" in capsys.readouterr().err
        assert read_header(out).pixel_type == kind
    assert float(read_image(shot / "ao.png").pixels.min()) == pytest.approx(0.5, abs=0.01)


def test_the_formula_needs_no_model(shot: Path) -> None:
    files = ["--normals", str(shot / "N.1001.exr"), "--depth", str(shot / "Z.1001.exr"), "--fov", "60"]
    assert entry(["occlusion", *files, "--radius", "0.6", "--gtao", "--out", str(shot / "g.exr")]) == 0
    found = read_image(shot / "g.exr").pixels
    assert float(found.min()) < 0.8
    assert float(found.max()) > 0.99


def test_text_becomes_shiny(tmp_path: Path) -> None:
    style = str(make_style_model(tmp_path / "style"))
    out = tmp_path / "title.png"
    asked = ["occlusion", "--style", "shiny", "Hello", "--letters", "40", "--out", str(out), "--model", style, *FAST]
    assert entry(asked) == 0
    shown = read_image(out).rgb()
    assert float(shown[..., 0].max()) > 0.4
    np.testing.assert_allclose(shown[..., 1], shown[..., 0] / 2, atol=0.01)


def test_shiny_text_in_an_exr_is_scene_linear(tmp_path: Path) -> None:
    style = str(make_style_model(tmp_path / "style"))
    asked = ["occlusion", "--style", "shiny", "Hello", "--letters", "40", "--model", style, *FAST, "--out"]
    for name in ("title.png", "title.exr"):
        assert entry([*asked, str(tmp_path / name)]) == 0
    screen, light = read_image(tmp_path / "title.png"), read_image(tmp_path / "title.exr")
    assert light.color_space == SCENE_LINEAR
    np.testing.assert_allclose(linear_to_srgb(light.rgb()), screen.rgb(), atol=0.01)


def test_shapes_are_packed(tmp_path: Path) -> None:
    assert entry(["occlusion-shapes", "--count", "2", "--size", "64", "--out", str(tmp_path / "shapes")]) == 0
    assert (tmp_path / "shapes" / "shapes-64-0-00000.tar").is_file()


def test_a_set_of_shapes_grows_and_is_not_mixed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "shapes"
    for count in ("2", "3"):
        assert entry(["occlusion-shapes", "--count", count, "--size", "64", "--out", str(out)]) == 0
        assert len(ShardSet.open(out).keys) == int(count)
    for other in (["--seed", "1"], ["--size", "96"]):
        assert entry(["occlusion-shapes", "--count", "3", "--size", "64", "--out", str(out), *other]) == 2
        assert "of another seed or size" in capfd.readouterr().err
    assert len(ShardSet.open(out).keys) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--normals", "N.1001.exr"], "no --out"),
        (["--out", "a.exr"], "no --normals"),
        (["--style", "shiny", "--out", "a.png"], "--style takes a text"),
        (["word", "--normals", "N.1001.exr", "--out", "a.exr"], "is for --style"),
        (["--normals", "gone.exr", "--out", "a.exr"], "gone.exr"),
        (["--normals", "N.1001.exr", "--depth", "gone.exr", "--out", "a.exr"], "gone.exr"),
        (["--normals", "Z.1001.exr", "--out", "a.exr"], "no layer N"),
        (["--normals", "N.1001.exr", "--depth", "small.exr", "--out", "a.exr"], "one size"),
        (["--normals", "N.1001.exr", "--depth", "N.1001.exr", "--out", "a.exr"], "depth.Z or Z"),
        (["--normals", "broken.exr", "--out", "a.exr"], "broken.exr"),
        (["--normals", "tiny.exr", "--out", "a.exr"], "8 or more"),
        (["--normals", "N.1001.exr", "--out", "N.1001.exr"], "would replace"),
        (["--normals", "N.1001.exr", "--radius", "0", "--out", "a.exr"], "above 0"),
        (["--normals", "N.1001.exr", "--radius", "nan", "--out", "a.exr"], "above 0"),
        (["--normals", "N.1001.exr", "--fov", "200", "--out", "a.exr"], "field of view"),
        (["--normals", "N.1001.exr", "--distance", "-1", "--out", "a.exr"], "distance"),
        (["--normals", "N.1001.exr", "--out", "a.nosuch"], "nosuch"),
        (["--normals", "N.1001.exr", "--model", "STYLE", "--out", "a.exr"], "task occlusion"),
        (["--style", "shiny", "gone.png", "--model", "STYLE", "--out", "a.png"], "gone.png"),
        (["--style", "shiny", "drawn.png", "--model", "STYLE", "--out", "drawn.png"], "would replace"),
        (["--normals", "N.1001.exr", "--gtao", "--out", "a.exr"], "leave one of them out"),
    ],
)
def test_bad_input_is_one_line(
    shot: Path, model: str, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(shot)
    write_image("small.exr", Image.from_layers({"depth": np.ones((8, 8))}))
    write_image("tiny.exr", Image.from_layers({"N": np.ones((4, 30, 3))}))
    Path("broken.exr").write_bytes(b"broken")
    write_image("drawn.png", Image(np.ones((8, 8, 1), np.float32), ("Y",)), dtype="uint8")
    drawn = Path("drawn.png").read_bytes()
    if "STYLE" in arguments:
        arguments = [str(make_style_model(shot / "style")) if one == "STYLE" else one for one in arguments]
    elif "--style" not in arguments:
        arguments = [*arguments, "--model", model]
    assert entry(["occlusion", *arguments, *FAST]) in (1, 2)
    told = capsys.readouterr().err.strip().splitlines()
    assert words in told[-1]
    assert not Path("a.exr").exists()
    assert Path("drawn.png").read_bytes() == drawn


@pytest.mark.skipif("occlusion" not in shipped_models(), reason="the model is not shipped yet")
def test_the_shipped_model_darkens_a_corner(shot: Path) -> None:
    normals, depth, _ = corner(96, 128)
    write_image(shot / "N.exr", Image.from_layers({"N": normals}))
    write_image(shot / "Z.exr", Image.from_layers({"depth": depth}))
    files = ["--normals", str(shot / "N.exr"), "--depth", str(shot / "Z.exr"), "--fov", "60"]
    assert entry(["occlusion", *files, "--radius", "0.8", "--out", str(shot / "ao.exr"), *FAST]) == 0
    found = read_image(shot / "ao.exr").pixels[..., 0]
    foot = int(np.where(normals[:, 64, 2] > 0.5)[0].max())
    assert float(found[foot - 1 : foot + 2, 30:-30].mean()) < 0.7
    assert float(found[5:15, 30:-30].mean()) > 0.9
