"""JSON of others: what other readers would not take, or would take otherwise, is refused in a few words."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from worker_link.json_text import MOST_LEVELS, BadJson, parse_json, read_json

PLAIN = {"a": [1, 2.5, -3, None, True, "é\U0001f600"], "b": {"c": {}}, "d": 10**299, "e": 5e-324}


def test_what_json_holds_comes_back(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(PLAIN))
    assert read_json(tmp_path / "a.json") == PLAIN
    assert parse_json(json.dumps(PLAIN, ensure_ascii=False).encode()) == PLAIN
    assert parse_json("[" * MOST_LEVELS + "]" * MOST_LEVELS) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NaN", "NaN is no number"),
        ("[-Infinity]", "-Infinity is no number"),
        ("1e999", "beyond the largest"),
        ("1" * 301, "301 digits"),
        ("-" + "9" * 5000, "digits"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "'c' occurs twice"),
        ("[" * (MOST_LEVELS + 1) + "]" * (MOST_LEVELS + 1), "nested deeper"),
        ("[" * 200_000, "nested deeper"),
        ('{"' + "a" * 1001 + '": 1}', "key of 1001 characters"),
        ('{"a":' * 200_000, "nested deeper"),
        ('"\\ud800"', "surrogate"),
        ('{"\\udc00": 1}', "surrogate"),
    ],
)
def test_what_it_should_not_hold_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadJson, match=words) as caught:
        parse_json(text)
    assert len(str(caught.value)) < 200


def test_names_of_files_that_are_no_utf8_pass_where_they_may() -> None:
    assert parse_json(json.dumps(["\udcff.exr"]), lone_surrogates=True) == ["\udcff.exr"]


@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b"\xef\xbb\xbf{}", b"{'a': 1}", b"[1,]", b"// no\n{}"])
def test_other_text_is_refused_as_python_says(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|codec|BOM|Illegal") as caught:
        parse_json(data)
    assert not isinstance(caught.value, BadJson)


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[" + "1," * 1000 + "1]")
    with pytest.raises(BadJson, match="more than 1000 B"):
        read_json(path, 1000)
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # sparse; reading it all would need a terabyte
    with pytest.raises(BadJson, match="larger than 64 MiB"):
        read_json(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_pipes_devices_and_folders_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path / "pipe.json", Path("/dev/zero"), tmp_path):
        with pytest.raises(BadJson, match="no regular file"):
            read_json(path)
    with pytest.raises(BadJson, match="zero"):
        read_json("a\0b")
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")
