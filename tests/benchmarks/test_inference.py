"""What the inference benchmark computes, on cases with known answers; no time is asserted."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.card import ModelCard
from core.errors import BadConfig

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in [name for name in sys.modules if name == "inference" or name.startswith("inference_")]:
        sys.modules.pop(name)


def _module(part: str = "") -> ModuleType:
    return importlib.import_module(f"inference_{part}" if part else "inference")


def _card(**details: Any) -> ModelCard:
    torch_task = pytest.importorskip("core.tasks")
    from core.training.config import TrainConfig

    config = TrainConfig(task="plate_normals", size=64, pretrained=False, model={"width": 8, "fine_width": 8})
    told = {"name": "small", "version": "1", "weights": "a.onnx", "sha256": "", "precision": "fp32"}
    card: ModelCard = torch_task.build_task(config).card({**told, "training": {"config": config.to_json()}, **details})
    return card


def _column(what: str = "bare", gflop: float | None = 2.0) -> Any:
    return _module("table").Column(what, "4k", 2160, 3840, 2176, 3840, gflop)


def test_sizes_are_names_or_width_by_height() -> None:
    parse = _module("table").parse_sizes
    assert parse("4K, 512,640x360") == {"4k": (2160, 3840), "512": (512, 512), "640x360": (360, 640)}
    assert parse("none") == {}
    for wrong in ("8k", "640", "640x", "axb", "4x640", "640x99999"):
        with pytest.raises(ValueError, match=wrong):
            parse(wrong)


def test_median_and_quartiles() -> None:
    timing = _module("table").timing
    found = timing([4.0, 1.0, 2.0, 3.0, 100.0])
    assert (found.low, found.median, found.high, found.runs) == (2.0, 3.0, 4.0, 5)
    one = timing([0.5])
    assert (one.low, one.median, one.high, one.runs) == (0.5, 0.5, 0.5, 1)
    with pytest.raises(ValueError, match="no run"):
        timing([])


def test_rates_follow_from_the_median() -> None:
    table = _module("table")
    cell = table.Cell("row", _column(gflop=2.0), table.timing([0.1, 0.04, 0.04]), peak=100.0)
    value = json.loads(json.dumps(cell.to_json()))
    assert value["images_per_second"] == pytest.approx(25.0)
    assert value["gflop_per_second"] == pytest.approx(50.0)
    assert value["share_of_peak"] == pytest.approx(0.5)
    unknown = table.Cell("row", _column(gflop=None), table.timing([0.1]), peak=100.0).to_json()
    assert unknown["gflop_per_second"] is None
    assert unknown["share_of_peak"] is None


def test_the_table_has_a_block_for_each_column_and_says_what_is_missing() -> None:
    table = _module("table")
    bare, whole = _column(), _column("whole", None)
    times = table.timing([0.0123, 0.0123])
    cells = [
        table.Cell("first", bare, times, 1000.0, 1.25, 300.4),
        table.Cell("second", bare, note="no compiler"),
        table.Cell("first", whole, times),
        table.Cell("second", whole),
    ]
    text = table.render(cells).split("\n\n")
    assert len(text) == 2
    title, heads, first, second = text[0].splitlines()
    assert "the network sees 3840x2176, 2 GFLOP" in title
    assert heads.split()[:2] == ["ms", "quartiles"]
    assert first.split() == ["first", "12.3", "12.3-12.3", "81.3", "163", "16", "300", "1.2"]
    assert second.split("  ")[-1] == "no compiler"
    assert "GFLOP" not in text[1].splitlines()[0]
    marked = table.render(cells, markdown=True)
    lines = [line for line in marked.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in lines}) == 1
    assert sum("not measured" in line for line in lines) == 1


def test_rows_of_a_gpu_appear_only_where_an_engine_can_use_one() -> None:
    rows = _module().rows
    keys = ["ort", "ort-static", "torch"]
    none = {"torch_gpu": False, "onnxruntime_gpu": False}
    assert [(one.key, device) for one, device in rows(keys, None, none)] == [(key, "cpu") for key in keys]
    assert rows(keys, "gpu", none) == []
    torch_only = none | {"torch_gpu": True}
    assert [(one.key, device) for one, device in rows(keys, "gpu", torch_only)] == [("torch", "gpu")]
    both = none | {"torch_gpu": True, "onnxruntime_gpu": True}
    found = [(one.key, device) for one, device in rows(keys, None, both)]
    assert found[3:] == [("ort", "gpu"), ("torch", "gpu")]  # int8 graphs are made for CPUs
    assert rows(keys, "cpu", both) == rows(keys, None, none)


def test_operations_of_known_convolutions() -> None:
    torch = pytest.importorskip("torch")

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense = torch.nn.Conv2d(5, 8, 3, padding=1, stride=2)
            self.depthwise = torch.nn.Conv2d(8, 8, 5, padding=2, groups=8)

        def forward(self, plate: Any, rays: Any) -> Any:
            found = self.depthwise(self.dense(torch.cat([plate, rays], 1)))
            return found, found  # as a network with a second output

    dense, depthwise = 8 * 5 * 9, 8 * 1 * 25
    expected = 2 * (dense + depthwise) * (32 // 2) * (48 // 2)  # multiply and add at every place of half the size
    assert _module("worker").gflop(Network(), 32, 48) * 1e9 == pytest.approx(expected)


def test_the_network_of_a_card_is_rebuilt_and_counts_by_the_pixel() -> None:
    pytest.importorskip("torch")
    network, source = _module("variants").build_network(_card(), None)
    assert "random weights" in source
    assert not network.training
    gflop = _module("worker").gflop
    assert gflop(network, 64, 128) == pytest.approx(2 * gflop(network, 64, 64))
    with pytest.raises(BadConfig, match="--run"):
        _module("variants").build_network(_card(training={}), None)


def test_columns_are_the_products_views_and_the_plates_own_pixels() -> None:
    card = _card(work_size=224)
    sizes = {"1080p": (1080, 1920), "4k": (2160, 3840)}
    found = [(one.what, one.plate, one.height, one.width) for one in _module("worker").columns(card, sizes, sizes)]
    assert found == [
        ("view", "1080p", 224, 384),
        ("view", "4k", 224, 384),
        ("whole", "1080p", 224, 384),
        ("whole", "4k", 224, 384),
        ("bare", "1080p", 1088, 1920),
        ("bare", "4k", 2176, 3840),
    ]


@pytest.mark.parametrize("sure", [False, True])
def test_a_torch_network_runs_the_whole_path_with_and_without_confidence(sure: bool) -> None:
    torch = pytest.importorskip("torch")
    from core.inference.plate_normals import ViewSettings, predict
    from core.inference.session import NormalsModel

    def network(plate: Any, rays: Any) -> Any:
        normals = torch.cat(
            [0.6 * torch.ones_like(plate[:, :1]), 0 * plate[:, :1], 0.8 * torch.ones_like(plate[:, :1])], 1
        )
        return (normals, 0.7 * torch.ones_like(plate[:, :1])) if sure else normals

    session = _module("variants").TorchSession(network, "cpu", channels_last=True)
    outputs = session.run(None, {"plate": np.zeros((1, 3, 32, 64), "f4"), "rays": np.zeros((1, 2, 32, 64), "f4")})
    assert [item.shape for item in outputs] == [(1, 3, 32, 64), (1, 1, 32, 64)][: 1 + sure]
    plate = _module("plates").made_plate(90, 120, 3)
    model = NormalsModel(_card(), "cpu", session)
    normals = predict(model, plate, settings=ViewSettings(size=64)).normals
    assert normals.shape == (90, 120, 3)
    assert np.allclose(normals, [0.6, 0.0, 0.8], atol=1e-5)


@pytest.mark.parametrize("name", ["plate_normals", "plate_normals_fast"])
def test_the_torch_network_of_a_shipped_card_answers_all_that_its_graph_does(name: str) -> None:
    pytest.importorskip("torch")
    from core.card import load_card

    card = load_card(name)
    network, _ = _module("variants").build_network(card, None)
    session = _module("variants").TorchSession(network, "cpu")
    feed = {"plate": np.zeros((1, 3, 64, 96), "f4"), "rays": np.zeros((1, 2, 64, 96), "f4")}
    outputs = session.run([port.name for port in card.outputs], feed)
    assert [item.shape[1] for item in outputs] == [port.channels for port in card.outputs]


def test_repeated_calls_end_with_the_runs_or_the_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = _module("worker")
    clock = [0.0]
    monkeypatch.setattr(worker.time, "perf_counter", lambda: clock[0])

    def call(lasting: list[float]) -> None:
        clock[0] += lasting.pop(0)

    first, times = worker.repeat(lambda lasting=[5.0, 2.0, 1.0, 1.5, 1.25]: call(lasting), 3, 100.0)
    assert (first, times) == (5.0, [1.0, 1.5, 1.25])  # the first and the warm-up do not count
    first, times = worker.repeat(lambda lasting=[9.0, 2.0, 2.0, 2.0]: call(lasting), 50, 5.0)
    assert (first, times) == (9.0, [2.0, 2.0])
    first, times = worker.repeat(lambda lasting=[60.0, 50.0]: call(lasting), 50, 5.0)
    assert (first, times) == (60.0, [50.0])  # one is always timed


def test_plates_to_calibrate_and_to_compare_are_others(tmp_path: Path) -> None:
    plates = _module("plates")
    assert plates.split(5) == ([0, 2, 4], [1, 3])
    assert plates.split(1) == ([0], [0])
    names = ["a_plate.png", "a_normals.exr", "b_plate.png", "c_plate.png", "d_plate.png"]
    for name in (*names, "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in plates.find_plates([tmp_path], 10)] == [name for name in names if "plate" in name]
    assert [path.name for path in plates.find_plates([tmp_path], 2)] == ["a_plate.png", "c_plate.png"]
    assert plates.find_plates([], 5) == []
    with pytest.raises(FileNotFoundError):
        plates.find_plates([tmp_path / "nothing"], 5)
    made = plates.made_plate(20, 30, 4)
    assert made.shape == (20, 30, 3)
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert not np.array_equal(made, plates.made_plate(20, 30, 5))


def _graph(path: Path) -> None:
    """plate -> (plate - 0.5) -> two convolutions with a ReLU between -> divided by 2 -> normals."""
    onnx = pytest.importorskip("onnx")
    helper, tensor = onnx.helper, onnx.TensorProto
    rng = np.random.default_rng(0)
    constants = {
        "half": np.array(0.5, "f4"),
        "two": np.array(2.0, "f4"),
        "filters": rng.normal(0, 0.2, (8, 3, 3, 3)).astype("f4"),
        "last": rng.normal(0, 0.2, (3, 8, 3, 3)).astype("f4"),
    }
    nodes = [
        helper.make_node("Sub", ["plate", "half"], ["centred"], name="centre"),
        helper.make_node("Conv", ["centred", "filters"], ["wide"], name="widen", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["wide"], ["positive"], name="relu"),
        helper.make_node("Conv", ["positive", "last"], ["narrow"], name="narrow", pads=[1, 1, 1, 1]),
        helper.make_node("Div", ["narrow", "two"], ["normals"], name="scale"),
    ]
    ports = [helper.make_tensor_value_info(name, tensor.FLOAT, [1, 3, "H", "W"]) for name in ("plate", "normals")]
    graph = helper.make_graph(
        nodes,
        "small",
        ports[:1],
        ports[1:],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))


def _answer(path: Path, feed: dict[str, Any]) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, feed)[0]


def _kinds(path: Path) -> set[str]:
    import onnx

    return {node.op_type for node in onnx.load(str(path)).graph.node}


def test_filters_stored_as_half_become_float_constants_again(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    from core.export.half import halve_weights

    _graph(tmp_path / "whole.onnx")
    halve_weights(tmp_path / "whole.onnx", tmp_path / "half.onnx")
    assert "Cast" in _kinds(tmp_path / "half.onnx")
    model = _module("int8").float_graph(tmp_path / "half.onnx")
    onnx.save(model, str(tmp_path / "float.onnx"))
    assert "Cast" not in _kinds(tmp_path / "float.onnx")
    assert _module("int8").convolution_shapes(model) == [(3, 8, 3, 3), (8, 3, 3, 3)]
    feed = {"plate": np.random.default_rng(1).random((1, 3, 16, 24), dtype="f4")}
    assert np.allclose(_answer(tmp_path / "half.onnx", feed), _answer(tmp_path / "float.onnx", feed), atol=1e-6)


def test_only_what_lies_between_convolutions_may_lose_bits(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    _graph(tmp_path / "whole.onnx")
    assert _module("int8").outside_convolutions(onnx.load(str(tmp_path / "whole.onnx"))) == ["centre", "scale"]


def test_quantised_graphs_hold_integers_and_answer_nearly_the_same(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    int8 = _module("int8")
    _graph(tmp_path / "whole.onnx")
    rng = np.random.default_rng(2)
    feeds = [{"plate": rng.random((1, 3, 16, 24), dtype="f4")} for _ in range(3)]
    int8.quantise_dynamic(tmp_path / "whole.onnx", tmp_path / "dynamic.onnx")
    int8.quantise_static(tmp_path / "whole.onnx", tmp_path / "static.onnx", feeds[:2])
    assert "ConvInteger" in _kinds(tmp_path / "dynamic.onnx")
    assert {"QuantizeLinear", "DequantizeLinear"} <= _kinds(tmp_path / "static.onnx")
    exact = _answer(tmp_path / "whole.onnx", feeds[2])
    for name in ("dynamic", "static"):
        difference = np.abs(_answer(tmp_path / f"{name}.onnx", feeds[2]) - exact).max()
        assert 0 < difference < 0.1 * np.abs(exact).max()


@pytest.mark.slow
def test_a_process_that_fails_or_takes_too_long_leaves_a_note() -> None:
    child = _module().child
    ready = {"job": "prepare", "run": None, "folder": "", "sizes": {}, "bare": {}, "int8": [], "plates": []}
    assert "no such model" in child({**ready, "model": "nothing", "method": "minmax", "limit": 1}, 120.0)["note"]
    assert "not done after" in child({"job": "look"}, 0.01)["note"]


@pytest.mark.slow
def test_a_small_run_fills_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "table.json"
    options = ["--sizes", "none", "--bare", "64x33", "--variants", "ort", "--runs", "2", "--peak-size", "32"]
    assert _module().main([*options, "--threads", "1", "--device", "cpu", "--out", str(out)]) == 0
    (model,) = json.loads(out.read_text("utf-8"))["models"]
    (cell,) = model["cells"]
    assert cell["column"] | {"gflop": None} == {
        "what": "bare",
        "plate": "64x33",
        "plate_height": 33,
        "plate_width": 64,
        "height": 64,
        "width": 64,
        "gflop": None,
    }
    assert cell["timing"]["runs"] == 2
    assert cell["mib"] > 10
    assert cell["note"] == ""
    assert "onnxruntime fp32" in capsys.readouterr().out
