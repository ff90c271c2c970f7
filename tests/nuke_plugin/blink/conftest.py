"""The kernel, compiled once; skipped where there is no C++ compiler."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.nuke_plugin.blink.compiled import Kernel
from tests.nuke_plugin.blink.kernel_source import KERNEL


@pytest.fixture(scope="session")
def compiler() -> str:
    found = next((path for name in ("g++", "clang++", "c++") if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no C++ compiler here; Debian, Ubuntu: sudo apt-get install g++")
    return found


@pytest.fixture(scope="session")
def kernel(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    return Kernel(KERNEL.read_text(encoding="utf-8"), Path(tmp_path_factory.mktemp("kernel")), compiler)
