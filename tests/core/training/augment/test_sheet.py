"""The contact sheet of the changes: a file that shows each of them, and plain words where it cannot be made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.color import network_view
from core.image import Image, read_image, write_image
from core.training.augment.effects import EFFECTS
from core.training.augment.sheet import contact_sheet, main, one_change

LIGHT = np.random.default_rng(0).random((48, 48, 3)).astype(np.float32) ** 2 * 2.0


@pytest.mark.parametrize("name", EFFECTS)
def test_each_row_shows_its_change_and_more_of_it_to_the_right(name: str) -> None:
    weak, strong = (one_change(name, LIGHT, amount, 1) for amount in (0.0, 1.0))
    for picture in (weak, strong):
        assert picture.shape == LIGHT.shape
        assert (picture.min() >= 0.0) & (picture.max() <= 1.0)
        if name != "calm":  # whose least is nothing
            assert np.abs(picture - network_view(LIGHT)).max() > 1e-4
    if name not in ("log", "grey", "quantise"):
        assert np.abs(weak - strong).max() > 5e-3


def test_the_sheet_has_a_row_for_each_change_and_columns_for_each_plate() -> None:
    one, two = contact_sheet([LIGHT], 0), contact_sheet([LIGHT, LIGHT], 0)
    assert one.dtype == np.uint8
    assert one.shape[0] == two.shape[0] >= (len(EFFECTS) + 2) * 48
    assert two.shape[1] - one.shape[1] >= 3 * 48
    np.testing.assert_array_equal(one, contact_sheet([LIGHT], 0))
    assert (one != contact_sheet([LIGHT], 1)).any()


def test_the_command_writes_a_picture(tmp_path: Path) -> None:
    plate, out = tmp_path / "plate.exr", tmp_path / "sheet.jpg"
    write_image(plate, Image.from_layers({"": np.tile(LIGHT, (1, 2, 1))}))
    main(["--image", str(plate), "--out", str(out), "--size", "32"])
    assert read_image(out).height >= (len(EFFECTS) + 2) * 32


@pytest.mark.parametrize(
    ("image", "out", "size", "words"),
    [
        ("missing.exr", "sheet.jpg", "32", "missing.exr"),
        ("plate.exr", "sheet.words", "32", "use .jpg or .png"),
        ("black.exr", "sheet.jpg", "32", "nothing but black"),
        ("plate.exr", "sheet.jpg", "4", "at least 32 pixels"),
    ],
)
def test_bad_input_is_told_in_a_line_with_the_exit_code_2(
    image: str, out: str, size: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_image(tmp_path / "plate.exr", Image.from_layers({"": LIGHT}))
    write_image(tmp_path / "black.exr", Image.from_layers({"": LIGHT * 0.0}))
    with pytest.raises(SystemExit) as caught:
        main(["--image", str(tmp_path / image), "--out", str(tmp_path / out), "--size", size])
    assert caught.value.code == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / out).exists()
