"""A user's folders of meshes, textures and environment maps: found, checked, named, and read when a scene asks.

`docs/assets.md` says how the folders may look. What scenes know of them is `scene_generator.assets`.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from core.errors import BadConfig, BadInput, FileMissing
from core.walk import files_below
from scene_generator.asset_files import hdris as hdris_
from scene_generator.asset_files import meshes as meshes_
from scene_generator.asset_files import textures as textures_
from scene_generator.asset_files.licences import NOTE_FILES, FileNote, read_notes
from scene_generator.assets import NO_ASSETS, Asset, AssetIndex
from scene_generator.shapes.mesh import Mesh
from scene_generator.spec import SceneSpec, Vec3
from scene_generator.textures.maps import TextureMaps

__all__ = ["NO_LIBRARY", "AssetLibrary", "Source", "scan"]

_BLOCK = 1 << 20
_MOST_NAMED = 8


@dataclass(frozen=True)
class Source:
    """Where an asset lies and how it is to be read."""

    kind: str
    """`mesh`, `texture` or `hdri`."""
    asset: Asset
    files: tuple[tuple[str, Path], ...]
    """Role and path; the role is a key of `textures.ROLES` for textures, and `file` or `buffer` for others."""
    note: FileNote


@dataclass(frozen=True)
class AssetLibrary:
    """A user's assets; it holds names and paths only, so that it travels to worker processes."""

    index: AssetIndex = NO_ASSETS
    """What families choose from."""
    sources: tuple[Source, ...] = ()
    """One for each asset of `index`, sorted by kind and name."""
    ignored: tuple[str, ...] = ()
    """Paths in the folders that are of no use to the generator: other endings, maps that it does not read."""

    def summary(self) -> str:
        """Return in one line how many assets there are, and which files were passed over; "" without any folder."""
        counts = [
            (len(self.index.meshes), "mesh", "meshes"),
            (len(self.index.textures), "texture", "textures"),
            (len(self.index.hdris), "environment map", "environment maps"),
        ]
        told = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)
        if told and self.ignored:
            names = ", ".join(self.ignored[:_MOST_NAMED])
            more = f" and {len(self.ignored) - _MOST_NAMED} more" if len(self.ignored) > _MOST_NAMED else ""
            told += f"; of no use here: {names}{more}"
        return told

    def fingerprint(self) -> str:
        """Return what the assets are, wherever they lie, as 64 hex digits: the SHA-256 of kinds, names, contents,
        licences, authors and reading options. It is "" for an empty library."""
        if not self.sources:
            return ""
        rows = [
            "\t".join(
                (
                    s.kind,
                    s.asset.name,
                    s.asset.sha256,
                    s.note.licence,
                    s.note.author,
                    s.note.up,
                    str(s.note.depth),
                    s.note.use,
                )
            )
            for s in self.sources
        ]
        return hashlib.sha256("\n".join(rows).encode("utf-8")).hexdigest()

    def mesh(self, name: str) -> Mesh:
        """Return a mesh: largest side 1 m, standing on y = 0, centred in x and z, texture coordinates in metres.

        The arrays are shared and not writable. Raises as `texture`.
        """
        return _mesh(self._source("mesh", name))

    def texture(self, name: str, size: int) -> TextureMaps:
        """Return the maps of a texture set at `size` x `size` texels, see `textures.read_maps`.

        The arrays are shared and not writable.

        Raises:
            BadConfig: there is no such asset.
            BadInput: its files are gone, damaged, or have changed since `scan`.
        """
        return _texture(self._source("texture", name), size)

    def hdri(self, name: str) -> np.ndarray:
        """Return an environment map, (H, 2 H, 3) float32, scene-linear, mean luminance 1, layout of `sky.directions`.

        The array is shared and not writable. Raises as `texture`.
        """
        return _hdri(self._source("hdri", name))

    def used(self, spec: SceneSpec) -> list[dict[str, str]]:
        """Return `kind`, `name`, `sha256`, `licence`, `author` of each asset that a scene names, once, in order.

        Raises:
            BadConfig: the scene names an asset that is not here.
        """
        named = {("mesh", thing.shape.asset) for thing in spec.objects}
        named |= {("texture", thing.material.texture_set) for thing in spec.objects}
        named.add(("hdri", spec.sky.hdri))
        found = [self._source(kind, name) for kind, name in sorted(named) if name]
        return [
            {
                "kind": source.kind,
                "name": source.asset.name,
                "sha256": source.asset.sha256,
                "licence": source.asset.licence,
                "author": source.note.author,
            }
            for source in found
        ]

    def _source(self, kind: str, name: str) -> Source:
        names = []
        for source in self.sources:
            if source.kind == kind:
                if source.asset.name == name:
                    return source
                names.append(source.asset.name)
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"give the folder that has it (there are {len(names)})"
        raise BadConfig(f"no {kind} {name!r} among the assets; {hint}")


