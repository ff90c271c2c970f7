"""The sheet of photographs: every picture on it, as tall as asked, in its place."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.image import SRGB, Image, write_image
from core.inference.session import open_model

pytest.importorskip("cv2")

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(name="sheets")
def _benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("photo_sheet")
    sys.modules.pop("photo_sheet", None)


def test_each_cell_lies_centred_in_its_own_column(sheets: ModuleType) -> None:
    cells = [np.full((10, width, 3), value, np.float32) for width, value in ((8, 0.2), (20, 0.4), (12, 0.6))]
    table = sheets.table(cells, columns=2, gap=2)
    assert table.shape == (24, 44, 3)
    assert np.all(table[:10, 6:14] == np.float32(0.2))
    assert np.all(table[:10, 22:42] == np.float32(0.4))
    assert np.all(table[12:22, 4:16] == np.float32(0.6))
    assert np.all(table[12:22, 22:] == np.float32(0.1)), "an empty place is background"


def test_a_cell_is_the_plate_beside_its_normals(sheets: ModuleType, rays_model: Path, tmp_path: Path) -> None:
    """The tiny model answers with the rays turned round: blue in the middle of the frame."""
    plate = np.zeros((40, 60, 3), np.float32)
    plate[..., 0] = 1.0
    write_image(tmp_path / "red.png", Image(plate, ("R", "G", "B"), SRGB), dtype="uint8")
    cell = sheets.cell(open_model(rays_model, "cpu", 1), tmp_path / "red.png", 20)
    assert cell.shape == (20, 60, 3)
    assert cell[10, 15, 0] > 0.85
    np.testing.assert_allclose(cell[10, 15, 1:], 0.0, atol=0.02)
    np.testing.assert_allclose(cell[10, 45], (0.5, 0.5, 1.0), atol=0.03)
