from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import PlatelightError
from core.image import Image, read_image, write_image
from core.inference.frame import FrameSettings
from core.inference.sequence import frames_before
from core.inference.session import NormalsModel, open_model
from core.inference.shot import ShotWriter
from tests.core.inference.moving import texture

MakeModel = Callable[..., Path]
FRAMES = 3


@pytest.fixture(scope="module")
def decoder(make_tiny_model: MakeModel) -> NormalsModel:
    return open_model(make_tiny_model("plate"), "cpu", 1)


@pytest.fixture
def shot(tmp_path: Path) -> list[Path]:
    """Seven frames of a still picture under grain."""
    rng = np.random.default_rng(0)
    paths = []
    for number in range(1001, 1008):
        grey = texture(72, 96)[..., None] * 0.5 + rng.normal(0, 0.02, (72, 96, 3))
        paths.append(tmp_path / "plates" / f"sh010_v2.{number}.exr")
        write_image(paths[-1], Image(np.abs(grey).astype(np.float32), ("R", "G", "B")), dtype="float")
    return paths


def written(model: NormalsModel, plates: list[Path], out: Path) -> dict[str, np.ndarray]:
    writer = ShotWriter(model, FrameSettings(), FRAMES)
    for plate in plates:
        writer.write(plate, out / plate.name, None)
    return {plate.name: read_image(out / plate.name).layer("N") for plate in plates}


def test_parts_orders_and_resumed_runs_give_the_same(decoder: NormalsModel, shot: list[Path], tmp_path: Path) -> None:
    whole = written(decoder, shot, tmp_path / "whole")
    for name, part in (
        ("second half", shot[4:]),
        ("every other", shot[::2]),
        ("backwards", shot[::-1]),
        ("one", [shot[6]]),
    ):
        for frame, normals in written(decoder, part, tmp_path / name).items():
            np.testing.assert_array_equal(normals, whole[frame], err_msg=f"{name}: {frame}")


def test_it_smooths_and_says_so(decoder: NormalsModel, shot: list[Path], tmp_path: Path) -> None:
    from core.inference.frame import write_normals

    smooth = written(decoder, shot, tmp_path / "out")
    for plate in shot[-2:]:
        write_normals(decoder, plate, tmp_path / "single" / plate.name, None, FrameSettings())
    single = [read_image(tmp_path / "single" / plate.name).layer("N") for plate in shot[-2:]]
    steps = [np.abs(a - b).mean() for a, b in (single, [smooth[plate.name] for plate in shot[-2:]])]
    assert steps[1] < 0.6 * steps[0]
    assert read_image(tmp_path / "out" / shot[0].name).metadata["platelight/deflicker"] == str(FRAMES)
    assert "platelight/deflicker" not in read_image(tmp_path / "single" / shot[-1].name).metadata


def test_a_broken_frame_is_passed_over_alike(decoder: NormalsModel, shot: list[Path], tmp_path: Path) -> None:
    shot[4].write_bytes(shot[4].read_bytes()[:700])
    writer = ShotWriter(decoder, FrameSettings(), FRAMES)
    for plate in shot[:4]:
        writer.write(plate, tmp_path / "out" / plate.name, None)
    with pytest.raises(PlatelightError):
        writer.write(shot[4], tmp_path / "out" / "broken.exr", None)
    report = writer.write(shot[5], tmp_path / "out" / "next.exr", None)
    assert any(shot[4].name in note and "--deflicker" in note for note in report.notes)
    alone = written(decoder, [shot[5]], tmp_path / "alone")
    np.testing.assert_array_equal(read_image(tmp_path / "out" / "next.exr").layer("N"), alone[shot[5].name])


def test_what_belongs_to_a_shot(tmp_path: Path) -> None:
    for name in ("a.0008.exr", "a.0009.exr", "a.0010.exr", "a.0012.exr", "b.0011.exr", "a.0011.png", "still.exr"):
        (tmp_path / name).touch()
    names = [path.name for path in frames_before(tmp_path / "a.0012.exr", 2)]
    assert names == ["a.0009.exr", "a.0010.exr"]
    assert frames_before(tmp_path / "a.0008.exr", 5) == ()
    assert frames_before(tmp_path / "still.exr", 5) == ()
    for name in ("v2_9.jp2", "v2_10.jp2", "v1_8.jp2"):
        (tmp_path / name).touch()
    assert [path.name for path in frames_before(tmp_path / "v2_10.jp2", 5)] == ["v2_9.jp2"]
