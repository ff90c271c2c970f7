"""`mayapy -m scene_generator`: the generator inside Maya's own Python; `platelight generate` is the one outside.

This file puts the parts together, as `core.cli` does outside: the host is named here as text, and nothing else in
`scene_generator` knows of it (docs/decisions/maya-renderer.md).
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback

HEADLESS = "maya_plugin.scene.headless"


def main() -> int:
    """Run the command line and return its exit code; 3 where numpy is missing."""
    try:
        importlib.import_module("numpy")
    except ImportError:
        sys.stderr.write(
            f"error: this Python has no numpy; install it with: {sys.executable} -m pip install numpy "
            "(as the owner of that folder, or with --user)\n"
        )
        return 3
    headless = importlib.import_module(HEADLESS)
    code: int = headless.main(sys.argv[1:])
    return code


def leave(code: int) -> None:
    """End this process with `code`: on the usual way out Maya may crash, or put 0 in its place."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run() -> None:
    """`main`, to the end of the process. Codes of 0 say that the work is done, whatever Maya does while it goes."""
    try:
        code = main()
    except Exception:
        traceback.print_exc()
        code = 1
    leave(code)


if __name__ == "__main__":
    run()
