"""The training curve as SVG."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest

from core.demo.curve import Series, curve_svg, ticks

SVG = "{http://www.w3.org/2000/svg}"


def _texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]


def test_falling_numbers_fall_on_the_page_and_are_written() -> None:
    series = Series("held-out", [(0, 48.0), (50, 30.0), (100, 20.5)], dots=True)
    svg = curve_svg([series], x_label="steps", y_label="error (degrees)")
    line = next(element for element in ET.fromstring(svg).iter() if element.tag.endswith("polyline"))
    heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
    assert heights == sorted(heights), "y grows downwards in SVG: smaller errors lie lower"
    texts = _texts(svg)
    assert {"steps", "error (degrees)", "held-out", "48", "20.5", "0", "100"} <= set(texts)


def test_points_that_are_not_numbers_are_left_out() -> None:
    svg = curve_svg([Series("a", [(0, 1.0), (1, float("nan")), (2, 0.5)])], x_label="x", y_label="y")
    assert "nan" not in svg
    with pytest.raises(ValueError, match="no finite"):
        curve_svg([Series("a", [(0, float("inf"))])], x_label="x", y_label="y")


def test_labels_are_escaped() -> None:
    svg = curve_svg([Series("<b>&", [(0, 1.0), (1, 2.0)])], x_label="x < y", y_label='"y"')
    assert {"<b>&", "x < y", '"y"'} <= set(_texts(svg))


@pytest.mark.parametrize("high", [1.0, 119.0, 47.3, 3e-4, 0.0, 2600.0])
def test_ticks_span_the_values_in_even_round_steps(high: float) -> None:
    low = 0.0
    values = ticks(low, high)
    assert 2 <= len(values) <= 8
    assert values[0] <= low <= high <= values[-1]
    steps = {round(b - a, 12) for a, b in itertools.pairwise(values)}
    assert len(steps) == 1
    assert f"{steps.pop():e}"[0] in "125"
