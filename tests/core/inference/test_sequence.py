from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadConfig, BadInput, FileMissing
from core.inference.sequence import Frame, expand_inputs, parse_range, plan_outputs


@pytest.fixture
def plates(tmp_path: Path) -> Path:
    for number in (999, 1001, 1002, 1004, 10001):
        (tmp_path / f"plate.{number:04d}.exr").touch()
    (tmp_path / "still.PNG").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".hidden.exr").touch()
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "sub" / "deep" / "other.jpg").touch()
    return tmp_path


def names(arguments: list[str], out: Path = Path("results")) -> list[str]:
    return [frame.path.name for frame in expand_inputs(arguments, out).frames]


def test_files_keep_their_order_and_are_taken_once(plates: Path) -> None:
    still, plate = str(plates / "still.PNG"), str(plates / "plate.1001.exr")
    assert names([still, plate, still, str(plates / "sub" / ".." / "still.PNG")]) == ["still.PNG", "plate.1001.exr"]


def test_a_folder_gives_its_images_and_those_of_its_sub_folders(plates: Path) -> None:
    frames = expand_inputs([str(plates)], Path("results")).frames
    assert {frame.path.name for frame in frames} == {
        *(f"plate.{number}.exr" for number in ("0999", "1001", "1002", "1004", "10001")),
        "still.PNG",
        "other.jpg",
    }
    assert {frame.subfolder for frame in frames if frame.path.name == "other.jpg"} == {Path("sub/deep")}


def test_results_below_a_folder_are_not_plates(plates: Path) -> None:
    out = plates / "normals"
    out.mkdir()
    (out / "plate.1001.exr").touch()
    (plates / "plate.1002_normals.png").touch()
    (plates / "brick_normals.png").touch()  # no plate of this name beside it: a texture somebody wants looked at
    found = [frame.path for frame in expand_inputs([str(plates)], out).frames]
    assert out / "plate.1001.exr" not in found
    assert plates / "plate.1002_normals.png" not in found
    assert plates / "brick_normals.png" in found


@pytest.mark.parametrize("pattern", ["plate.%04d.exr", "plate.####.exr"])
def test_a_pattern_finds_frames_by_number(plates: Path, pattern: str) -> None:
    assert names([str(plates / pattern)]) == [f"plate.{n}.exr" for n in ("0999", "1001", "1002", "1004", "10001")]


@pytest.mark.parametrize("joined", [True, False])
@pytest.mark.parametrize("pattern", ["plate.%04d.exr", "plate.####.exr"])
def test_a_range_names_the_frames_that_are_missing(plates: Path, pattern: str, joined: bool) -> None:
    where = str(plates / pattern)
    expansion = expand_inputs([f"{where} 999-1004"] if joined else [where, "999-1004"], Path("results"))
    assert [frame.path.name for frame in expansion.frames] == [
        f"plate.{n}.exr" for n in ("0999", "1001", "1002", "1004")
    ]
    assert [path.name for path in expansion.missing] == ["plate.1000.exr", "plate.1003.exr"]


def test_a_range_belongs_to_the_pattern_before_it(plates: Path) -> None:
    found = names([str(plates / "plate.####.exr"), "1001-1002", str(plates / "still.PNG")])
    assert found == ["plate.1001.exr", "plate.1002.exr", "still.PNG"]


def test_a_file_with_a_sign_in_its_name_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "take #2.exr").touch()
    assert names([str(tmp_path / "take #2.exr")]) == ["take #2.exr"]


def test_wildcards_work_where_no_shell_expands_them(plates: Path) -> None:
    assert names([str(plates / "plate.100?.exr")]) == ["plate.1001.exr", "plate.1002.exr", "plate.1004.exr"]


@given(st.integers(-50, 5000), st.integers(0, 200), st.integers(1, 20))
def test_ranges_are_read(first: int, count: int, step: int) -> None:
    last = first + count * step
    assert parse_range(f"{first}-{last}x{step}") == tuple(range(first, last + 1, step))
    assert parse_range(str(first)) == (first,)


def test_ranges_may_be_joined() -> None:
    assert parse_range("1001-1003,1002,1010") == (1001, 1002, 1003, 1010)


@pytest.mark.parametrize("text", ["1020-1001", "abc", "1-", "1-5x0", "", "1--", "0-99999999"])
def test_ranges_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(BadConfig, match="frame range"):
        parse_range(text)


@pytest.mark.parametrize(
    ("argument", "error"),
    [
        ("none.exr", FileMissing),
        ("none.####.exr", FileMissing),
        ("plate.####.exr 2000-2010", FileMissing),
        ("none*.exr", FileMissing),
        ("sub/deep/..", BadInput),
        ("1001-1010", BadInput),
    ],
)
def test_what_is_not_there_is_named(tmp_path: Path, argument: str, error: type[Exception]) -> None:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "plate.1001.exr").touch()
    given = argument if argument[0].isdigit() else str(tmp_path / argument)
    with pytest.raises(error) as caught:
        expand_inputs([given], Path("results"))
    assert argument.split(" ")[0] in str(caught.value)


def test_outputs_are_named_after_the_plates(tmp_path: Path) -> None:
    (planned,) = plan_outputs([Frame(tmp_path / "a" / "plate.1001.exr", Path("a"))], tmp_path / "out", keep_tree=False)
    assert planned.normals == tmp_path / "out" / "plate.1001.exr"
    assert planned.preview == tmp_path / "out" / "plate.1001_normals.png"


def test_equal_names_need_the_tree(tmp_path: Path) -> None:
    frames = [Frame(tmp_path / folder / "plate.exr", Path(folder)) for folder in ("a", "b")]
    with pytest.raises(BadInput, match="--keep-tree"):
        plan_outputs(frames, tmp_path / "out", keep_tree=False)
    planned = plan_outputs(frames, tmp_path / "out", keep_tree=True)
    assert [frame.normals for frame in planned] == [tmp_path / "out" / folder / "plate.exr" for folder in ("a", "b")]


def test_two_formats_of_one_name_clash_even_with_the_tree(tmp_path: Path) -> None:
    frames = [Frame(tmp_path / name) for name in ("plate.exr", "plate.png")]
    with pytest.raises(BadInput, match="rename one"):
        plan_outputs(frames, tmp_path / "out", keep_tree=True)


def test_a_plate_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "plate.exr").touch()
    with pytest.raises(BadInput, match="--out"):
        plan_outputs([Frame(tmp_path / "plate.exr")], tmp_path / "x" / "..", keep_tree=False)
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(BadInput, match="--out"):
        plan_outputs([Frame(tmp_path / "plate.exr")], link, keep_tree=False)


def test_held_frames_are_frames_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "h.1001.exr").write_bytes(b"")
    for number in (1002, 1003):
        (tmp_path / f"h.{number}.exr").symlink_to("h.1001.exr")
    for arguments in ([f"{tmp_path}/h.%04d.exr", "1001-1003"], [str(tmp_path)]):
        found = expand_inputs(arguments, tmp_path / "out")
        assert [frame.path.name for frame in found.frames] == ["h.1001.exr", "h.1002.exr", "h.1003.exr"]
