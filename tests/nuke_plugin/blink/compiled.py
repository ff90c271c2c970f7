"""Compiles a kernel against `blink_types.h` and runs it on arrays."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.nuke_plugin.blink.kernel_source import Source, read_kernel

FloatArray = npt.NDArray[np.float32]
HEADER = Path(__file__).with_name("blink_types.h")
FLAGS = ("-std=c++17", "-fPIC", "-shared", "-ffp-contract=off", "-Wall", "-Wextra", "-Wshadow")
STRICT = ("-Wdouble-promotion", "-Wconversion", "-Wfloat-conversion", "-Werror")
COMPONENTS = {"bool": 1, "int": 1, "float": 1, "float4": 4}


class CompileError(Exception):
    """What the compiler said."""


def glue(source: Source) -> str:
    """A C function over planes for a kernel's process()."""
    lines = [f'#include "{HEADER.as_posix()}"', '#include "kernel.blink"', f"static {source.name} one;"]
    lines.append('extern "C" void defaults() { one.define(); }')
    lines.append('extern "C" void set(int number, const float* v) {')
    for number, (name, kind) in enumerate(source.parameters.items()):
        value = {
            "bool": "v[0] != 0.0f",
            "int": "static_cast<int>(v[0])",
            "float": "v[0]",
            "float4": "float4(v[0], v[1], v[2], v[3])",
        }[kind]
        lines.append(f"  if (number == {number}) one.{name} = {value};")
    lines.append("}")
    reads = [name for name, use in source.images.items() if use == "eRead"]
    (target,) = [name for name, use in source.images.items() if use == "eWrite"]
    arguments = ", ".join([*(f"const float4* {name}" for name in reads), f"float4* {target}"])
    lines.append(f'extern "C" void run({arguments}, int width, int x0, int y0, int x1, int y1) {{')
    lines.append(f"  {source.name} mine = one;")  # so that threads do not share where they are
    lines.append("  for (int y = y0; y < y1; y++) for (int x = x0; x < x1; x++) {")
    lines += [f"    mine.{name}.here = {name} + (y * width + x);" for name in [*reads, target]]
    lines += ["    mine.process(int2(x, y));", "  }", "}"]
    return "\n".join(lines) + "\n"


class Kernel:
    """A compiled kernel. Pictures are (H, W, 4) float32, the bottom row first, as Nuke counts."""

    def __init__(self, text: str, folder: Path, compiler: str, optimise: str = "-O2") -> None:
        self.source = read_kernel(text)
        (folder / "kernel.blink").write_text(text, encoding="utf-8")
        (folder / "glue.cpp").write_text(glue(self.source), encoding="utf-8")
        command = [compiler, optimise, *FLAGS, *STRICT, "-o", "kernel.so", "glue.cpp"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CompileError(done.stderr)
        self._library = ctypes.CDLL(str(folder / "kernel.so"))

    def __call__(
        self,
        pictures: dict[str, FloatArray],
        parameters: dict[str, object],
        tiles: list[tuple[int, int, int, int]] | None = None,
    ) -> FloatArray:
        """Run over `tiles` (x0, y0, x1, y1), or all at once. A parameter that the kernel has not is a KeyError."""
        planes = [np.ascontiguousarray(pictures[name], dtype=np.float32) for name in self.read]
        out = np.full_like(planes[0], np.nan)
        self.set(parameters)
        height, width, channels = planes[0].shape
        assert channels == 4
        assert all(plane.shape == planes[0].shape for plane in planes)
        for tile in tiles or [(0, 0, width, height)]:
            self.run(planes, out, tile)
        return out

    @property
    def read(self) -> list[str]:
        """The images that it reads, in their order."""
        return [name for name, use in self.source.images.items() if use == "eRead"]

    def set(self, parameters: dict[str, object]) -> None:
        """Set parameters; those that are not named get their defaults."""
        self._library.defaults()
        numbers = {name: number for number, name in enumerate(self.source.parameters)}
        for name, value in parameters.items():
            flat = np.ascontiguousarray(np.ravel(np.asarray(value, dtype=np.float32)))
            assert flat.size == COMPONENTS[self.source.parameters[name]], name
            self._library.set(numbers[name], flat.ctypes.data_as(ctypes.c_void_p))

    def run(self, planes: list[FloatArray], out: FloatArray, tile: tuple[int, int, int, int]) -> None:
        """Run over one tile (x0, y0, x1, y1) of contiguous planes in the order of `read`; several threads may."""
        pointers = [plane.ctypes.data_as(ctypes.c_void_p) for plane in (*planes, out)]
        self._library.run(*pointers, out.shape[1], *tile)
