"""Speed of one network side by side: ONNX Runtime and torch, in float32 and in fewer bits, on the CPU and on a GPU.

    .venv/bin/python benchmarks/inference.py [--model NAME ...] [--run RUN_FOLDER] [--sizes 512,1080p,4k]
        [--bare 512,1080p,4k] [--plates PATH ...] [--device cpu|gpu] [--out table.json] [--markdown]

Rows are the variants (`inference_variants.py`). Columns are, for each size of plate: the network alone at the view that
the product makes of the plate (the card's work size), the whole path `predict` from a plate in memory to normals of the
plate's size, and the network alone at the plate's own pixels, rounded up to the multiple that it needs. `--bare` says
for which sizes the last is measured ("none": for none); 4K, 3840x2176, takes several GiB.

ms          median of `--runs` runs after two that do not count, with the quartiles beside it; fewer runs where they
            would take more than `--seconds`
GFLOP       of the network's convolutions, a multiply-add counting as two (`torch.utils.flop_counter`): the line above
peak %      the network's GFLOP over the time, as a share of what one large `torch.mm` reaches in this run in the same
            arithmetic: fp32 for fp32 and int8 rows, bf16 for autocast, TF32 on a GPU. On the whole path the time of the
            rest of the product is in it
MiB         largest resident memory; every figure comes from a process of its own
start s     loading, compiling and the first answer; Python's imports are left out

Torch's weights come from `--run`; without it the same network is built anew with random ones, since speed does not
depend on values, and the table says so. With `--run` and no `--model` the graph is exported from the run, so that all
rows run the same weights. The angle between the answers of int8 or bf16 and those of float32 is measured on every other
plate of `--plates`; the rest calibrate. Without plates, made ones are used, which say little of photographs.

A variant that cannot run here (no compiler, no torch, out of memory, out of time) has a line that says so. Rows of a
GPU appear where there is one. Exit code 2: wrong arguments, or nothing to measure on the device asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from inference_table import Cell, Column, parse_sizes, render, timing  # noqa: E402
from inference_variants import VARIANTS, Variant  # noqa: E402

from core.atomic import write_json  # noqa: E402

__all__ = ["child", "main", "rows"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0, or 2 where nothing can be measured."""
    options = _options(arguments)
    machine = child({"job": "look"}, options.timeout)
    if "note" in machine:
        print(machine["note"], file=sys.stderr)
        return 2
    chosen = rows(options.variants, options.device, machine)
    if not chosen:
        print(
            f"nothing to measure on {options.device or 'this machine'}: no GPU that an engine can use", file=sys.stderr
        )
        return 2
    threads = options.threads or machine["cores"]
    print(_heading(machine, threads), flush=True)
    peaks = _peaks(chosen, threads, options)
    found: dict[str, Any] = {"format": 1, "machine": machine, "threads": threads, "peaks": peaks, "models": []}
    for model in options.model or [None if options.run else "plate_normals"]:
        with tempfile.TemporaryDirectory(prefix="platelight-benchmark-") as folder:
            measured = _model(model, chosen, peaks, threads, Path(folder), options)
        if "note" in measured:
            print(measured["note"], file=sys.stderr)
            return 2
        found["models"].append(measured)
        if options.out:
            write_json(options.out, found)
    return 0


def rows(keys: Sequence[str], device: str | None, machine: Mapping[str, Any]) -> list[tuple[Variant, str]]:
    """Variants with the device that each runs on: those of the CPU, then those of a GPU where there is one.

    Args:
        keys: of `VARIANTS`, in the order of the rows.
        device: "cpu" or "gpu"; None: both.
        machine: `torch_gpu` and `onnxruntime_gpu` say which engine can use a GPU.
    """
    chosen = [VARIANTS[key] for key in keys]
    found = [(one, "cpu") for one in chosen] if device != "gpu" else []
    if device != "cpu":
        found += [(one, "gpu") for one in chosen if one.gpu and machine[f"{one.engine}_gpu"]]
    return found


