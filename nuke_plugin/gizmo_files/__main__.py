"""Write the gizmo and example files anew: `python -m nuke_plugin.gizmo_files`."""

from __future__ import annotations

import sys
from pathlib import Path

from nuke_plugin.gizmo_files.files import all_files


def main() -> None:
    """Write each file whose text changed; say which."""
    room = Path(__file__).parents[1]
    for name, text in all_files().items():
        path = room / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stderr.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