NO_LIBRARY = AssetLibrary()


def scan(
    meshes: Sequence[Path] = (),
    textures: Sequence[Path] = (),
    hdris: Sequence[Path] = (),
    licence: str = "unstated",
) -> AssetLibrary:
    """Find and check all assets of the given folders, their sub-folders included; hidden files are passed over.

    Every mesh and every picture is read once, so that a damaged file is named now and not in the middle of a run.

    Args:
        meshes, textures, hdris: folders.
        licence: what holds where a folder has no `ASSETS.json` or `LICENSE.json`.

    Returns:
        The library; the same folders give the same one on any machine, up to paths.

    Raises:
        FileMissing: a folder is not there.
        BadConfig: a folder's notes cannot be used, see `licences.read_notes`; two assets of a kind share a name;
            a folder holds no asset of its kind.
        BadInput: files cannot be used; the message says why of the first, and names the others of its folder.
        MissingPart: `trimesh` is needed and not installed.
    """
    sources: list[Source] = []
    ignored: list[str] = []
    for kind, folders, find in (
        ("hdri", hdris, _find_hdris),
        ("mesh", meshes, _find_meshes),
        ("texture", textures, _find_textures),
    ):
        seen: dict[str, Source] = {}
        once: dict[Path, Path] = {}
        for folder in map(Path, folders):
            once.setdefault(folder.resolve(), folder)  # named twice, with two spellings or by a link: one folder
        for folder in once.values():
            for source in _scan_folder(kind, folder, find, licence, ignored):
                name = source.asset.name
                if name in seen:
                    raise BadConfig(
                        f"{source.files[0][1]} and {seen[name].files[0][1]}: both are the {kind} {name!r}; rename one"
                    )
                seen[name] = source
        sources += [seen[name] for name in sorted(seen)]
    by_kind = {kind: tuple(s.asset for s in sources if s.kind == kind) for kind in ("mesh", "texture", "hdri")}
    index = AssetIndex(meshes=by_kind["mesh"], textures=by_kind["texture"], hdris=by_kind["hdri"])
    return AssetLibrary(index, tuple(sources), tuple(sorted(ignored)))


# Name, role -> path relative to the folder.
_Found = Iterator[tuple[str, dict[str, str]]]


def _scan_folder(
    kind: str, folder: Path, find: Callable[[Path, list[str]], _Found], licence: str, ignored: list[str]
) -> Iterator[Source]:
    if not folder.is_dir():
        why = "is a file; name the folder it lies in" if folder.exists() else "no such folder; check the path"
        raise FileMissing(f"{folder}: {why}")
    notes = read_notes(folder, licence)
    names = [path.relative_to(folder).as_posix() for path in files_below(folder) if _is_seen(path, folder)]
    taken: set[str] = set()
    refused: list[tuple[Path, BadInput]] = []
    for name, members in find(folder, names):
        taken |= set(members.values())
        note = notes.of(name, members.values())
        files = tuple((role, folder / path) for role, path in members.items())
        try:
            source = _checked(Source(kind, Asset(name, _digest(files), note.licence, use=note.use), files, note))
        except BadInput as error:
            refused.append((files[0][1], error))
            continue
        yield source
    if refused:
        _refuse(refused)
    if not taken:
        endings = {"mesh": meshes_.ENDINGS, "texture": textures_.ENDINGS, "hdri": hdris_.ENDINGS}[kind]
        raise BadConfig(f"{folder}: holds no {kind} files ({' '.join(endings)}); check the path")
    ignored += [str(folder / name) for name in names if name not in taken and name not in NOTE_FILES]


