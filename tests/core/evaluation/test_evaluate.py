"""Evaluation: figures at angles that are known, and the same figures as an independent script."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.cli.main import entry
from core.errors import BadChannels, BadSize, BrokenShard, FileMissing
from core.evaluation.edges import near_discontinuities
from core.evaluation.evaluate import Evaluation, evaluate_normals
from core.evaluation.measures import Figures, figures_of, mean_figures
from core.evaluation.pairs import Pair
from core.evaluation.panels import HOTTEST, heat, panels
from core.evaluation.sets import open_pairs
from core.evaluation.sheet import CAPTION, HEADER, write_sheet
from core.image import SRGB, Image, encode_exr, read_image, write_image
from core.inference.answer import Answer
from core.inference.lens import Lens
from core.inference.session import open_model
from core.normals import angular_error_degrees, encode_8bit
from core.shards import write_shard
from tests import lambert
from tests.core.inference.confident import write_confident_model

MakeModel = Callable[..., Path]
FloatArray = npt.NDArray[np.float32]
ROOT = Path(__file__).resolve().parents[3]
CONSTANT = np.array([0.36, 0.48, 0.80])
SIDEWAYS = np.array([0.8, -0.6, 0.0])  # at right angles to it


def turned(degrees: float) -> npt.NDArray[np.float64]:
    """A unit vector at that angle to the answer of the constant model."""
    t = math.radians(degrees)
    return CONSTANT * math.cos(t) + SIDEWAYS * math.sin(t)


def field(vector: npt.ArrayLike, height: int = 32, width: int = 48) -> FloatArray:
    return np.broadcast_to(np.asarray(vector, np.float32), (height, width, 3)).copy()


def write_pair(place: Path, normals: FloatArray, alpha: FloatArray | None = None, suffix: str = ".png") -> None:
    """`SET/NAME_plate.png` and `SET/NAME_normals.exr`; the plate is noise."""
    names = ("N.X", "N.Y", "N.Z", *(("A",) if alpha is not None else ()))
    pixels = normals if alpha is None else np.concatenate([normals, alpha[..., None]], axis=2)
    write_image(place.with_name(f"{place.name}_normals.exr"), Image(pixels, names), dtype="float")
    noise = np.random.default_rng(0).random(normals.shape).astype(np.float32)
    write_image(place.with_name(f"{place.name}_plate{suffix}"), Image(noise, ("R", "G", "B"), color_space=SRGB))


def measured(model: Path, folder: Path) -> Evaluation:
    return evaluate_normals(open_model(model, "cpu", 1), open_pairs(folder))


def test_figures_at_known_angles() -> None:
    angles = np.array([[0.0, 4.0, 10.0, 20.0, 25.0, 90.0, 180.0]])
    t = np.radians(angles)
    predicted = np.stack([np.sin(t), 0.0 * t, np.cos(t)], axis=-1) * 3.0  # length does not matter
    reference = np.zeros_like(predicted)
    reference[..., 2] = 0.5
    trusted = np.ones(angles.shape, bool)
    found = figures_of(predicted.astype(np.float32), reference.astype(np.float32), trusted)
    assert found.mean == pytest.approx(329.0 / 7.0, abs=1e-3)
    assert found.median == pytest.approx(20.0, abs=1e-3)
    shares = [found.within_5, found.within_11_25, found.within_22_5, found.within_30]
    assert shares == pytest.approx([200.0 / 7.0, 300.0 / 7.0, 400.0 / 7.0, 500.0 / 7.0])
    trusted[0, 5:] = False
    assert figures_of(predicted.astype(np.float32), reference.astype(np.float32), trusted).mean == pytest.approx(
        11.8, abs=1e-3
    )


def test_means_count_each_the_same() -> None:
    a, b = Figures(10, 8, 0, 10, 20, 30), Figures(20, 12, 100, 30, 40, 50)
    assert mean_figures([a, b]) == Figures(15, 10, 50, 20, 30, 40)


def test_a_folder_set_is_measured_by_image_set_and_overall(tmp_path: Path, make_tiny_model: MakeModel) -> None:
    for name, degrees in (("one/a", 10.0), ("one/b", 30.0), ("two/c", 60.0)):
        write_pair(tmp_path / "sets" / name, field(turned(degrees)))
    result = measured(make_tiny_model("constant"), tmp_path / "sets")
    assert [(row.group, row.name) for row in result.rows] == [("one", "a"), ("one", "b"), ("two", "c")]
    assert [row.figures.mean for row in result.rows] == pytest.approx([10.0, 30.0, 60.0], abs=0.01)
    assert result.by_group()["one"].mean == pytest.approx(20.0, abs=0.01)
    assert result.overall().mean == pytest.approx(40.0, abs=0.01)  # of the two sets, not of the three images
    told = result.to_json()
    assert told["mean_of_sets"]["mean"] == pytest.approx(40.0, abs=0.01)
    assert told["sets"]["one"]["images"] == 2
    assert told["model"] == "tiny_constant"
    assert len(told["sha256"]) == 64


def test_only_trusted_pixels_count(tmp_path: Path, make_tiny_model: MakeModel) -> None:
    normals, alpha = field(turned(20.0)), np.ones((32, 48), np.float32)
    normals[:, 24:] = turned(170.0)
    alpha[:, 24:] = 0.0
    normals[:8] = 0.0  # no direction at all
    write_pair(tmp_path / "set" / "a", normals, alpha)
    nothing = np.zeros((32, 48), np.float32)
    write_pair(tmp_path / "set" / "b", normals, nothing)  # no trusted pixel: left out
    result = measured(make_tiny_model("constant"), tmp_path)
    assert [row.name for row in result.rows] == ["a"]
    assert result.rows[0].figures.mean == pytest.approx(20.0, abs=0.01)


def test_sets_without_a_trusted_pixel_are_told(tmp_path: Path, make_tiny_model: MakeModel) -> None:
    write_pair(tmp_path / "set" / "a", field((0.0, 0.0, 0.0)))
    with pytest.raises(FileMissing, match="nothing can be compared"):
        measured(make_tiny_model("constant"), tmp_path)


def test_display_encoded_plates_reach_the_model_as_they_are(tmp_path: Path, make_tiny_model: MakeModel) -> None:
    """The model `plate` decodes an encoded normal map, so its answer tells what it saw."""
    truth = field((0.3, -0.4, 0.75))
    truth /= np.linalg.norm(truth, axis=2, keepdims=True)
    write_pair(tmp_path / "set" / "a", truth)
    seen = 0.5 + 0.5 * truth
    seen[..., 2] = truth[..., 2]
    write_image(tmp_path / "set" / "a_plate.png", Image(seen * 0.8, ("R", "G", "B"), color_space=SRGB), dtype="uint16")
    result = measured(make_tiny_model("plate"), tmp_path)
    darker = 2.0 * 0.8 * (0.5 + 0.5 * truth[0, 0, :2]) - 1.0
    expected = np.array([*darker, 0.8 * truth[0, 0, 2]])
    cosine = expected @ truth[0, 0] / np.linalg.norm(expected)
    assert result.rows[0].figures.mean == pytest.approx(math.degrees(math.acos(cosine)), abs=0.3)


def ray_samples(count: int, width: int, height: int, **changes: object) -> list[tuple[str, bytes, dict[str, object]]]:
    """Samples whose normals point back along the rays of their own camera."""
    normals = -lambert.camera(width, height).directions()
    layers = {"": np.full_like(normals, 0.2), "A": np.ones(normals.shape[:2]), "N": normals}
    data = encode_exr(Image.from_layers(layers), dtype="float")
    return [
        (f"k{number}", data, {**lambert.metadata(number, width, height), "family": f"f{number % 2}", **changes})
        for number in range(count)
    ]


@pytest.mark.parametrize(("width", "height"), [(64, 48), (48, 64)])
def test_shards_are_measured_with_their_own_lens(tmp_path: Path, rays_model: Path, width: int, height: int) -> None:
    write_shard(tmp_path / "a.tar", ray_samples(3, width, height))
    result = measured(rays_model, tmp_path)
    assert {name: len(rows) for name, rows in result.groups().items()} == {"f0": 2, "f1": 1}
    assert result.overall().mean < 0.1  # with the card's 60 degrees it would be some degrees


def test_shards_that_lack_something_are_told_by_record(tmp_path: Path, rays_model: Path) -> None:
    write_shard(tmp_path / "a" / "a.tar", ray_samples(1, 32, 32, camera={}))
    with pytest.raises(BadChannels, match=r"a\.tar: record k0: its metadata has no camera"):
        measured(rays_model, tmp_path / "a")
    plain = encode_exr(Image(np.ones((32, 32, 3), np.float32), ("R", "G", "B")))
    write_shard(tmp_path / "b" / "b.tar", [("k0", plain, lambert.metadata(0))])
    with pytest.raises(BadChannels, match=r"b\.tar: record k0: no layer 'N'"):
        measured(rays_model, tmp_path / "b")
    index = lambert.write_set(tmp_path / "c", 1)
    lambert.damage(tmp_path / "c" / index.shard, index, "sample_0000")
    with pytest.raises(BrokenShard, match="platelight generate"):
        measured(rays_model, tmp_path / "c")


def test_an_empty_render_is_left_out(tmp_path: Path, rays_model: Path) -> None:
    nothing = np.zeros((32, 32, 3))
    layers = {"": nothing, "A": nothing[..., 0], "N": nothing}
    empty = ("empty", encode_exr(Image.from_layers(layers)), lambert.metadata(9))
    write_shard(tmp_path / "a.tar", [*ray_samples(1, 32, 32), empty])
    assert [row.name for row in measured(rays_model, tmp_path).rows] == ["k0"]


def test_files_that_lack_something_are_told(tmp_path: Path, rays_model: Path) -> None:
    with pytest.raises(FileMissing, match="no such folder"):
        open_pairs(tmp_path / "none")
    with pytest.raises(FileMissing, match="neither shards"):
        open_pairs(tmp_path)
    write_pair(tmp_path / "set" / "a", field(CONSTANT))
    plate = tmp_path / "set" / "a_plate.png"
    plate.unlink()
    with pytest.raises(FileMissing, match=r"a_plate\.png: the plate of a_normals\.exr is missing"):
        measured(rays_model, tmp_path)
    write_image(plate, Image(np.zeros((16, 48, 3), np.float32), ("R", "G", "B")))
    with pytest.raises(BadSize, match=r"48x16 pixels, but a_normals\.exr has 48x32"):
        measured(rays_model, tmp_path)
    write_image(tmp_path / "set" / "a_normals.exr", Image(field(CONSTANT), ("R", "G", "B")))
    with pytest.raises(BadChannels, match=r"a_normals\.exr: no channels N\.X"):
        measured(rays_model, tmp_path)


def test_the_sheet_shows_best_median_and_worst_of_each_set(tmp_path: Path, make_tiny_model: MakeModel) -> None:
    angles = {"one/a": 50.0, "one/b": 5.0, "one/c": 20.0, "one/d": 70.0, "one/e": 6.0, "two/f": 60.0}
    for name, degrees in angles.items():
        write_pair(tmp_path / "sets" / name, field(turned(degrees)))
    result = measured(make_tiny_model("constant"), tmp_path / "sets")
    write_sheet(result, tmp_path / "sheet.png")
    sheet = read_image(tmp_path / "sheet.png")
    line = CAPTION + 32
    assert sheet.height == HEADER + 4 * line
    pixels = sheet.rgb() * 255.0
    for place, degrees in enumerate((5.0, 20.0, 70.0, 60.0)):
        row = pixels[HEADER + place * line + CAPTION + 16]
        reference, predicted, error = (row[left + 24] for left in (48, 96, 144))
        np.testing.assert_allclose(reference, encode_8bit(turned(degrees)), atol=1.01)
        np.testing.assert_allclose(predicted, encode_8bit(CONSTANT), atol=1.01)
        np.testing.assert_allclose(error, heat(degrees), atol=3.0)
    scale = pixels[10, sheet.width // 2 : sheet.width - 40]
    np.testing.assert_allclose(scale[[0, -1]], heat([0.0, HOTTEST]), atol=1.01)


def test_panels_leave_out_what_is_not_trusted_and_show_confidence() -> None:
    normals, trusted = field((0.0, 0.0, 1.0)), np.ones((32, 48), bool)
    trusted[:, 24:] = False
    pair = Pair("set", "name", np.full((32, 48, 3), 0.2, np.float32), normals, trusted, None)
    drawn = panels(pair, normals, np.full((32, 48), 0.5, np.float32))
    assert drawn.shape == (32, 5 * 48, 3)
    assert not drawn[:, 48 + 24 : 96].any()
    assert (drawn[:, 144 : 144 + 24] == heat(0.0)).all()
    assert not (drawn[:, 144 + 24 : 192] == heat(0.0)).all(axis=2).any()
    assert (drawn[:, 192:] == 128).all()
    brightness = heat(np.linspace(0.0, HOTTEST, 50)).astype(float) @ [0.2, 0.7, 0.1]
    assert (np.diff(brightness) > 0).all(), "larger errors are always lighter"


def test_edges_and_the_rest_are_measured_apart(tmp_path: Path, make_tiny_model: MakeModel) -> None:
    normals = field(turned(10.0))
    normals[:, 24:] = turned(50.0)
    normals[:, 21:27] = (0.0, 0.0, 1.0)
    write_pair(tmp_path / "one" / "a", normals)
    write_pair(tmp_path / "one" / "b", field(turned(30.0)))  # no edge at all
    result = measured(make_tiny_model("constant"), tmp_path)
    with_edges, without = (row.figures for row in result.rows)
    near = near_discontinuities(normals, np.ones((32, 48), bool))
    error = angular_error_degrees(field(CONSTANT), normals)
    assert near.any()
    assert with_edges.edge_mean == pytest.approx(error[near].mean(), abs=1e-3)
    assert with_edges.away_mean == pytest.approx(error[~near].mean(), abs=1e-3)
    assert with_edges.edge_share == pytest.approx(100.0 * near.mean())
    assert (without.edge_mean, without.edge_share) == (None, 0.0)
    assert without.away_mean == pytest.approx(30.0, abs=0.01)
    told = result.to_json()
    assert told["images"][1]["edge_mean"] is None
    assert result.by_group()["one"].edge_mean == with_edges.edge_mean, "an image without edges says nothing of them"
    json.dumps(told, allow_nan=False)
    assert "calibration" not in told


def test_a_confidence_is_compared_with_the_error(tmp_path: Path, make_tiny_model: MakeModel) -> None:
    for name, degrees in (("one/a", 5.0), ("one/b", 20.0), ("two/c", 60.0)):
        write_pair(tmp_path / name, field(turned(degrees)))
    confidences = {"a": 0.9, "b": 0.5, "c": 0.1}

    def answer(pair: Pair, lens: Lens | None) -> Answer:
        assert lens is None
        return Answer(field(CONSTANT), np.full(pair.trusted.shape, confidences[pair.name], np.float32))

    model = open_model(make_tiny_model("constant"), "cpu", 1)
    result = evaluate_normals(model, open_pairs(tmp_path), answer=answer)
    told = result.to_json()["calibration"]
    assert set(told["sets"]) == {"one", "two"}
    rows = told["all"]["reliability"]
    assert rows[0]["measured_degrees"] == pytest.approx(5.0, abs=0.01)
    assert rows[0]["confidence"] == pytest.approx(0.9, abs=0.001)
    assert rows[-1]["measured_degrees"] == pytest.approx(60.0, abs=0.01)
    assert rows[-1]["within"] == 0.0
    assert told["all"]["ause_degrees"] == pytest.approx(0.0, abs=0.05), "the order is right"
    assert [row.picture.shape[1] for row in result.rows] == [5 * 48] * 3
    write_sheet(result, tmp_path / "sheet.png")


def test_the_model_s_own_confidence_is_measured_unasked(tmp_path: Path) -> None:
    """The left half is answered rightly and called likely, the right half is 40 degrees off and called unlikely."""
    reference, plate = field(CONSTANT, 64, 128), np.full((64, 128, 3), 0.3, np.float32)
    reference[:, 64:], plate[:, :64, 0], plate[:, 64:, 0] = turned(40.0), 0.65, 0.15
    write_pair(tmp_path / "data" / "one" / "a", reference)
    write_image(tmp_path / "data" / "one" / "a_plate.png", Image(plate, ("R", "G", "B"), color_space=SRGB))
    confident = measured(write_confident_model(tmp_path / "model", tilted=True), tmp_path / "data")
    told = confident.to_json()["calibration"]
    rows = told["sets"]["one"]["reliability"]
    assert (rows[0]["measured_degrees"], rows[-1]["measured_degrees"]) == pytest.approx((0.0, 40.0), abs=0.1)
    assert (rows[0]["confidence"], rows[-1]["confidence"]) == pytest.approx((0.65, 0.15), abs=0.01)
    assert (rows[0]["within"], rows[-1]["within"]) == (1.0, 0.0)
    assert told["all"]["ause_degrees"] < 0.5
    (row,) = confident.rows
    assert row.picture.shape == (64, 5 * 128, 3)
    assert row.picture[:, 4 * 128 + 5 : 4 * 128 + 50].mean() == pytest.approx(0.65 * 255, abs=2.0)
    silent = measured(write_confident_model(tmp_path / "silent", tilted=True, confident=False), tmp_path / "data")
    assert "calibration" not in silent.to_json()
    assert silent.rows[0].picture.shape == (64, 4 * 128, 3)
    assert silent.overall() == confident.overall()


def score_script() -> Path:
    shared = Path(os.environ.get("PLATELIGHT_SHARED", ROOT.parent / "shared"))
    script = shared / "checks" / "score_real_normals.py"
    if not script.is_file():
        pytest.skip("the independent scoring script is not on this machine")
    return script


def test_the_figures_are_those_of_an_independent_script(tmp_path: Path, rays_model: Path) -> None:
    script = score_script()
    rng = np.random.default_rng(3)
    for name, width in (("one/a", 48), ("one/b", 64), ("two/c", 80)):
        slopes = rng.normal(0.0, 0.6, (2, 4, 4))
        smooth = np.kron(slopes, np.ones((1, 12, width // 4)))
        normals = np.stack([*smooth, np.ones(smooth.shape[1:])], axis=2)
        normals /= np.linalg.norm(normals, axis=2, keepdims=True)
        alpha = (rng.random(normals.shape[:2]) > 0.3).astype(np.float32)
        write_pair(tmp_path / "sets" / name, normals.astype(np.float32), alpha)
        plate = tmp_path / "plates" / f"{name}_plate.png"
        plate.parent.mkdir(parents=True, exist_ok=True)
        plate.write_bytes((tmp_path / "sets" / f"{name}_plate.png").read_bytes())
    model = ["--model", str(rays_model), "--device", "cpu", "--threads", "1"]
    out = str(tmp_path / "out")
    assert entry(["normals", str(tmp_path / "plates"), "--out", out, "--keep-tree", "--no-preview", *model]) == 0
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "sets"), out], capture_output=True, text=True, check=True
    )
    result = measured(rays_model, tmp_path / "sets")
    rows = {**result.by_group(), "mean of sets": result.overall()}
    lines = {line[:20].strip(): line[24:].split() for line in done.stdout.splitlines()[1:]}
    assert set(lines) == set(rows) == {"one", "two", "mean of sets"}
    for name, figures in rows.items():
        mean, median, within_11, within_30 = (float(word) for word in lines[name][:4])
        # The script prints one decimal: 0.05 of rounding on top of 0.1 degree.
        assert figures.mean == pytest.approx(mean, abs=0.15)
        assert figures.median == pytest.approx(median, abs=0.15)
        assert figures.within_11_25 == pytest.approx(within_11, abs=0.5)
        assert figures.within_30 == pytest.approx(within_30, abs=0.5)
        assert 5.0 < figures.mean < 90.0
