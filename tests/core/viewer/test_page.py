from __future__ import annotations

import html.parser
import json
import re
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import entry
from core.errors import BadConfig
from core.image import SRGB, Image, write_image
from core.normals import flip_green
from core.textures.slopes import normals_from_slopes, slopes_from_height
from core.viewer.page import NormalLayer, read_normals, write_page
from tests.core.viewer.chromium import Browser, find_chromium
from tests.texture_models import bumps

needs_chromium = pytest.mark.skipif(find_chromium() is None, reason="no Chromium is installed here")
NORMALS = normals_from_slopes(slopes_from_height(bumps(64, 96), True))


def texture(folder: Path, name: str = "color <b>.png", value: float = 0.6) -> Path:
    pixels = np.full((64, 96, 3), value, np.float32)
    pixels[:, ::8] *= 0.7
    write_image(folder / name, Image(pixels, ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    return folder / name


def difference(first: list[int], second: list[int]) -> float:
    return float(np.abs(np.array(first, float) - np.array(second, float)).mean())


class References(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "action")]


def test_the_page_carries_all_it_needs(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(page, texture(tmp_path), [NormalLayer("n</script>.png", NORMALS)], strength=1.5)
    text = page.read_text("utf-8")
    references = References()
    references.feed(text)
    assert all(one.startswith("data:") for one in references.found)
    assert not re.search(r"@import|url\((?!data:)", text.split("</style>")[0])
    assert text.count("</script>") == 3  # names from files do not close an element
    assert "color &lt;b&gt;.png" in text
    assert "The MIT License" in text


def test_a_normals_layer_is_read_by_name_and_directx_is_noticed(tmp_path: Path) -> None:
    layers = {"": np.full((64, 96, 3), 0.3), "N": NORMALS}
    write_image(tmp_path / "n.exr", Image.from_layers(layers))
    assert np.abs(read_normals(tmp_path / "n.exr").normals - NORMALS).max() < 1e-3
    for name, normals, directx in (("gl", NORMALS, False), ("dx", flip_green(NORMALS), True)):
        write_image(tmp_path / f"{name}.png", Image(0.5 + 0.5 * normals, ("R", "G", "B")), dtype="uint8")
        layer = read_normals(tmp_path / f"{name}.png")
        assert layer.directx is directx
        assert np.abs(layer.normals - normals).max() < 0.02
    assert read_normals(tmp_path / "dx.png", directx=False).directx is False


@pytest.mark.parametrize("flat", [False, True])
def test_a_map_of_vectors_in_an_exr_is_a_map_and_no_plate(tmp_path: Path, flat: bool) -> None:
    vectors = np.zeros_like(NORMALS) + np.float32([0, 0, 1]) if flat else NORMALS.copy()
    vectors[3, 4] = np.nan
    write_image(tmp_path / "n.exr", Image(vectors, ("R", "G", "B")), dtype="float")
    layer = read_normals(tmp_path / "n.exr")
    assert not layer.camera
    assert not layer.normals[3, 4].any()
    vectors[3, 4] = 0.0
    assert np.abs(layer.normals - vectors).max() < 1e-3
    page = tmp_path / "p.html"
    given = ["view", str(texture(tmp_path, "c.png")), str(tmp_path / "n.exr"), "--no-open", "--out", str(page)]
    for rename, shape in (("n.exr", "ball"), ("plate.exr", "picture")):
        write_image(tmp_path / "plate.exr", Image.from_layers({"N": np.nan_to_num(vectors)}), dtype="float")
        assert entry([str(tmp_path / rename) if each.endswith("n.exr") else each for each in given]) == 0
        assert f'value="{shape}" checked' in page.read_text("utf-8")


def test_two_maps_of_one_name_are_told_apart(tmp_path: Path) -> None:
    names = []
    for folder in ("mine", "theirs"):
        (tmp_path / folder).mkdir()
        names.append(str(tmp_path / folder / "n.png"))
        write_image(names[-1], Image(0.5 + 0.5 * NORMALS, ("R", "G", "B")), dtype="uint8")
    page = tmp_path / "p.html"
    assert entry(["view", str(texture(tmp_path, "c.png")), *names, "--no-open", "--out", str(page)]) == 0
    carried = re.search(r'id="data">(.*?)</script>', page.read_text("utf-8"))
    assert carried is not None
    assert [one["name"] for one in json.loads(carried[1])["normals"]] == ["mine/n.png", "theirs/n.png"]


def test_bad_settings_are_refused(tmp_path: Path) -> None:
    color, layer = texture(tmp_path), NormalLayer("n", NORMALS)
    with pytest.raises(BadConfig, match="teapot"):
        write_page(tmp_path / "p.html", color, [layer], shape="teapot")
    with pytest.raises(BadConfig, match="3 normal maps"):
        write_page(tmp_path / "p.html", color, [layer] * 3)


def test_a_page_replaces_no_picture_and_a_picture_without_colour_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    color = texture(tmp_path, "c.png")
    write_image(tmp_path / "n.exr", Image.from_layers({"N": NORMALS}))
    before = color.read_bytes()
    assert entry(["view", str(color), str(tmp_path / "n.exr"), "--no-open", "--out", str(color)]) == 2
    assert "ends with .html" in capsys.readouterr().err
    assert color.read_bytes() == before
    write_image(tmp_path / "a.exr", Image(np.ones((8, 8, 1), np.float32), ("A",)))
    for pair in (["a.exr", "n.exr"], ["c.png", "a.exr"]):
        given = [str(tmp_path / name) for name in pair]
        assert entry(["view", *given, "--no-open", "--out", str(tmp_path / "p.html")]) == 2
        assert f"{tmp_path / 'a.exr'}: no R, G, B" in capsys.readouterr().err


@needs_chromium
def test_moving_the_light_changes_what_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    color = texture(tmp_path, "c.png")
    write_image(tmp_path / "n.png", Image(0.5 + 0.5 * NORMALS, ("R", "G", "B")), dtype="uint8")
    page = tmp_path / "page.html"
    assert entry(["view", str(color), str(tmp_path / "n.png"), "--no-open", "--out", str(page)]) == 0
    assert capsys.readouterr().out.strip() == str(page)
    with Browser() as browser:
        browser.open(page)
        for shape in ("ball", "plane", "cylinder", "cube", "picture"):
            browser.value(f"document.querySelector('[value={shape}]').click(); viewer.moveLight(-0.6, 0.4)")
            first = browser.value("viewer.grid(24)")
            assert difference(first, browser.value("viewer.grid(24)")) == 0.0
            browser.drag([(300, 350), (500, 400), (640, 420)])
            assert difference(first, browser.value("viewer.grid(24)")) > 1.0, shape
            # Left and right change places in brightness with the light.
            sides = []
            for x in (-0.8, 0.8):
                browser.value(f"viewer.moveLight({x}, 0)")
                seen = np.array(browser.value("viewer.grid(24)"), float).reshape(24, 24, 4)[..., :3]
                sides.append(seen[4:-4, :12].mean() - seen[4:-4, 12:].mean())
            if shape != "plane":
                assert sides[0] > 1 > -1 > sides[1], shape
        assert browser.complaints == []
        assert browser.requests == []


@needs_chromium
def test_strength_and_green_matter_and_two_maps_lie_side_by_side(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    flat = np.zeros_like(NORMALS)
    flat[..., 2] = 1.0
    layers = [NormalLayer("mine", NORMALS), NormalLayer("flat", flat)]
    write_page(page, texture(tmp_path), layers, shape="plane")
    with Browser() as browser:
        browser.open(page)

        def sides() -> tuple[np.ndarray, np.ndarray]:
            seen = np.array(browser.value("viewer.grid(64)"), float).reshape(64, 64, 4)
            return seen[:, :32], seen[:, 32:]

        browser.value("viewer.moveLight(0.2, 0.7)")
        left, right = sides()
        assert np.abs(left - right).mean() > 1.0
        assert browser.value("document.getElementById('right').textContent") == "flat"
        browser.value("document.querySelector('[name=directx]').click()")
        turned, still = sides()
        assert np.abs(turned - left).mean() > 0.5
        assert np.abs(still - right).mean() < 0.3  # 8 bits have no exact zero
        browser.value(
            "const s = document.querySelector('[name=strength]'); s.value = 0; s.dispatchEvent(new Event('input'))"
        )
        left, right = sides()
        assert np.abs(left - right).mean() < 0.1
        browser.value("document.querySelector('[name=both]').click(); viewer.draw()")
        assert browser.value("document.getElementById('right').hidden")
        assert browser.complaints == []


@needs_chromium
def test_wide_pixels_are_shown_wide(tmp_path: Path) -> None:
    seen = []
    with Browser() as browser:
        for aspect in (1.0, 2.0):
            plate = Image(np.full((64, 64, 3), 0.8, np.float32), ("R", "G", "B"), pixel_aspect=aspect)
            write_image(tmp_path / "plate.exr", plate)
            flat = np.broadcast_to(np.float32([0.0, 0.0, 1.0]), (64, 64, 3))
            write_page(
                tmp_path / "page.html", tmp_path / "plate.exr", [NormalLayer("N", flat, camera=True)], shape="picture"
            )
            browser.open(tmp_path / "page.html")
            browser.value("viewer.moveLight(0, 0)")
            grid = np.array(browser.value("viewer.grid(96)"), float).reshape(96, 96, 4)[..., :3].mean(-1)
            background = grid[0, 0]
            there = np.abs(grid - background) > 2.0
            seen.append(there.any(0).sum() / there.any(1).sum())
    assert seen[1] / seen[0] == pytest.approx(2.0, rel=0.1)


@needs_chromium
def test_a_directx_map_looks_like_its_opengl_twin(tmp_path: Path) -> None:
    color = texture(tmp_path)
    seen = []
    with Browser() as browser:
        for name, layer in (
            ("gl", NormalLayer("gl", NORMALS)),
            ("dx", NormalLayer("dx", flip_green(NORMALS), directx=True)),
        ):
            write_page(tmp_path / f"{name}.html", color, [layer], shape="plane")
            browser.open(tmp_path / f"{name}.html")
            browser.value("viewer.moveLight(0.1, 0.8)")
            seen.append(browser.value("viewer.grid(32)"))
    assert difference(*seen) < 0.2
