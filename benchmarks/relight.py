"""Speed of relighting with eight lights, side by side: the Blink kernel, numpy, torch on the CPU, and a card if any.

    .venv/bin/python benchmarks/relight.py [--sizes 1920x1080,3840x2160] [--threads 1,2] [--rounds 5]
        [--json table.json] [--markdown] [--quick]

All get the same picture (every pixel has a surface, its own position, roughness, metalness, occlusion and albedo) and
the same lights, one of each kind and two more: directional, rectangle, rim, two points, two spots, ambient. Mode
multiply, result the picture. Rows:

blink kernel   nuke_plugin/blink/PlateRelight.blink, unmodified, compiled with g++ or clang++ at -O3 against the types
               of tests/nuke_plugin/blink, rows shared out among threads. Nuke compiles it otherwise: this is what the
               arithmetic costs, and no statement about Nuke
numpy          core.relight, as `platelight relight` runs it: one thread
torch          the TorchScript file that PlateRelight's second path gives to Nuke's Inference
torch CUDA     the same on a graphics card, the frame on the card already; only where there is one

ms        median of the rounds after one that does not count (three for torch, which compiles in the first ones);
          least and most are in the JSON file
of floor  times the least time that memory allows: the bytes that every way must read and write, 17 float32 channels in
          and 4 out for a pixel, over the bandwidth of a large copy measured in the same run with as many threads
          (a copy's read and write both count). On a card: its own copy
x numpy   how many times faster than numpy
worst     largest difference from numpy's picture, of the larger of 1 and the value

A way that cannot run here (no compiler, no torch, no card) has a line that says so. Leave the machine alone while it
runs. `--quick` tries everything out on tiny pictures; its times mean nothing.
"""

from __future__ import annotations

import argparse
import functools
import io
import itertools
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from relight_table import Row, render  # noqa: E402

from core.atomic import write_json  # noqa: E402
from core.bench.machine import processor  # noqa: E402
from core.bench.memory import copy_bandwidth  # noqa: E402
from core.bench.picture import lit_scene  # noqa: E402
from core.bench.relight import PIXEL_BYTES, eight_lights  # noqa: E402
from core.export.relight_numbers import packed_frame, relight_numbers  # noqa: E402
from core.relight.compose import relight  # noqa: E402
from core.relight.lights import Light  # noqa: E402
from core.relight.shade import Surface  # noqa: E402

__all__ = ["Row", "main", "measure", "render", "scene"]

FloatArray = npt.NDArray[np.float32]
_COPY_BYTES = 256 << 20


@dataclass(frozen=True)
class Scene:
    """`plate` (H, W, 3), what it shows, and all of it packed for the module, (1, 17, H, W)."""

    plate: FloatArray
    surface: Surface
    packed: FloatArray


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1920x1080,3840x2160")
    parser.add_argument(
        "--threads", default=f"1,{os.cpu_count() or 1}", help="for the kernel and torch [default: %(default)s]"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to a file")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--quick", action="store_true", help="tiny pictures, one round: only to see that it runs")
    given = parser.parse_args(arguments)
    sizes = [(96, 54), (64, 128)] if given.quick else [_size(text) for text in given.sizes.split(",")]
    threads = sorted({int(text) for text in given.threads.split(",")})
    rows, copies = measure(sizes, threads, 1 if given.quick else given.rounds, 4 << 20 if given.quick else _COPY_BYTES)
    machine: dict[str, Any] = {"processor": processor(), "processors": os.cpu_count(), "system": platform.platform()}
    machine["copy_gb_s"] = {name: round(value / 1e9, 2) for name, value in copies.items()}
    print(render(rows, machine, given.markdown))
    if given.json is not None:
        write_json(given.json, {"machine": machine, "rows": [asdict(row) for row in rows]})
    return 0