def _refuse(refused: Sequence[tuple[Path, BadInput]]) -> NoReturn:
    # All of a folder at once: a downloaded library may have dozens, and each reading of it takes its time.
    (_, first), *others = refused
    if not others:
        raise first
    names = ", ".join(str(path) for path, _ in others[:_MOST_NAMED])
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    raise BadInput(f"{first}; {names}{more} cannot be used either") from first


def _is_seen(path: Path, folder: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _find_meshes(folder: Path, names: list[str]) -> _Found:
    for name in names:
        if _ending(name) in meshes_.ENDINGS:
            files = meshes_.mesh_files(folder / name)
            buffers = {f"buffer{i}": _relative(file, folder / name, folder) for i, file in enumerate(files[1:])}
            yield _stem(name), {"file": name, **buffers}


def _find_textures(folder: Path, names: list[str]) -> _Found:
    pictures = [name for name in names if _ending(name) in textures_.ENDINGS]
    for name, roles in textures_.group(pictures).items():
        yield name, textures_.usable(roles)


def _find_hdris(folder: Path, names: list[str]) -> _Found:
    for name in names:
        if _ending(name) in hdris_.ENDINGS:
            yield _stem(name), {"file": name}


def _ending(name: str) -> str:
    return Path(name).suffix.lower()


def _stem(name: str) -> str:
    return name[: -len(Path(name).suffix)]


def _relative(file: Path, mesh: Path, folder: Path) -> str:
    # Below the folder, or below the one that a link in it leads to.
    if any(file.resolve().is_relative_to(place.resolve()) for place in (folder, mesh.parent)):
        return file.relative_to(folder).as_posix()
    raise BadInput(f"{file}: lies outside {folder}; copy it there or export as .glb")


def _digest(files: tuple[tuple[str, Path], ...]) -> str:
    # Of one file: its own hash, as sha256sum prints it. Of several: of the roles and hashes.
    hashes = [(role, _file_digest(path)) for role, path in files]
    if len(hashes) == 1:
        return hashes[0][1]
    return hashlib.sha256("\n".join(f"{role} {digest}" for role, digest in hashes).encode("ascii")).hexdigest()


def _file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); check that it is there and its rights") from error
    return digest.hexdigest()


def _checked(source: Source) -> Source:
    # Reading is the only proof that a file can be read.
    files = dict(source.files)
    if source.kind == "mesh":
        size = np.ptp(meshes_.read_mesh(files["file"], source.note.up).positions, axis=0)
        extent: Vec3 = (round(float(size[0]), 6), round(float(size[1]), 6), round(float(size[2]), 6))
        asset = replace(source.asset, extent=extent)
        return Source(source.kind, asset, source.files, source.note)
    if source.kind == "hdri":
        hdris_.read_hdri(files["file"])
    else:
        textures_.check_maps(files)
    return source


def _unchanged(source: Source) -> dict[str, Path]:
    if _digest(source.files) != source.asset.sha256:
        raise BadInput(f"{source.files[0][1]}: has changed since the run began; put it back or start the run again")
    return dict(source.files)


# One worker draws the same few assets again and again. The counts bound memory: about 10 MB a mesh at most 20, 8 MB a
# texture set of 512 texels, 6 MB an environment map.
@lru_cache(maxsize=16)
def _mesh(source: Source) -> Mesh:
    mesh = meshes_.read_mesh(_unchanged(source)["file"], source.note.up)
    _freeze(mesh.positions, mesh.normals, mesh.uvs, mesh.faces)
    return mesh


@lru_cache(maxsize=128)
def _texture(source: Source, size: int) -> TextureMaps:
    maps = textures_.read_maps(_unchanged(source), size, source.note.depth)
    _freeze(maps.base_color, maps.roughness, maps.metalness, maps.normal)
    return maps


@lru_cache(maxsize=8)
def _hdri(source: Source) -> np.ndarray:
    light = hdris_.read_hdri(_unchanged(source)["file"])
    _freeze(light)
    return light


def _freeze(*arrays: Any) -> None:
    for array in arrays:
        if array is not None:
            array.setflags(write=False)
