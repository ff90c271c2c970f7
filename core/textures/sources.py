"""Which files `normal-map` works on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.errors import BadConfig, BadInput, FileMissing
from core.textures.pairs import IMAGES
from core.walk import files_below

__all__ = ["check_names", "find_textures", "is_map_name"]

_MAPS = (
    "normal|normals|normalmap|nrm|norm|nor|height|displacement|disp|bump|occlusion|ambientocclusion|ao|roughness|rough|"
    "metalness|metallic|metal|curvature|cavity|specular|spec|gloss|glossiness|opacity|mask|emission|emissive"
)
_MAP_NAME = re.compile(rf"(^|[_\-. ])({_MAPS})([_\-. ]?(gl|ogl|opengl|dx|directx))?$", re.IGNORECASE)


def is_map_name(path: Path) -> bool:
    """Whether a file's name says that it is a map already, such as `bricks_normal.png` or `wood_ao.jpg`."""
    return _MAP_NAME.search(path.stem) is not None


def find_textures(arguments: Sequence[str], out: Path) -> tuple[list[Path], list[Path]]:
    """Textures to work on, each once, and files that folders hold and that are maps by their names.

    Args:
        arguments: files, folders (searched with their sub-folders) and wildcards. A file that is named itself is
            taken, whatever its name.
        out: what lies in it is not taken from a folder that contains it.

    Raises:
        FileMissing: something named is not there.
        BadInput: a folder holds no textures.
    """
    found: list[Path] = []
    left_out: list[Path] = []
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            inside = [
                file
                for file in files_below(path)
                if file.suffix.lower() in IMAGES and not file.name.startswith(".") and not _within(file, out, path)
            ]
            textures = [file for file in inside if not is_map_name(file)]
            if not textures:
                raise BadInput(f"{path}: no colour textures there; it holds {len(inside)} maps, by their names")
            found += textures
            left_out += [file for file in inside if is_map_name(file)]
        elif path.is_file():
            found.append(path)
        elif any(sign in path.name for sign in "*?["):
            matches = [match for match in sorted(path.parent.glob(path.name)) if match.is_file()]
            if not matches:
                raise FileMissing(f"{argument}: no file matches")
            found += matches
        else:
            raise FileMissing(f"{argument}: no such file or folder; check the path")
    once = {path.resolve(): path for path in reversed(found)}
    return list(reversed(once.values())), left_out


def check_names(textures: Sequence[Path]) -> None:
    """Raise BadConfig where two textures would give maps of the same name."""
    seen: dict[str, Path] = {}
    for path in textures:
        other = seen.setdefault(path.stem.lower(), path)
        if other is not path:
            raise BadConfig(
                f"{other} and {path}: their maps would have the same names; do them in two runs, to two folders"
            )


def _within(path: Path, out: Path, searched: Path) -> bool:
    inside = out.resolve()
    return inside != searched.resolve() and inside in path.resolve().parents
