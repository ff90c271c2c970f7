"""The report states what is in the folder, whatever is missing from it, on one page that needs nothing else."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import FileMissing
from core.image import SRGB, Image, encode_exr, read_image, write_image
from core.shards import write_shard
from scene_generator.families.ranges import Range
from scene_generator.report import ranges as report_ranges
from scene_generator.report.charts import bars, counts, histogram, number
from scene_generator.report.contact_sheet import contact_sheet
from scene_generator.report.facts import gather
from scene_generator.report.frames import DISC_SIDE, MOST_FRAMES, FrameStatistics, add_frame, spread
from scene_generator.report.page import write_report
from scene_generator.report.ranges import asked_ranges, asked_shares, is_chance
from scene_generator.spec import (
    Bump,
    Camera,
    ColorTexture,
    Draw,
    Material,
    Pattern,
    ScalarTexture,
    SceneObject,
    SceneSpec,
    Shape,
    Sky,
    SoftBox,
)

SIDE = 16
TURNED = (1.0, 0.0, 0.0, 0.0, 0.0, 0.8, 0.6, 1.5, 0.0, -0.6, 0.8, 3.0, 0.0, 0.0, 0.0, 1.0)
EVIL = "<script>alert('x')</script>"


def _spec(index: int, family: str) -> SceneSpec:
    flat = Pattern("cloud", index)
    grey = ScalarTexture(0.2, 0.4, flat)
    color = ColorTexture((0.5, 0.1, 0.1), (0.7, 0.1, 0.1), flat)
    material = Material(1.0, color, ScalarTexture(0.0, 0.0, flat), 0.5, grey, Bump(0.01, flat))
    box = SceneObject("box", Shape("box", (1.0, 1.0, 1.0)), TURNED, material)
    sky = Sky((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), (0.1, 0.1, 0.1), patches=(SoftBox((0, 1, 0), 0.02, (9, 9, 9)),))
    camera = Camera(TURNED, 18.0, f_number=2.8, focus_distance=2.0)
    drawn = (Draw("height", 1.0 + index / 10), Draw("lamp", float(index % 2)))
    return SceneSpec("mix", family, 5, index, 0, camera, (box, box), (), sky, drawn=drawn)


def _pixels(index: int) -> Image:
    normal = np.zeros((SIDE, SIDE, 3), np.float32)
    normal[4:, :, 2] = 1
    beauty = np.full((SIDE, SIDE, 3), 0.1 * (index + 1), np.float32)
    return Image.from_layers({"": beauty, "N": normal, "depth": np.full((SIDE, SIDE, 1), 2.0, np.float32)})


def _meta(index: int, family: str, **more: Any) -> dict[str, Any]:
    return {
        "index": index,
        "family": family,
        "width": SIDE,
        "height": SIDE,
        "renderer": "fake",
        "renderer_version": "1",
        "samples": 4,
        "passes": ["beauty", "normal", "depth"],
        "checks": {"bent": index / 100, "black": 0.0, "mean_luminance": 0.25},
        "rejected": [],
        "spec": _spec(index, family).to_dict(),
        **more,
    }


def _folder(path: Path, families: list[str], **more: Any) -> Path:
    path.mkdir(exist_ok=True)
    rows = [
        (f"{i:08d}", encode_exr(_pixels(i)), {"key": f"{i:08d}", **_meta(i, family, **more)})
        for i, family in enumerate(families)
    ]
    write_shard(path / "shard-00000.tar", rows)
    return path


def _whole(path: Path) -> Path:
    """Six samples with everything that a build leaves beside them."""
    rejected = [{"attempt": 0, "frame": 0, "reasons": ["mostly black (0.7)", "flat (0.01)"]}]
    assets = [{"kind": "mesh", "name": EVIL, "sha256": "0", "licence": "CC0"}]
    _folder(path, ["room", "room", "room", "room", "street", EVIL], rejected=rejected, assets=assets)
    shares = [{"name": "room", "weight": 3.0}, {"name": "street", "weight": 1.0}, {"name": "garden", "weight": 1.0}]
    build = {"recipe": {"name": EVIL, "version": 3, "description": "of & all", "families": shares}, "seed": 5}
    (path / "build.json").write_text(json.dumps({**build, "settings": {"bounces": 5}}))
    (path / "rejected").mkdir()
    facts = {"index": 2, "attempt": 0, "family": "room", "reasons": ["mostly black (0.7)"], "checks": {}}
    (path / "rejected" / "00000002-00.json").write_text(json.dumps(facts))
    thumbnail = Image(np.full((8, 8, 3), 0.5, np.float32), ("R", "G", "B"), SRGB)
    write_image(path / "rejected" / "00000002-00.png", thumbnail, dtype="uint8")
    (path / "failed").mkdir()
    failure = {
        "index": 77,
        "family": "street",
        "kind": "timeout",
        "attempts": 2,
        "reason": f"hung {EVIL}",
        "rejected": rejected,
    }
    (path / "failed" / "00000077.json").write_text(json.dumps(failure))
    lines = [
        {"key": str(i), "family": "room", "seconds": 2.0, "stages": {"beauty": 1.5, "gate": 0.1}} for i in range(4)
    ]
    (path / "timings.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"cut sho')
    return path


class _Page(HTMLParser):
    """Checks nesting, and gathers text, tags and what the page would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]
        if tag not in ("meta", "img", "br", "rect", "line", "path", "circle", "image"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def _read(folder: Path) -> _Page:
    return _Page(write_report(folder).read_text(encoding="utf-8"))


def test_the_counts_on_the_page_are_those_of_the_folder(tmp_path: Path) -> None:
    text = _read(_whole(tmp_path)).text
    assert "6 samples" in text
    assert "3 families" in text
    assert "53.8% of draws rejected" in text, "7 of 13"
    assert "1 samples failed" in text
    assert "room 60.0% 66.7% 4 50.0%" in text, "asked, drawn, samples, rejected"
    assert "garden 20.0% 0.0% 0" in text, "a family that was asked for and never drawn"
    assert "mostly black 7 1 4 2" in text, "all, the odd one, room, street and one of its failed sample"
    assert "77 street timeout 2 hung" in text
    assert "room 4 2 2 1 800 1.5 0.1" in text, "samples, mean and longest seconds, pairs an hour, stages"
    assert "CC0 6" in text
    assert "focal" in text.lower()
    assert "median 18 mm" in text or "always 18 mm" in text
    assert "90 °" in text, "the field of view of 18 mm on 36 mm"
    assert "always -36.9 °" in text, "the pitch of the turned camera"


def test_the_page_needs_nothing_else_and_names_are_escaped(tmp_path: Path) -> None:
    page = _read(_whole(tmp_path))
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert EVIL in page.text, "shown as text"
    pictures = [address for address in page.loads if not address.startswith("#")]
    assert pictures
    assert all(address.startswith("data:image/") for address in pictures)
    assert "@import" not in (tmp_path / "report.html").read_text()
    assert "url(" not in (tmp_path / "report.html").read_text()


def test_every_link_on_the_page_leads_somewhere(tmp_path: Path) -> None:
    page = _read(_whole(tmp_path))
    whole = (tmp_path / "report.html").read_text()
    links = [address for address in page.loads if address.startswith("#")]
    assert len(links) == 11
    assert all(f'id="{link[1:]}"' in whole for link in links)


def test_one_sample_without_anything_else_is_reported(tmp_path: Path) -> None:
    text = _read(_folder(tmp_path, ["room"])).text
    assert "1 samples" in text
    assert "unknown recipe" in text
    assert "No timings were kept" in text


def test_metadata_of_an_older_version_is_reported(tmp_path: Path) -> None:
    tmp_path.mkdir(exist_ok=True)
    spec = _spec(0, "room").to_dict()
    for name in ("drawn", "motion", "frame"):
        spec.pop(name)
    spec["camera"].pop("f_number")
    bare = {"family": "room", "spec": spec}
    write_shard(tmp_path / "shard-00000.tar", [("a", encode_exr(_pixels(0)), bare), ("b", encode_exr(_pixels(1)), {})])
    text = _read(tmp_path).text
    assert "2 samples" in text
    assert "do not say what their families drew" in text


def test_a_damaged_record_is_named_and_the_rest_reported(tmp_path: Path) -> None:
    folder = _folder(tmp_path, ["room", "room", "street"])
    tar = folder / "shard-00000.tar"
    data = bytearray(tar.read_bytes())
    place = data.rindex(b'"street"')
    data[place + 1 : place + 7] = b"STREET"
    tar.write_bytes(data)
    text = _read(folder).text
    assert "2 samples" in text
    assert "Damaged records: 00000002" in text


def test_frames_of_a_sequence_are_one_sample(tmp_path: Path) -> None:
    rows = [
        (f"0000000{i}_00{k}", encode_exr(_pixels(i)), {**_meta(i, "room"), "frame": k})
        for i in (0, 1)
        for k in (0, 1, 2)
    ]
    write_shard(tmp_path / "shard-00000.tar", rows)
    text = _read(tmp_path).text
    assert "2 samples" in text
    assert "6 frames" in text


def test_a_folder_without_shards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        write_report(tmp_path)


def test_what_families_drew_stands_against_their_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family = dataclasses.make_dataclass("Family", ["ranges"])
    ranges = {"height": Range(0.5, 1.25, "of the camera", "m"), "lamp": Range(0.3, 0.6, "share with a lamp")}
    monkeypatch.setattr(report_ranges, "FAMILIES", {"room": family(ranges)})
    folder = _whole(tmp_path)
    text = _read(folder).text
    assert "asked 0.5 to 1.25 m" in text
    assert "1 outside" in text, "of 1.0, 1.1, 1.2 and 1.3 only the last"
    assert "happened in 50.0%, asked 30 to 60 %" in text
    build = {"recipe": {"families": [{"name": "room", "weight": 1, "ranges": {"height": [2.0, 3.0]}}]}}
    assert asked_ranges(build, "room")["height"].low == 2.0, "the recipe's own range counts"
    assert asked_ranges(build, "no such family") == {}
    assert not is_chance(asked_ranges(build, "room")["lamp"], [0.3, 1.0])


def test_facts_are_those_of_the_scenes(tmp_path: Path) -> None:
    from core.shards import ShardSet

    folder = _whole(tmp_path)
    facts = gather(folder, ShardSet.open(folder))
    assert facts.kinds["shapes"] == {"box": 12}
    assert facts.kinds["skies"] == {"sun": 6}
    assert facts.kinds["textures of colour"] == {"cloud": 6}, "two objects share one material"
    assert facts.numbers["roughness"] == pytest.approx([0.3] * 6)
    assert facts.colors[0] == pytest.approx((0.6, 0.1, 0.1))
    assert facts.numbers["light level"] == pytest.approx([-2.0] * 6)
    pose = facts.cameras[0]
    assert pose.position == (0.0, 1.5, 3.0)
    assert pose.forward == pytest.approx((0.0, -0.6, -0.8))
    assert pose.pitch == pytest.approx(-36.87, abs=0.01)


def test_frame_statistics_count_every_surface_pixel_once() -> None:
    total = FrameStatistics()
    add_frame(total, _pixels(0), "room")
    normal = np.zeros((SIDE, SIDE, 3), np.float32)
    normal[..., 0], normal[..., 1] = 0.6, -0.8
    add_frame(total, Image.from_layers({"": np.ones((SIDE, SIDE, 3), np.float32), "N": normal}), "street")
    assert total.normals["room"].sum() == SIDE * (SIDE - 4)
    assert total.normals["room"][DISC_SIDE // 2, DISC_SIDE // 2] == SIDE * (SIDE - 4), "facing the camera: the middle"
    row, column = np.argwhere(total.normals["street"])[0]
    assert column > DISC_SIDE // 2 > row, "to the right and down"
    assert total.sums["street"] == pytest.approx([0.6 * SIDE**2, -0.8 * SIDE**2, 0, SIDE**2], rel=1e-5)
    assert set(total.depths) == {2.0}


@pytest.mark.parametrize("log", [False, True])
def test_histograms_lose_no_value(log: bool) -> None:
    values = np.random.default_rng(0).lognormal(0, 2, 1000).tolist()
    heights = counts(values, 0.1, 10.0, 20, log)
    assert heights.sum() == 1000, "those outside count in the end bins"
    inside = counts([0.11, 0.9, 1.1, 9.0], 0.1, 10.0, 2, log)
    assert inside.tolist() == ([2, 2] if log else [3, 1])
    assert counts([np.nan, np.inf, 1.0], 0.0, 2.0, 2).tolist() == [0, 1]


def test_bars_of_whole_numbers_stand_one_a_number() -> None:
    figure = histogram("things", [1, 1, 2, 4], asked=(0, 6))
    assert figure.count('class="bar"') == 3
    assert "outside" not in figure
    assert "1 outside" in histogram("things", [1, 9], asked=(0, 6))
    assert "always 3" in histogram("things", [3, 3])
    assert "none drawn" in histogram("things", [])


def test_shares_are_of_the_whole_recipe() -> None:
    rows = [{"name": "a", "weight": 3}, {"name": "b", "weight": 1}]
    assert asked_shares({"recipe": {"families": rows}}) == {"a": 0.75, "b": 0.25}
    assert asked_shares({}) == {}
    assert "75.0%" in bars("shares", [("a", 0.75), ("b", 0.25)], share=True, marks=[0.5, 0.5])


def test_numbers_are_short() -> None:
    assert [number(v) for v in (0, 1, 0.5, 12.3456, 0.001234, 12345, -3.0, 100)] == [
        "0",
        "1",
        "0.5",
        "12.3",
        "0.00123",
        "12 345",
        "-3",
        "100",
    ]


def test_frames_are_chosen_evenly() -> None:
    keys = [str(k) for k in range(5000)]
    some = spread(keys, MOST_FRAMES)
    assert len(set(some)) == MOST_FRAMES
    assert (some[0], some[-1]) == ("0", "4999")
    assert spread(keys[:3], MOST_FRAMES) == keys[:3]


def test_the_contact_sheet_shows_beauty_beside_normals(tmp_path: Path) -> None:
    contact_sheet([_pixels(k) for k in range(5)], tmp_path / "sheet.png")
    sheet = read_image(tmp_path / "sheet.png")
    assert (sheet.width, sheet.height) == (8 * SIDE, 2 * SIDE)
    assert sheet.rgb()[8, SIDE + 2] == pytest.approx([0.5, 0.5, 1.0], abs=0.01), "normals towards the camera"
    assert sheet.rgb()[1, SIDE + 2].max() == 0, "no surface"
    assert sheet.rgb()[SIDE + 2, 2 * SIDE :].max() == 0, "cells left over"