def child(job: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    """The answer of `inference_worker.py` to one job; {"note": why} where it ran out of time or died.

    Args:
        job: what `inference_worker.main` takes.
        timeout: seconds; the worker and the compilers that it started are ended after that.
    """
    threads = str(job.get("threads", 1))
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": threads}
    with tempfile.TemporaryDirectory(prefix="platelight-answer-") as folder:
        answer = Path(folder) / "answer.json"
        errors = Path(folder) / "errors.txt"
        # Compiled code of an earlier run must not make this one's start look quick.
        environment["TORCHINDUCTOR_CACHE_DIR"] = str(Path(folder) / "compiled")
        command = [sys.executable, str(Path(__file__).with_name("inference_worker.py")), json.dumps(job), str(answer)]
        with errors.open("wb") as log:
            worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
            try:
                code = worker.wait(timeout)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                _end(worker)
        if code is None:
            return {"note": f"not done after {timeout:.0f} s"}
        if code == -signal.SIGKILL:
            return {"note": "killed by the system, most likely for its memory"}
        if not answer.is_file():
            lines = errors.read_text("utf-8", "replace").strip().splitlines()
            return {"note": f"died with exit code {code}: {lines[-1] if lines else 'no message'}"}
        value: dict[str, Any] = json.loads(answer.read_text("utf-8"))
        return value


def _end(worker: subprocess.Popen[bytes]) -> None:
    """End the worker and what it started: inductor's compile processes outlive it otherwise."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speed of inference side by side.")
    parser.add_argument(
        "--model", nargs="+", help="shipped models or paths; default plate_normals, or --run's own graph"
    )
    parser.add_argument("--run", type=Path, help="folder of a training run: torch's weights")
    parser.add_argument("--sizes", type=parse_sizes, default=parse_sizes("512,1080p,4k"), help="of plates")
    parser.add_argument("--bare", type=parse_sizes, help="sizes seen at their own pixels; default: those of --sizes")
    parser.add_argument("--variants", nargs="+", choices=[*VARIANTS], default=[*VARIANTS])
    parser.add_argument("--device", choices=["cpu", "gpu"], help="default: the CPU, and a GPU where there is one")
    parser.add_argument("--threads", type=int, help="default: all cores")
    parser.add_argument("--plates", nargs="+", type=Path, default=[], help="files or folders: calibration and angles")
    parser.add_argument("--plate-limit", type=int, default=32)
    parser.add_argument("--calibration", choices=["minmax", "entropy", "percentile"], default="minmax")
    parser.add_argument("--runs", type=int, default=15, help="timed for each figure")
    parser.add_argument("--seconds", type=float, default=20.0, help="after which a figure has enough runs")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for each process")
    parser.add_argument("--peak-size", type=int, default=4096, help="side of the matrices")
    parser.add_argument("--out", type=Path, help="JSON file for all of it")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args(arguments)
    options.bare = options.sizes if options.bare is None else options.bare
    if min(options.runs, options.peak_size, options.plate_limit, options.threads or 1) < 1:
        parser.error("--runs, --peak-size, --plate-limit and --threads are 1 or more")
    if not options.sizes and not options.bare:
        parser.error("no size to measure")
    for path in (*options.plates, *filter(None, [options.run])):
        if not path.exists():
            parser.error(f"{path}: no such file or folder")
    return options


def _heading(machine: Mapping[str, Any], threads: int) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = "" if machine["load"] is None else f", load {machine['load']:.1f}"
    gpu = f"; {machine['gpu']}" if machine["gpu"] else "; no GPU"
    instructions = " ".join(machine["instructions"])
    return (
        f"{machine['processor']} ({instructions}), {machine['cores']} cores, {threads} threads{load}{gpu}\n{versions}"
    )


def _peaks(chosen: Sequence[tuple[Variant, str]], threads: int, options: argparse.Namespace) -> dict[str, Any]:
    """GFLOP/s by "device arithmetic", of those that rows are held against; None where it could not be measured."""
    found: dict[str, Any] = {}
    for variant, device in chosen:
        name = f"{device} {variant.arithmetic(device)}"
        if name not in found:
            job = {"job": "peak", "device": device, "arithmetic": variant.arithmetic(device)}
            # A processor without bf16 arithmetic takes minutes for what it otherwise does in a second.
            answer = child(
                {**job, "size": options.peak_size, "threads": threads, "seconds": options.seconds}, options.timeout
            )
            found[name] = answer.get("gflop_per_second")
            told = f"{found[name]:.0f} GFLOP/s" if found[name] else answer["note"]
            print(f"peak, torch.mm of {options.peak_size}, {name}: {told}", flush=True)
    return found


def _model(
    model: str | None,
    chosen: Sequence[tuple[Variant, str]],
    peaks: Mapping[str, Any],
    threads: int,
    folder: Path,
    options: argparse.Namespace,
) -> dict[str, Any]:
    run = str(options.run) if options.run else None
    plates = {"plates": [str(path) for path in options.plates], "limit": options.plate_limit}
    job = {"job": "prepare", "model": model, "run": run, "folder": str(folder), "sizes": options.sizes}
    job |= {"bare": options.bare, "method": options.calibration, **plates}
    job["int8"] = [variant.graph for variant, _ in chosen if variant.graph != "model"]
    ready = child(job, 2 * options.timeout)
    if "note" in ready:
        return ready
    print(f"\nmodel {ready['name']}, work size {ready['work_size']}; torch: {ready['torch']}")
    if ready["same_network"] is False:
        print("torch's filters have other shapes than the graph's: the two engines run different networks")
    common = {"model": ready["model"], "graphs": ready["graphs"], "run": run, "threads": threads}
    cells = []
    for column in (Column(**value) for value in ready["columns"]):
        block = [_cell(variant, device, column, common, ready, peaks, options) for variant, device in chosen]
        print(f"\n{render(block, options.markdown)}", flush=True)
        cells += block
    angles = _angles(chosen, common | plates, ready, options)
    graph = {name: ready[name] for name in ("name", "work_size", "torch", "same_network")}
    return {**graph, "cells": [cell.to_json() for cell in cells], "angles": angles}


def _cell(
    variant: Variant,
    device: str,
    column: Column,
    common: Mapping[str, Any],
    ready: Mapping[str, Any],
    peaks: Mapping[str, Any],
    options: argparse.Namespace,
) -> Cell:
    label = _label(variant, device)
    missing = _missing(variant, ready)
    if missing:
        return Cell(label, column, note=missing)
    print(f"{column.what} {column.plate}: {label}", file=sys.stderr, flush=True)  # the table waits for a whole block
    job = {"job": "time", "variant": variant.key, "device": device, "column": column.to_json(), **common}
    answer = child({**job, "runs": options.runs, "seconds": options.seconds}, options.timeout)
    if "note" in answer:
        return Cell(label, column, note=answer["note"])
    peak = peaks.get(f"{device} {variant.arithmetic(device)}")
    times = timing(answer["seconds"])
    return Cell(label, column, times, peak, answer["start"], answer["mib"], answer["device_mib"])


def _angles(
    chosen: Sequence[tuple[Variant, str]],
    common: Mapping[str, Any],
    ready: Mapping[str, Any],
    options: argparse.Namespace,
) -> dict[str, Any]:
    """By row: how far its answer is from that of the same weights in float32, where it differs beyond rounding."""
    found: dict[str, Any] = {}
    for variant, device in chosen:
        if variant.graph == "model" and not variant.autocast:
            continue
        missing = _missing(variant, ready)
        if variant.engine == "torch" and options.run is None:
            missing = missing or "random weights have no answer to compare"
        reference = "ort" if variant.engine == "onnxruntime" else "torch"
        job = {"job": "compare", "variant": variant.key, "reference": reference, "device": device, **common}
        found[_label(variant, device)] = {"note": missing} if missing else child(job, options.timeout)
    if found:
        print("\nangle to the float32 answer of the same weights, all pixels, degrees")
    for label, answer in found.items():
        print(f"{label}: {_angle_text(answer)}", flush=True)
    return found


def _angle_text(answer: Mapping[str, Any]) -> str:
    if "note" in answer:
        return str(answer["note"])
    kind = "made plates, which say little of photographs" if answer["made"] else "plates not calibrated with"
    mean, high = answer["mean_degrees"], answer["p95_degrees"]
    return f"mean {mean:.2f}, 95th percentile {high:.2f} ({answer['plates']} {kind})"


def _missing(variant: Variant, ready: Mapping[str, Any]) -> str:
    """Why there is nothing to run, or an empty string."""
    if variant.engine == "torch" and ready.get("no_torch"):
        return str(ready["torch"])
    return str(ready["notes"].get(variant.graph, ""))


def _label(variant: Variant, device: str) -> str:
    return variant.label if device == "cpu" else f"{variant.label}, GPU"


if __name__ == "__main__":
    sys.exit(main())