def measure(
    sizes: Sequence[tuple[int, int]], threads: Sequence[int], rounds: int, copy_bytes: int = _COPY_BYTES
) -> tuple[list[Row], dict[str, float]]:
    """Every way at every size, and the bandwidth of copies, bytes a second read and written, by number of threads."""
    copies = {f"{count} thread{'s' * (count > 1)}": copy_bandwidth(count, copy_bytes) for count in threads}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        kernel, kernel_note = _compiled(Path(folder))
        module, module_note = _scripted()
        for size in sizes:
            shot, on = scene(*size), eight_lights()
            seconds, reference = _timed(functools.partial(_beauty, shot, on), rounds)
            rows.append(_row("numpy", 1, size, seconds, copies["1 thread"] if 1 in threads else None, 0.0))
            for count in threads:
                bandwidth = copies[f"{count} thread{'s' * (count > 1)}"]
                rows.append(
                    _run_kernel(kernel, kernel_note, shot, on, count, rounds, bandwidth, reference)
                    if kernel is not None
                    else Row("blink kernel", count, size, note=kernel_note)
                )
            for count in threads:
                bandwidth = copies[f"{count} thread{'s' * (count > 1)}"]
                rows.append(
                    _run_torch(module, shot, on, count, rounds, bandwidth, reference)
                    if module is not None
                    else Row("torch", count, size, note=module_note)
                )
            rows.append(_run_cuda(module, module_note, shot, on, rounds, copy_bytes, copies, reference))
    return rows, copies


def scene(width: int, height: int) -> Scene:
    """The picture of `platelight bench`, with all of it packed for the module; the same for the same size."""
    shot = lit_scene(width, height)
    return Scene(shot.plate, shot.surface, packed_frame(shot.plate, shot.surface))


def _beauty(shot: Scene, on: list[Light]) -> FloatArray:
    return relight(shot.plate, shot.surface, on).beauty


def _run_kernel(
    kernel: Any,
    note: str,
    shot: Scene,
    on: list[Light],
    threads: int,
    rounds: int,
    bandwidth: float,
    expected: FloatArray,
) -> Row:
    height, width = shot.plate.shape[:2]
    whole = shot.packed[0].transpose(1, 2, 0)[::-1]
    one = np.ones((height, width, 1), dtype=np.float32)
    planes = {
        "plate": whole[..., 0:4],
        "normals": np.concatenate([whole[..., 4:7], one], axis=-1),
        "place": np.concatenate([whole[..., 7:10], one], axis=-1),
        "colours": np.concatenate([whole[..., 10:13], one], axis=-1),
        "maps": whole[..., 13:17],
    }
    read = [np.ascontiguousarray(planes[name]) for name in kernel.read]
    out = np.empty((height, width, 4), dtype=np.float32)
    kernel.set({name: _four(kernel, name, values) for name, values in relight_numbers(shot.surface, on).items()})
    # Four bands a thread, so that one that is done early takes another.
    rows = np.linspace(0, height, 4 * threads + 1).astype(int)
    bands = [(0, int(low), width, int(high)) for low, high in itertools.pairwise(rows)]
    with ThreadPoolExecutor(threads) as pool:

        def run() -> FloatArray:
            list(pool.map(lambda band: kernel.run(read, out, band), bands))
            return out

        seconds, made = _timed(run, rounds)
    return _row("blink kernel", threads, (width, height), seconds, bandwidth, _apart(made[::-1, :, :3], expected), note)


def _four(kernel: Any, name: str, values: tuple[float, ...]) -> tuple[float, ...]:
    """A parameter as the kernel declares it: one number, or four."""
    return values if kernel.source.parameters[name] != "float4" else (*values, 0.0, 0.0, 0.0)[:4]


def _run_torch(
    module: Any, shot: Scene, on: list[Light], threads: int, rounds: int, bandwidth: float, expected: FloatArray
) -> Row:
    import torch

    torch.set_num_threads(threads)
    _set(module, shot, on)
    frame = torch.from_numpy(shot.packed)

    def run() -> Any:
        with torch.no_grad():
            return module(frame)

    seconds, made = _timed(run, rounds, 3)
    picture = made[0, :3].numpy().transpose(1, 2, 0)
    return _row(
        "torch", threads, _of(shot), seconds, bandwidth, _apart(picture, expected), f"torch {torch.__version__}"
    )


