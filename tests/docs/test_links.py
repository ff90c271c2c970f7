"""Links lead somewhere, pictures are there, and every page can be found from the site's contents."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, TEXTS, lines_of, name_of

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"(?:core|scene_generator|nuke_plugin|maya_plugin|worker_link|tests|benchmarks|docs)/[\w./-]+")
_INLINE = re.compile(r"`([^`\n]+)`")


def links_of(text: str) -> Iterator[tuple[int, str]]:
    """Line and target of every link and picture that stays in the repository."""
    for line in lines_of(text):
        if not line.fenced:
            for target in _LINK.findall(_INLINE.sub("", line.text) if "](" in line.text else line.text):
                if "://" not in target and not target.startswith("mailto:"):
                    yield line.number, target


def anchors_of(path: Path) -> set[str]:
    """What a heading is called in a link: lower case, signs left out, hyphens for spaces."""
    found = set()
    for line in lines_of(path.read_text("utf-8")):
        if not line.fenced and line.text.startswith("#"):
            title = line.text.lstrip("#").strip().lower()
            found.add(re.sub(r"[^\w\- ]", "", title).replace(" ", "-"))
    return found


@pytest.mark.parametrize("path", [*TEXTS, ROOT / "CHANGELOG.md"], ids=name_of)
def test_links_and_pictures_lead_somewhere(path: Path) -> None:
    faults = []
    for number, target in links_of(path.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        there = path if not name else path.parent / name
        if not there.exists():
            faults.append(f"{name_of(path)}:{number}: {target}: no such file")
        elif anchor and there.suffix == ".md" and anchor not in anchors_of(there):
            faults.append(f"{name_of(path)}:{number}: {target}: no such heading")
    assert faults == []


def test_every_picture_of_the_docs_is_shown() -> None:
    shown = {(path.parent / target).resolve() for path in TEXTS for _, target in links_of(path.read_text("utf-8"))}
    assert [name_of(path) for path in sorted((DOCS / "images").iterdir()) if path.resolve() not in shown] == []


def nav_pages() -> list[str]:
    """Every page that the site's contents name, as a path within docs/."""
    yaml = pytest.importorskip("yaml")

    def pages(entry: Any) -> Iterator[str]:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            for value in entry.values():
                yield from pages(value)
        else:
            for value in entry:
                yield from pages(value)

    return list(pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))


def test_every_page_is_in_the_contents_once() -> None:
    named = nav_pages()
    assert len(named) == len(set(named))
    assert sorted({path.relative_to(DOCS).as_posix() for path in PAGES} - set(named)) == []


def test_the_contents_name_only_pages_that_there_are() -> None:
    assert [name for name in nav_pages() if not (DOCS / name).is_file()] == []


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_files_of_this_repository_that_are_named_exist(path: Path) -> None:
    """In code between backticks, as the walk through the code does on every line."""
    faults = []
    for line in lines_of(path.read_text("utf-8")):
        if line.fenced:
            continue
        for code in _INLINE.findall(line.text):
            named = code.strip().rstrip("/")
            pattern = Path(named).stem.isupper()  # families/NAME.py stands for any of them
            if not pattern and _PATH.fullmatch(named) and not (ROOT / named).exists():
                faults.append(f"{name_of(path)}:{line.number}: {named}")
    assert faults == []


def test_the_walk_names_many_files() -> None:
    text = (DOCS / "walkthrough.md").read_text("utf-8")
    assert len({code for code in _INLINE.findall(text) if _PATH.fullmatch(code) and code.endswith(".py")}) > 60


def test_functions_of_the_walk_are_in_the_files_that_it_names_them_with() -> None:
    """A step begins with a file; the first word of code after the colon is something in it."""
    steps = re.findall(r"^\d+\. (?:and [a-z ]+: )?`([\w/]+\.py)`:[^`]*?`([A-Za-z_.]+)`", _walk(), re.MULTILINE)
    assert len(steps) > 20
    for place, name in steps:
        text = (ROOT / place).read_text("utf-8")
        last = name.rpartition(".")[2]
        assert re.search(rf"\b(def|class) {last}\b|^{last}\b", text, re.MULTILINE), (place, name)


def _walk() -> str:
    return re.sub(r"\n {3,4}", " ", (DOCS / "walkthrough.md").read_text("utf-8"))


def test_the_site_can_be_built(tmp_path: Path) -> None:
    """Strictly: a link or heading that the generator does not find is an error."""
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path / "site"), strict=True))
    for name in ("index.html", "bench/index.html", "decisions/index.html", "images/main_job.jpg"):
        assert (tmp_path / "site" / posixpath.normpath(name)).is_file()
    front = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "fonts.googleapis" not in front  # the site loads nothing from elsewhere
    outside = (tmp_path / "site" / "bench" / "index.html").read_text("utf-8")
    assert "../benchmarks" not in outside  # links that leave docs/ are names
