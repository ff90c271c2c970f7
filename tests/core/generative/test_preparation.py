from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadConfig, BadInput
from core.generative.originals import families_of_copies, parts_of_double, thumbnail
from core.generative.packing import write_records
from core.generative.preparation import COPIES, PreparationReport, Settings, Source, prepare, write_report
from core.image import SRGB, Image, write_image
from core.shards import ShardSet, scene_id, split


def picture(seed: int, height: int = 40, width: int = 40) -> np.ndarray:
    """Soft blobs, unlike those of another seed."""
    rng = np.random.default_rng(seed)
    down, right = np.mgrid[:height, :width]
    found = np.full((height, width, 3), 0.2, np.float32)
    for _ in range(6):
        y, x, r = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(4, 12)
        blob = np.exp(-((down - y) ** 2 + (right - x) ** 2) / (2 * r**2))
        found += (blob[..., None] * rng.uniform(-0.3, 0.6, 3)).astype(np.float32)
    return found.clip(0, 1).astype(np.float32)


def save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if pixels.ndim == 2:
        write_image(path, Image(pixels[..., None], ("Y",), color_space="raw"), dtype="uint8")
    else:
        write_image(path, Image(pixels, ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    return path


def packed(sources: list[Source], out: Path, **settings: object) -> tuple[ShardSet, PreparationReport]:
    report = PreparationReport()
    chosen = Settings(**{"size": 32, "tiles": "no", **settings})  # type: ignore[arg-type]
    write_records(prepare(sources, chosen, report), out)
    return ShardSet.open(out), report


def test_two_pictures_on_a_sheet_are_taken_apart_and_a_panorama_is_not() -> None:
    left, right = picture(1), picture(2)
    halves = parts_of_double(np.hstack([left, 1 - right]))
    assert [half.shape for half in halves] == [(40, 40, 3)] * 2
    assert np.array_equal(halves[0], left)
    stacked = parts_of_double(np.vstack([left, 1 - right]))
    assert np.array_equal(stacked[1], 1 - right)
    panorama = picture(3, 40, 80)
    assert parts_of_double(panorama)[0] is panorama
    assert len(parts_of_double(panorama, sure=True)) == 2
    assert len(parts_of_double(left)) == 1


def test_copies_are_found_whichever_way_they_lie_and_however_bright() -> None:
    pictures = [picture(seed) for seed in range(5)]
    copies = [pictures[1][:, ::-1], np.rot90(pictures[2]), np.rot90(pictures[3], 3)[::-1], 0.7 * pictures[4]]
    families = families_of_copies([thumbnail(np.ascontiguousarray(p)) for p in [*pictures, *copies]])
    assert families == [0, 1, 2, 3, 4, 1, 2, 3, 4]


def test_no_copy_is_on_the_other_side_of_any_split(tmp_path: Path) -> None:
    names = [save(tmp_path / "in" / f"p{seed}.png", picture(seed)) for seed in range(8)]
    names += [save(tmp_path / "in" / f"copy{seed}.png", picture(seed)[:, ::-1]) for seed in range(4)]
    sources = [Source(path.stem, path) for path in names]
    shards, report = packed(sources, tmp_path / "out", copies=["mirror", "dim", "rotate"])
    assert len(shards) == 12 * 4
    assert len({row["scene"] for row in report.rows}) == 8
    scenes = {key: scene_id(shards.metadata(key)) for key in shards.keys}
    sha = {key: shards.metadata(key)["assets"][0]["sha256"] for key in shards.keys}
    for seed in range(5):
        kept, held_out = split(shards.keys, [scenes[key] for key in shards.keys], 0.4, seed)
        assert kept
        assert held_out
        assert not {sha[key] for key in kept} & {sha[key] for key in held_out}
        assert not {scenes[key] for key in kept} & {scenes[key] for key in held_out}


def test_the_report_says_what_was_made_of_what(tmp_path: Path) -> None:
    double = save(tmp_path / "in/double.png", np.hstack([picture(1), 1 - picture(2)]))
    wide = save(tmp_path / "in/wide.png", picture(3, 40, 60))
    small = save(tmp_path / "in/small.png", picture(4, 20, 20))
    broken = tmp_path / "in/broken.png"
    broken.write_bytes(b"no picture")
    sources = [Source(path.stem, path) for path in (double, wide, small, broken)]
    shards, report = packed(sources, tmp_path / "out", crops=2)
    written = write_report(report, tmp_path / "out", 123, {"size": 32})
    value = json.loads(written.read_text())
    assert value["records"] == len(shards) == 2 * 2 + 2
    assert value["sources"] == 2
    assert set(value["left_out"]) == {str(small), str(broken)}
    assert "32" in value["left_out"][str(small)]
    steps = {row["key"]: row["made_by"] for row in value["made"]}
    assert sum("split" in words for words in steps.values()) == 4
    assert any(words == ["crop1"] for words in steps.values())
    assert value["bytes_read"] == double.stat().st_size + wide.stat().st_size


def test_maps_of_a_material_come_along_and_gloss_is_turned_round(tmp_path: Path) -> None:
    color = save(tmp_path / "a_diffuse.png", picture(1))
    gloss = save(tmp_path / "a_glossiness.png", np.full((40, 40), 0.75, np.float32))
    metal = save(tmp_path / "a_metalness.png", np.full((40, 40), 0.25, np.float32))
    shards, _ = packed([Source("a", color, {"gloss": gloss, "metalness": metal})], tmp_path / "out")
    image, facts = shards.read(shards.keys[0])
    assert float(image.layer("roughness").mean()) == pytest.approx(0.25, abs=0.01)
    assert float(image.layer("metalness").mean()) == pytest.approx(0.25, abs=0.01)
    assert facts["assets"][0]["licence"] == "unstated"


def test_colours_are_stored_scene_linear_and_averaged_in_light(tmp_path: Path) -> None:
    checker = (np.indices((64, 64)).sum(0) % 2).astype(np.float32)[..., None].repeat(3, -1)
    shards, _ = packed([Source("c", save(tmp_path / "c.png", checker))], tmp_path / "out")
    image, _ = shards.read(shards.keys[0])
    assert float(image.rgb().mean()) == pytest.approx(0.5, abs=0.01)


def test_a_picture_that_repeats_is_noticed_and_its_rotated_copy_does_not(tmp_path: Path) -> None:
    down, right = np.mgrid[:64, :64] * (2 * np.pi / 64)
    tile = (0.5 + 0.3 * np.sin(down) * np.cos(2 * right))[..., None].repeat(3, -1).astype(np.float32)
    shards, _ = packed([Source("t", save(tmp_path / "t.png", tile))], tmp_path / "out", tiles="auto", copies=["rotate"])
    assert [shards.metadata(key)["tiles"] for key in shards.keys] == [True, False]


@pytest.mark.parametrize("name", COPIES)
def test_copies_differ_from_their_original_and_stay_in_range(name: str) -> None:
    square = picture(5)
    copy = COPIES[name](square, np.random.default_rng(0))
    assert copy.shape[2] == 3
    assert np.isfinite(copy).all()
    assert float(copy.min()) >= 0.0
    assert float(copy.max()) <= 1.0
    assert copy.shape != square.shape or not np.allclose(copy, square, atol=0.02)


def test_a_second_smaller_set_leaves_no_shards_of_the_first(tmp_path: Path) -> None:
    sources = [Source(f"p{seed}", save(tmp_path / f"p{seed}.png", picture(seed))) for seed in range(3)]
    packed(sources, tmp_path / "out")
    shards, _ = packed(sources[:1], tmp_path / "out")
    assert len(shards) == 1


def test_nothing_to_prepare_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="procedural"):
        packed([], tmp_path / "out")
    for wrong in ({"size": 8}, {"split": "perhaps"}, {"copies": ["blur"]}, {"crops": 0}):
        with pytest.raises(BadConfig):
            Settings(**wrong)
