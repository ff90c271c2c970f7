"""A shipped model as the product runs it, beside a bare onnxruntime call of the same graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from core.bench.clock import in_turn
from core.bench.picture import made_plate
from core.bench.row import Row, Settings, compared
from core.inference.lens import Lens, plate_window
from core.inference.plate_normals import ViewSettings, make_views, predict, view_size
from core.inference.session import NormalsModel, open_model

__all__ = ["View", "bare_session", "measure_inference", "one_view"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """What a network is given of a plate: as `NormalsModel.run` takes it, and as ONNX Runtime does.

    Attributes:
        view: (H, W, 3) float32, 0..1.
        rays: (2, H, W) float32 slopes.
        feed: name -> (1, C, H, W), of the graph's own type.
    """

    view: FloatArray
    rays: FloatArray
    feed: Mapping[str, npt.NDArray[Any]]


@dataclass
class _Recorder:
    """Stands before a session and keeps what it is fed."""

    session: Any
    feeds: list[Mapping[str, npt.NDArray[Any]]] = field(default_factory=list)

    def get_inputs(self) -> Any:
        return self.session.get_inputs()

    def run(self, names: Sequence[str] | None, feed: Mapping[str, npt.NDArray[Any]]) -> Any:
        self.feeds.append(feed)
        return self.session.run(names, feed)


def measure_inference(settings: Settings) -> Iterator[Row]:
    """Yield rows for the shipped plate-normals model on the CPU: its network alone, and a whole plate in memory.

    Raises:
        FileMissing, ModelMismatch, MissingPart: the model cannot be opened.
    """
    model = open_model(None, "cpu", settings.threads)
    bare = bare_session(model, settings.threads)
    chosen = ViewSettings(size=32) if settings.quick else ViewSettings()
    height, width = (54, 96) if settings.quick else (1080, 1920)
    plate = made_plate(height, width, 1)
    seen = one_view(model, plate, chosen)
    times = in_turn(
        {"ours": lambda: model.run(seen.view, seen.rays), "bare": lambda: bare.run(None, seen.feed)},
        settings.rounds,
        settings.seconds,
    )
    what = f"network at {seen.view.shape[1]}x{seen.view.shape[0]}, float32"
    yield compared("inference", what, times["ours"], "onnxruntime bare", times["bare"], 1.0, "views/s")
    recorder = _Recorder(model.session)
    predict(NormalsModel(model.card, model.device, recorder), plate, settings=chosen)
    times = in_turn(
        {
            "ours": lambda: predict(model, plate, settings=chosen),
            "bare": lambda: [bare.run(None, feed) for feed in recorder.feeds],
        },
        settings.rounds,
        settings.seconds,
    )
    looks = len(recorder.feeds)
    beside = f"its {looks} network calls, onnxruntime bare"
    yield compared(
        "inference", f"plate {width}x{height} in memory", times["ours"], beside, times["bare"], 1.0, "plates/s"
    )


def bare_session(model: NormalsModel, threads: int) -> Any:
    """An ONNX Runtime session of the model's graph with nothing set but the number of threads."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(str(model.card.weights_path), options, providers=["CPUExecutionProvider"])


def one_view(model: NormalsModel, plate: FloatArray, settings: ViewSettings) -> View:
    """What the model sees of a whole plate, (H, W, 3) scene-linear, at the size that the settings ask for."""
    height, width = plate.shape[:2]
    size = view_size(model, height, width, settings)
    (view,) = make_views([plate], height, width, [size])
    rays = plate_window(width, height, Lens(), model.card.default_fov_degrees).rays(*size)
    kinds = {entry.name: np.float16 if "float16" in entry.type else np.float32 for entry in model.session.get_inputs()}
    feed = {
        "plate": np.ascontiguousarray(view.transpose(2, 0, 1)[None], dtype=kinds["plate"]),
        "rays": np.ascontiguousarray(rays[None], dtype=kinds["rays"]),
    }
    return View(view, rays, feed)
