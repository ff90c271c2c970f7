"""The client runs in a host's Python: without any package, and with other people's modules about."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "worker_link").glob("*.py"))

_LOAD = """
import sys
sys.path.insert(0, sys.argv[1])

class Watch:
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top not in sys.stdlib_module_names and top != "worker_link":
            raise ImportError("not of the standard library: " + name)

sys.meta_path.insert(0, Watch())
for name in sys.argv[2:]:
    __import__(name)
from worker_link.client import WorkerClient
WorkerClient("test").close()
print("loaded")
"""


def test_it_imports_the_standard_library_only() -> None:
    names = [f"worker_link.{file.stem}" for file in FILES if file.stem != "__init__"]
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _LOAD, str(ROOT), *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "loaded\n"


def test_the_watch_does_catch_others() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(ROOT), "numpy"], capture_output=True, text=True, check=False
    )
    assert "not of the standard library: numpy" in done.stderr
