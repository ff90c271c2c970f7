"""One measurement of `inference.py`, in a process of its own: its peak memory and its settings touch no other.

    python inference_worker.py JOB_JSON ANSWER_FILE

The job is an object whose "job" names a function below; the answer is JSON, with "note" where there is no figure.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import inference_int8
import numpy as np
import numpy.typing as npt
from inference_plates import find_plates, load_plate, made_plate, split
from inference_table import Column
from inference_variants import VARIANTS, build_network, open_variant

from core.card import ModelCard, load_card
from core.errors import PlatelightError
from core.inference.lens import Lens, plate_window
from core.inference.plate_normals import ViewSettings, make_views, predict, view_size
from core.inference.session import NormalsModel
from core.normals import angular_error_degrees

__all__ = ["columns", "compare", "gflop", "look", "main", "peak", "prepare", "repeat", "time_variant"]

FloatArray = npt.NDArray[np.float32]

_WARM_UPS = 2


def main(arguments: Sequence[str]) -> int:
    """Do the job and write its answer; 0."""
    job, target = json.loads(arguments[0]), Path(arguments[1])
    jobs: dict[str, Callable[..., dict[str, Any]]] = {
        "look": look,
        "prepare": prepare,
        "peak": peak,
        "time": time_variant,
        "compare": compare,
    }
    try:
        answer = jobs[job.pop("job")](**job)
    except PlatelightError as error:
        answer = {"note": str(error)}
    except Exception as error:  # torch's and ONNX Runtime's own share no root; the other rows are still to be measured
        lines = str(error).strip().splitlines()
        answer = {"note": f"failed: {type(error).__name__}: {lines[0] if lines else ''}"}
    target.write_text(json.dumps(answer), "utf-8")
    return 0


def look() -> dict[str, Any]:
    """Processor, cores, load, versions, and which engines can use a GPU."""
    found: dict[str, Any] = {"torch_gpu": False, "onnxruntime_gpu": False, "gpu": None}
    try:
        import torch

        found["torch_gpu"] = torch.cuda.is_available()
        found["gpu"] = torch.cuda.get_device_name() if found["torch_gpu"] else None
    except ImportError:
        pass
    import onnxruntime

    # The GPU build names its provider on every machine; only the device file says that there is a GPU.
    here = bool(found["torch_gpu"]) or Path("/dev/nvidia0").exists()
    found["onnxruntime_gpu"] = here and "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text("utf-8").splitlines() if cpu.is_file() else []
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = facts.get("flags", "").split()
    found["processor"] = facts.get("model name", platform.processor())
    found["instructions"] = [
        name for name in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8") if name in flags
    ]
    found["cores"] = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found["load"] = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    found["versions"] = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for package in ("numpy", "torch", "onnxruntime", "onnxruntime-gpu"):
        try:
            found["versions"][package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def prepare(
    model: str | None,
    run: str | None,
    folder: str,
    sizes: Mapping[str, tuple[int, int]],
    bare: Mapping[str, tuple[int, int]],
    int8: Sequence[str],
    plates: Sequence[str],
    method: str,
    limit: int,
) -> dict[str, Any]:
    """What the other jobs need: the graphs, and what each column costs.

    Args:
        model: name or path; None: the graph is exported from `run`, so that all rows run the same weights.
        run: folder of a training run, or None.
        folder: for graphs that are made.
        sizes, bare: name -> height and width of the plates of the whole path, and of those seen at their own pixels.
        int8: which of "dynamic" and "static" to make.
        plates: files and folders for calibration.
        method: see `inference_int8.METHODS`.
        limit: plates at most, for calibration and comparison together.
    """
    if model is None:
        from core.export import export_run

        assert run is not None
        export_run(Path(run), Path(folder) / "exported", precision="fp32", name=Path(run).name)
        model = str(Path(folder) / "exported")
    card = load_card(model)
    found: dict[str, Any] = {"model": model, "name": f"{card.name} {card.version}", "work_size": card.work_size}
    shapes = None
    wanted = columns(card, sizes, bare)
    try:
        network, found["torch"] = build_network(card, Path(run) if run else None)
    except PlatelightError as error:
        found["torch"], found["no_torch"] = str(error), True
    else:
        shapes = sorted(tuple(value.shape) for value in network.state_dict().values() if value.ndim == 4)
        wanted = [Column(**{**one.to_json(), "gflop": gflop(network, one.height, one.width)}) for one in wanted]
    found["columns"] = [one.to_json() for one in wanted]
    graph = inference_int8.float_graph(card.weights_path)
    found["same_network"] = None if shapes is None else shapes == inference_int8.convolution_shapes(graph)
    found["graphs"], found["notes"] = _eight_bit(card, graph, Path(folder), int8, plates, method, limit)
    return found


def columns(card: ModelCard, sizes: Mapping[str, tuple[int, int]], bare: Mapping[str, tuple[int, int]]) -> list[Column]:
    """What is measured: of each size the network on the product's view, then the whole path; then the network on whole
    plates, their sides rounded up to the multiple that the model needs."""
    model = NormalsModel(card=card, device="cpu", session=None)
    found = []
    for what in ("view", "whole"):
        for name, (height, width) in sizes.items():
            found.append(Column(what, name, height, width, *view_size(model, height, width, ViewSettings())))
    step = card.multiple_of
    for name, (height, width) in bare.items():
        found.append(Column("bare", name, height, width, *(-(-side // step) * step for side in (height, width))))
    return found


def gflop(network: Any, height: int, width: int) -> float:
    """10^9 operations of one picture: convolutions and matrix multiplications, a multiply-add counting as two.

    Counted on tensors without storage, so that 4K costs neither time nor memory. Adding, scaling and upsampling are
    left out, as is usual.

    Args:
        network: takes plate (1, 3, H, W) and rays (1, 2, H, W); it is left without weights.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    network = network.to("meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.empty(1, 3, height, width, device="meta"), torch.empty(1, 2, height, width, device="meta"))
    return float(counter.get_total_flops()) / 1e9


def _eight_bit(
    card: ModelCard, graph: Any, folder: Path, kinds: Sequence[str], plates: Sequence[str], method: str, limit: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Paths of the graphs that could be made, and why the others could not."""
    import onnx

    paths, notes = {}, {}
    source = folder / "float.onnx"
    onnx.save(graph, str(source))
    for kind in kinds:
        target = folder / f"{kind}.onnx"
        try:
            if kind == "dynamic":
                inference_int8.quantise_dynamic(source, target)
            else:
                inference_int8.quantise_static(source, target, _calibration(card, plates, limit), method)
        except Exception as error:  # whatever the quantiser cannot do is a finding, not a reason to stop
            notes[kind] = f"cannot be quantised: {type(error).__name__}: {str(error).splitlines()[:1]}"
        else:
            paths[kind] = str(target)
    return paths, notes


def _calibration(card: ModelCard, plates: Sequence[str], limit: int) -> Iterator[dict[str, FloatArray]]:
    every = _plates(plates, limit, card)
    for number in split(len(every))[0]:
        yield _feed(card, every[number]())


def _plates(paths: Sequence[str], limit: int, card: ModelCard) -> list[Callable[[], FloatArray]]:
    """A way to each plate: given ones, or made ones of the size that the model knows."""
    found = find_plates([Path(path) for path in paths], limit)
    if found:
        return [lambda path=path: load_plate(path) for path in found]  # type: ignore[misc]
    side = card.work_size
    return [lambda seed=seed: made_plate(side, side * 4 // 3, seed) for seed in range(min(8, limit))]  # type: ignore[misc]


def _feed(card: ModelCard, plate: FloatArray) -> dict[str, FloatArray]:
    """What the network is given of a plate, as `core.inference.plate_normals.predict` does."""
    height, width = plate.shape[:2]
    model = NormalsModel(card=card, device="cpu", session=None)
    size = view_size(model, height, width, ViewSettings())
    (view,) = make_views([plate], height, width, [size])
    rays = plate_window(width, height, Lens(), card.default_fov_degrees).rays(*size)
    return {"plate": np.ascontiguousarray(view.transpose(2, 0, 1)[None]), "rays": np.ascontiguousarray(rays[None])}


def peak(device: str, arithmetic: str, size: int, threads: int, seconds: float) -> dict[str, Any]:
    """GFLOP/s of the quickest of several products of two square matrices of `size`, by torch, in one arithmetic.

    The quickest, since a peak is what the machine can do; a product of N x N matrices is 2 N^3 operations.
    """
    import torch

    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = arithmetic == "tf32"
    place = torch.device("cuda" if device == "gpu" else "cpu")
    kind = torch.bfloat16 if arithmetic == "bf16" else torch.float32
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(size, size, generator=generator).to(place, kind) for _ in range(2))

    def product() -> None:
        torch.mm(first, second)
        if device == "gpu":
            torch.cuda.synchronize()

    _, times = repeat(product, 20, seconds)
    return {"gflop_per_second": 2.0 * size**3 / min(times) / 1e9, "runs": len(times)}


def repeat(call: Callable[[], object], runs: int, seconds: float) -> tuple[float, list[float]]:
    """Seconds of the first call, and those of at most `runs` further ones after the warm-up.

    Warm-ups and timed calls stop once `seconds` are over, but one call is always timed.
    """
    times: list[float] = []
    started = time.perf_counter()
    call()
    first = time.perf_counter() - started
    for number in range(_WARM_UPS - 1 + runs):
        began = time.perf_counter()
        call()
        now = time.perf_counter()
        if number >= _WARM_UPS - 1 or now - started - first > seconds:
            times.append(now - began)
        if times and now - started - first > seconds:
            break
    return first, times


def time_variant(
    variant: str,
    device: str,
    column: Mapping[str, Any],
    model: str,
    graphs: Mapping[str, str],
    run: str | None,
    threads: int,
    runs: int,
    seconds: float,
) -> dict[str, Any]:
    """Times of one variant on one column, its start, and the largest memory of this process."""
    one = Column(**column)
    if VARIANTS[variant].engine == "torch":
        import torch  # noqa: F401  imports are no part of the start
    else:
        import onnxruntime  # noqa: F401
    plate = made_plate(one.plate_height, one.plate_width, 1) if one.what == "whole" else None
    noise = np.random.default_rng(0).random((1, 3, one.height, one.width), dtype=np.float32)
    started = time.perf_counter()
    opened = open_variant(VARIANTS[variant], device, threads, model, graphs, Path(run) if run else None)
    loading = time.perf_counter() - started
    if plate is None:
        rays = plate_window(one.width, one.height, Lens(), opened.card.default_fov_degrees).rays(one.height, one.width)
        kinds = {
            item.name: np.float16 if "float16" in item.type else np.float32 for item in opened.session.get_inputs()
        }
        feed = {"plate": noise.astype(kinds["plate"]), "rays": np.ascontiguousarray(rays[None], dtype=kinds["rays"])}
        first, times = repeat(lambda: opened.session.run(None, feed), runs, seconds)
    else:
        first, times = repeat(lambda: predict(opened, plate), runs, seconds)
    return {"seconds": times, "start": loading + first, "mib": _peak_mib(), "device_mib": _device_mib(device)}


def compare(
    variant: str,
    reference: str,
    model: str,
    graphs: Mapping[str, str],
    run: str | None,
    device: str,
    threads: int,
    plates: Sequence[str],
    limit: int,
) -> dict[str, Any]:
    """Angle between a variant's answer and that of the same weights in float32 on the CPU, at the network's view.

    Returns:
        Mean and 95th percentile in degrees over all pixels of all plates that were not calibrated with, and how many
        plates those are.
    """
    folder = Path(run) if run else None
    exact = open_variant(VARIANTS[reference], "cpu", threads, model, graphs, folder)
    other = open_variant(VARIANTS[variant], device, threads, model, graphs, folder)
    every = _plates(plates, limit, exact.card)
    angles = []
    for number in split(len(every))[1]:
        feed = _feed(exact.card, every[number]())
        first, second = (opened.session.run(["normals"], feed)[0][0].transpose(1, 2, 0) for opened in (exact, other))
        angles.append(angular_error_degrees(second, first).ravel())
    found = np.concatenate(angles)
    return {
        "mean_degrees": float(found.mean()),
        "p95_degrees": float(np.percentile(found, 95)),
        "plates": len(angles),
        "made": not plates,
    }


def _peak_mib() -> float:
    """Largest resident memory of this process so far, MiB.

    Linux's own figure for a process starts anew with it; that of `getrusage` begins at what its parent held.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) / 1024
    import resource

    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / (
        1 << 20 if sys.platform == "darwin" else 1 << 10
    )


def _device_mib(device: str) -> float | None:
    torch = sys.modules.get("torch")
    if device != "gpu" or torch is None:
        return None
    return float(torch.cuda.max_memory_allocated()) / (1 << 20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