def _run_cuda(
    module: Any,
    note: str,
    shot: Scene,
    on: list[Light],
    rounds: int,
    size: int,
    copies: dict[str, float],
    expected: FloatArray,
) -> Row:
    if module is None:
        return Row("torch CUDA", 0, _of(shot), note=note)
    import torch

    if not torch.cuda.is_available():
        return Row("torch CUDA", 0, _of(shot), note="no card here")
    name = torch.cuda.get_device_name()
    if name not in copies:
        source = torch.ones(size // 4, device="cuda")
        target = torch.empty_like(source)

        def copy() -> None:
            target.copy_(source)
            torch.cuda.synchronize()

        copies[name] = 2.0 * size / min(_timed(copy, 10)[0])
    _set(module, shot, on)
    frame = torch.from_numpy(shot.packed).cuda()

    def run() -> Any:
        with torch.no_grad():
            made = module(frame)
        torch.cuda.synchronize()
        return made

    seconds, made = _timed(run, max(rounds, 10), 5)
    picture = made[0, :3].cpu().numpy().transpose(1, 2, 0)
    told = f"torch {torch.__version__}, {name}; frame on the card"
    return _row("torch CUDA", 0, _of(shot), seconds, copies[name], _apart(picture, expected), told)


def _set(module: Any, shot: Scene, on: list[Light]) -> None:
    from core.export.relight_module import DEFAULTS

    for name, values in relight_numbers(shot.surface, on).items():
        for index, value in enumerate(values):
            attribute = name if len(values) == 1 else f"{name}_{index}"
            if attribute in DEFAULTS:
                setattr(module, attribute, float(value))


def _compiled(folder: Path) -> tuple[Any, str]:
    """The kernel, and the compiler's name; or None, and why."""
    from tests.nuke_plugin.blink.compiled import Kernel
    from tests.nuke_plugin.blink.kernel_source import KERNEL

    compiler = next((path for name in ("g++", "clang++") if (path := shutil.which(name))), None)
    if compiler is None:
        return None, "no C++ compiler here"
    return Kernel(KERNEL.read_text("utf-8"), folder, compiler, "-O3"), f"{Path(compiler).name} -O3, no -ffast-math"


def _scripted() -> tuple[Any, str]:
    """The module from the bytes that Nuke would be given; or None, and why."""
    try:
        import torch
    except ImportError as error:
        return None, f"no torch here ({error})"
    from core.export.relight_script import relight_script_bytes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.load(io.BytesIO(relight_script_bytes())), ""  # type: ignore[no-untyped-call]


def _timed(call: Callable[[], Any], rounds: int, before: int = 1) -> tuple[list[float], Any]:
    """Seconds of each round after some that do not count, and what the last one gave."""
    answer = None
    seconds: list[float] = []
    for _ in range(before):
        call()
    for _ in range(rounds):
        began = time.perf_counter()
        answer = call()
        seconds.append(time.perf_counter() - began)
    return seconds, answer


def _row(
    way: str,
    threads: int,
    size: tuple[int, int],
    seconds: list[float],
    bandwidth: float | None,
    worst: float,
    note: str = "",
) -> Row:
    ms = [1e3 * value for value in seconds]
    floor = None if bandwidth is None else 1e3 * size[0] * size[1] * PIXEL_BYTES / bandwidth
    return Row(way, threads, size, statistics.median(ms), min(ms), max(ms), floor, worst, note)


def _apart(made: FloatArray, expected: FloatArray) -> float:
    return float((np.abs(made - expected) / np.maximum(1.0, np.abs(expected))).max())


def _of(shot: Scene) -> tuple[int, int]:
    height, width = shot.plate.shape[:2]
    return width, height


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
