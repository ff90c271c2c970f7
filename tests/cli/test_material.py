from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import entry
from core.image import SRGB, Image, read_image, write_image
from core.materials.ball import displayed
from scene_generator.mtlx.validate import read_document
from tests.material_models import ball_image, make_material_model
from tests.texture_models import make_texture_model

RED = np.array([1, 0.6, 0.1, 0.1, 1, 1, 1, 1, 0.4, 0], np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("MaterialX")
    return str(make_material_model(tmp_path_factory.mktemp("model")))


def picture(path: Path, alpha: bool = False) -> Path:
    made = ball_image(RED, 64)
    shown = displayed(made.rgb())
    channels = ("R", "G", "B", "A") if alpha else ("R", "G", "B")
    pixels = np.dstack([shown, made.pixels[..., 3:]]) if alpha else shown
    write_image(path, Image(pixels, channels, color_space=SRGB), dtype="uint8")
    return path


def mask(path: Path) -> Path:
    inside = ball_image(RED, 64).pixels[..., 3:]
    write_image(path, Image(np.repeat(inside, 3, -1), ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    return path


def test_a_picture_with_a_mask_becomes_a_valid_document_and_a_ball(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "red.mtlx"
    arguments = ["material", str(picture(tmp_path / "p.png")), "--mask", str(mask(tmp_path / "m.png"))]
    assert entry([*arguments, "--out", str(out), "--model", model, "--json", str(tmp_path / "red.json")]) == 0
    heard = capsys.readouterr()
    assert heard.out.strip() == str(out)
    assert "base_color" in heard.err
    assert "% within 0.1" in heard.err
    document = read_document(out)
    (shader,) = [node for node in document.getNodes() if node.getCategory() == "standard_surface"]
    color = [float(value) for value in shader.getInput("base_color").getValueString().split(",")]
    assert color[0] > 2 * color[1]
    assert float(shader.getInput("base").getValueString()) == 1.0
    told = json.loads((tmp_path / "red.json").read_text())
    assert told["base_color"] == pytest.approx(color, abs=1e-3)
    assert set(told["confidence"]) == {"base_color", "specular_color", "specular_roughness", "metalness"}
    both = read_image(tmp_path / "red.png")
    assert both.width == 2 * both.height
    ball = both.rgb()[both.height // 2, both.width * 3 // 4]
    assert ball[0] > ball[1] + 0.1


def test_alpha_an_even_border_and_no_hint_are_told_apart(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = {"alpha": picture(tmp_path / "a.png", alpha=True), "border": picture(tmp_path / "b.png")}
    noise = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    write_image(tmp_path / "n.png", Image(noise, ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    sources["--mask"] = tmp_path / "n.png"
    for words, path in sources.items():
        out = tmp_path / "out" / f"{path.stem}.mtlx"
        assert entry(["material", str(path), "--out", str(out), "--model", model]) == 0
        assert words in capsys.readouterr().err


def test_a_dark_picture_is_brightened_on_demand_and_burnt_ones_are_told(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(picture(tmp_path / "a.png", alpha=True))
    colors = []
    for stops in ("-1", "0", "3"):
        told = tmp_path / f"v{stops}.json"
        out = str(tmp_path / f"o{stops}.mtlx")
        given = ["--exposure", stops, "--json", str(told), "--model", model]
        assert entry(["material", source, "--out", out, *given]) == 0
        colors.append(json.loads(told.read_text())["base_color"][0])
    assert colors[0] < colors[1] < colors[2]
    assert "burnt out" in capsys.readouterr().err


def test_bad_input_is_named_and_leaves_nothing(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    source, inside = picture(tmp_path / "p.png"), mask(tmp_path / "m.png")
    write_image(tmp_path / "small.png", Image(np.ones((8, 8, 3), np.float32), ("R", "G", "B"), color_space=SRGB))
    write_image(tmp_path / "none.png", Image(np.zeros((64, 64, 3), np.float32), ("R", "G", "B"), color_space=SRGB))
    write_image(tmp_path / "depth.exr", Image(np.ones((64, 64, 1), np.float32), ("Z",)))
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "there.mtlx").write_text("kept")
    other = str(make_texture_model(tmp_path / "texture"))
    before = sorted(path.name for path in tmp_path.iterdir())
    out = str(tmp_path / "o.mtlx")
    cases: list[tuple[list[object], str]] = [
        (["gone.png", "--out", out], "gone.png"),
        ([tmp_path / "text.png", "--out", out], "text.png"),
        ([source, "--mask", tmp_path / "small.png", "--out", out], "8x8"),
        ([source, "--mask", tmp_path / "none.png", "--out", out], "none.png: the mask shows no object"),
        ([source, "--mask", tmp_path / "gone.png", "--out", out], "gone.png"),
        ([source, "--out", tmp_path / "o.json"], "ends with .mtlx"),
        ([source, "--out", tmp_path / "there.mtlx"], "is there already"),
        ([source, "--out", out, "--preview", source, "--overwrite"], "would replace"),
        ([source, "--out", source.with_suffix(".mtlx")], "name another --preview"),
        ([tmp_path / "depth.exr", "--out", out], "depth.exr: no R, G, B"),
        ([source, "--out", out, "--preview", tmp_path / "o.txt"], "preview is written as"),
        ([source, "--out", out, "--json", out], "two results"),
        ([source, "--out", out, "--json", tmp_path / "o.png"], "two results"),
        ([source, "--mask", inside, "--out", out, "--color-space", "nonsense"], "nonsense"),
        ([source, "--mask", inside, "--out", out, "--exposure", "nan"], "finite"),
    ]
    for given, words in cases:
        code = entry(["material", *map(str, given), "--model", model])
        heard = capsys.readouterr()
        assert code == 2, given
        assert words in heard.err
        assert heard.err.count("\n") <= 3
    assert entry(["material", str(source), "--out", out, "--model", other]) != 0
    assert "no material model" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "there.mtlx").read_text() == "kept"


def test_pixels_that_are_no_numbers_are_left_out_of_the_object(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = ball_image(RED, 64)
    pixels = np.array(made.pixels)
    pixels[24:40, 24:40, :3] = np.nan
    write_image(tmp_path / "ball.exr", made.with_pixels(pixels), dtype="float")
    out = tmp_path / "ball.mtlx"
    assert entry(["material", str(tmp_path / "ball.exr"), "--out", str(out), "--model", model]) == 0
    assert "% of the object are no finite numbers" in " ".join(capsys.readouterr().err.split())


def test_renders_become_shards_and_bad_plans_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mitsuba")
    from core.shards import ShardSet

    small = ["--count", "10", "--size", "32", "--samples", "4", "--no-denoise", "--body", "sphere", "--threads", "1"]
    assert entry(["material-pairs", "--out", str(tmp_path / "set"), *small]) == 0
    assert "8 in" in capsys.readouterr().err
    shards = ShardSet.open(tmp_path / "set" / "learn")
    image, facts = shards.read(shards.keys[0])
    alpha = image.alpha()
    assert alpha is not None
    assert 0.4 < alpha.mean() < 0.9
    assert facts["body"] == "sphere"
    assert len(facts["parameters"]) == 10
    assert entry(["material-pairs", "--out", str(tmp_path / "x"), "--body", "teapot"]) == 2
    assert "teapot" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
