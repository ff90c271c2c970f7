"""What this machine has, as plain data: each part is asked in a child process, so that none can take the asker down.

A library with a broken driver may abort its process or hang at import; here it costs one line in the answer. The parts
are asked side by side, because most of the time goes into starting interpreters.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from core import card
from core.cli.hosts import find_hosts
from core.cores import usable_cores
from core.errors import PlatelightError
from core.inference.runtime import installed_runtimes, runtime_problem
from scene_generator.renderers.llvm import find_llvm, probe_variant

__all__ = ["RENDERER_VARIANTS", "ask_child", "shipped_models", "survey"]

RENDERER_VARIANTS = ("llvm_ad_rgb", "scalar_rgb")
"""Mitsuba variants the generator can use, the faster first."""

_IMAGES = """
import os
import OpenImageIO
from core.color import color_space_names
answer = {"OpenImageIO": OpenImageIO.__version__, "ocio_config": os.environ.get("OCIO") or "ocio://default",
          "color_spaces": len(color_space_names())}
"""

_RUNTIME = """
import onnxruntime
answer = {"version": onnxruntime.__version__, "providers": onnxruntime.get_available_providers()}
"""

_TORCH = """
import torch
answer = {"version": torch.__version__, "cuda_build": torch.version.cuda, "cuda_available": torch.cuda.is_available(),
          "threads": torch.get_num_threads(),
          "devices": [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]}
"""

# A grey with noise has to come back smoother, on the processor, as the generator uses it.
_DENOISER = """
import numpy
import mitsuba_oidn
noisy = numpy.random.default_rng(0).uniform(0.2, 0.8, (32, 32, 3)).astype(numpy.float32)
calm = numpy.asarray(mitsuba_oidn.denoise(noisy, hdr=True))
if not numpy.isfinite(calm).all() or calm.std() > 0.9 * noisy.std():
    raise SystemExit("the picture came back as noisy as it went in")
answer = {"version": mitsuba_oidn.__version__}
"""


def survey(timeout_s: float = 60.0) -> dict[str, Any]:
    """Ask this machine what it has.

    Args:
        timeout_s: seconds after which a part that does not answer is reported as such.

    Returns:
        A JSON-ready dictionary with the keys `platelight`, `machine`, `gpus`, `images`, `renderers`, `denoiser`,
        `onnxruntime`, `torch`, `models` and `hosts`. A part that does not work holds `problem`: one line with the
        remedy where one is known, and null where all is well. Raises nothing on account of a missing part.
    """
    parts: dict[str, Callable[[], Any]] = {
        "gpus": _gpus,
        "images": lambda: ask_child(_IMAGES, timeout_s),
        "denoiser": lambda: _optional("mitsuba-oidn", "render", _DENOISER, timeout_s),
        "onnxruntime": lambda: _runtime(timeout_s),
        "torch": lambda: _optional("torch", "train", _TORCH, timeout_s),
        "renderers": lambda: [_renderer(variant, timeout_s) for variant in RENDERER_VARIANTS],
        "models": shipped_models,
        "hosts": lambda: [asdict(install) for install in find_hosts()],
    }
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = {name: pool.submit(ask) for name, ask in parts.items()}
    found = {name: answer.result() for name, answer in answers.items()}
    order = ("gpus", "images", "renderers", "denoiser", "onnxruntime", "torch", "models", "hosts")
    return {"platelight": _platelight(), "machine": _machine(), **{name: found[name] for name in order}}


def ask_child(code: str, timeout_s: float = 60.0) -> dict[str, Any]:
    """Run Python code that sets `answer` in a child process of this interpreter.

    Args:
        code: Python source that binds `answer` to a JSON-ready dictionary.
        timeout_s: seconds after which the child is stopped.

    Returns:
        The answer with `"problem": None`, or only `problem`: why there is none. Raises nothing.
    """
    source = f"{code}\nimport json\nprint('\\n' + json.dumps(answer))"
    try:
        child = subprocess.run(
            [sys.executable, "-c", source],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"problem": f"gave no answer within {timeout_s:g} seconds"}
    if child.returncode != 0:
        lines = [line.strip() for line in child.stderr.splitlines() if line.strip()]
        return {"problem": lines[-1][:300] if lines else f"the process ended with code {child.returncode}"}
    try:
        return {**json.loads(child.stdout.strip().splitlines()[-1]), "problem": None}
    except (ValueError, IndexError):
        return {"problem": "the process gave no readable answer"}


def shipped_models() -> list[dict[str, Any]]:
    """The models under `core.card.WEIGHTS`, each with `name`, `task`, `version`, `precision`, `scores`, `bytes`.

    Weights are compared with their card's checksum. A model whose card or weights are broken has only its name and
    `problem`. Raises nothing.
    """
    models: list[dict[str, Any]] = []
    for card_file in sorted(card.WEIGHTS.glob(f"*/{card.CARD}")):
        try:
            model = card.load_card(card_file)
            model.check_weights()
        except PlatelightError as error:
            models.append({"name": card_file.parent.name, "problem": str(error)})
            continue
        models.append(
            {
                "name": model.name,
                "task": model.task,
                "version": model.version,
                "precision": model.precision,
                "scores": dict(model.scores),
                "bytes": model.weights_path.stat().st_size,
                "problem": None,
            }
        )
    return models


def _platelight() -> dict[str, Any]:
    try:
        version = metadata.version("platelight")
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        version = "not installed"
    return {"version": version, "python": platform.python_version(), "executable": sys.executable}


def _machine() -> dict[str, Any]:
    return {
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "usable_processors": usable_cores(),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS"),
        "memory_bytes": _memory(),
    }


def _memory() -> int | None:
    """Physical memory, or the control group's limit where that is smaller; None where the system does not say."""
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    for limit_file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return min(physical, int(Path(limit_file).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return physical


def _gpus() -> list[dict[str, str]]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        listed = subprocess.run(
            [tool, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [[field.strip() for field in line.split(",")] for line in listed.splitlines()]
    return [dict(zip(("name", "memory", "driver"), row, strict=True)) for row in rows if len(row) == 3]


def _renderer(variant: str, timeout_s: float) -> dict[str, Any]:
    library = find_llvm() if variant.startswith("llvm_") else None
    return {
        "variant": variant,
        "llvm": str(library) if library else None,
        "problem": probe_variant(variant, timeout_s),
    }


def _runtime(timeout_s: float) -> dict[str, Any]:
    problem = runtime_problem()
    packages = installed_runtimes()
    if problem is not None:
        return {"packages": packages, "problem": problem}
    return {"packages": packages, **ask_child(_RUNTIME, timeout_s)}


def _optional(distribution: str, extra: str, code: str, timeout_s: float) -> dict[str, Any]:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return {"problem": f"not installed; python -m pip install 'platelight[{extra}]' (in a clone: '.[{extra}]')"}
    return ask_child(code, timeout_s)
