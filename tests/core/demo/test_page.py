"""The page: whole in itself, and everything in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from core.demo.page import Embedded, PageContent, PlateShow, Step, render_page
from core.demo.pictures import embed

VOID = {"meta", "link", "img", "input", "br", "line", "circle", "polyline"}


class _Checker(HTMLParser):
    """Collects addresses and ids, and checks that elements nest."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href"):
                self.addresses.append(value or "")
            if name == "id":
                self.ids.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _content(names: tuple[str, ...] = ("cup",), headline: str = "Done.") -> PageContent:
    picture = embed(np.zeros((4, 6, 3), dtype=np.uint8))
    plates = [
        PlateShow(name, "6x4", picture, picture, picture if name == "cup" else None, Embedded("image/webp", b"RIFF"))
        for name in names
    ]
    steps = [Step(f"Step {number}", f"platelight {number}", headline, 10.0 * number) for number in range(1, 6)]
    facts = [("samples & such", "24 <all>")]
    return PageContent("Summary.", steps, picture, facts, "<svg></svg>", facts, facts, facts, plates, facts)


def _check(page: str) -> _Checker:
    checker = _Checker()
    checker.feed(page)
    return checker


def test_the_page_asks_for_nothing_else_and_nests() -> None:
    page = render_page(_content(("cup", "my plate 1001")))
    checker = _check(page)
    assert not checker.open
    assert checker.addresses
    assert all(address.startswith("data:") for address in checker.addresses)
    assert not re.search(r"(https?:)?//(?!www\.w3\.org)[a-z0-9.-]+\.[a-z]{2,}/", page)
    assert "@import" not in page
    assert "url(" not in page


def test_everything_is_shown() -> None:
    text = _check(render_page(_content())).text
    for number in range(1, 6):
        assert f"Step {number}" in text
        assert f"platelight {number}" in text
    assert "samples & such" in text
    assert "24 <all>" in text
    assert "trained for a moment only" in text
    assert "50.0 s" in text


def test_what_steps_say_cannot_become_markup() -> None:
    page = render_page(_content(('<img src="x">"',), headline="<script>alert(1)</script>"))
    assert "<script>alert" not in page
    assert all(address.startswith("data:") for address in _check(page).addresses)


def test_the_viewer_finds_its_pictures() -> None:
    page = render_page(_content(("cup", 'my "plate"')))
    named = re.findall(r'data-(?:plate|normals)\d+="([^"]+)"', page)
    identities = re.findall(r'<img id="([^"]+)"', page)
    assert len(named) == 4
    assert set(named) == set(identities)
    assert len(set(identities)) == len(identities)


def test_a_page_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="plate"):
        render_page(_content(()))
