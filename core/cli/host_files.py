"""Copies a plug-in into a host's folder and takes it out again, without touching what is the user's.

What was written is kept in a manifest with a SHA-256 for each file; only files that still have theirs are replaced or
removed. The one file of the user's that has to change, `init.py`, gets a block between two marks and keeps every other
byte. Nothing is written before everything was looked at.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.atomic import write_bytes, write_json
from core.errors import BadConfig, BadInput, FileMissing
from worker_link.json_text import read_json

__all__ = ["Block", "Change", "HostFiles"]

_FORMAT = 1


@dataclass(frozen=True)
class Block:
    """Lines put into a file of the user's.

    Attributes:
        begin, end: the two marks, a line each, which occur nowhere else.
        lines: what stands between them.
    """

    begin: str
    end: str
    lines: tuple[str, ...]

    def text(self, newline: str) -> str:
        """The marks and what is between them, with a line end after each."""
        return "".join(line + newline for line in (self.begin, *self.lines, self.end))


@dataclass(frozen=True)
class Change:
    """One thing done, or that would be done: `what` is `write`, `replace`, `remove`, `keep`, `extend` or `shorten`."""

    what: str
    path: Path
    reason: str = ""


@dataclass(frozen=True)
class HostFiles:
    """A plug-in's files in a folder of the host's.

    Attributes:
        folder: the host's folder, such as `~/.nuke`.
        name: the folder inside it that is all ours.
        block: what `folder / block_file` is extended by.
        block_file: name of that file.
    """

    folder: Path
    name: str
    block: Block
    block_file: str = "init.py"

    @property
    def ours(self) -> Path:
        """The folder that is all ours."""
        return self.folder / self.name

    @property
    def manifest(self) -> Path:
        """What was installed: format, version, and the SHA-256 of each file by its path below `ours`."""
        return self.ours / "installed.json"

    def install(
        self, files: Mapping[str, bytes], version: str, *, force: bool = False, dry_run: bool = False
    ) -> list[Change]:
        """Write `files` (paths below `ours`, with slashes) and extend the user's file; again, to bring up to date.

        Files of an earlier installation that are no longer part of it are removed. Returns what was done.

        Raises:
            BadInput: a file is there that was not installed by this, or was changed since, and `force` is not given;
                or a folder cannot be written.
            BadConfig: the marks in the user's file do not match, or the manifest is damaged.
            DiskFull: no space is left.
        """
        before = self._installed()
        changes: list[Change] = []
        for name, content in sorted(files.items()):
            path = self._path(name)
            if not path.exists():
                changes.append(Change("write", path))
            elif path.read_bytes() != content:
                if not force and before.get(name) != _sha256(path.read_bytes()):
                    raise BadInput(
                        f"{path}: {'was changed since it was installed' if name in before else 'is not of this'} "
                        "installation; move it away, or replace it with --force"
                    )
                changes.append(Change("replace", path))
        stale = [name for name in before if name not in files]
        changes += self._removals(before, stale, force)
        target, extended, traces = self._extended()
        if extended is not None:
            changes.append(Change("extend", target))
        if dry_run:
            return changes
        for name, content in sorted(files.items()):
            path = self._path(name)
            if not path.exists() or path.read_bytes() != content:
                write_bytes(path, content)
        write_json(
            self.manifest,
            {
                "format": _FORMAT,
                "version": version,
                "files": {name: _sha256(content) for name, content in sorted(files.items())},
                "block": traces,
            },
        )
        self._remove([self._path(name) for name in stale])
        if extended is not None:  # last: the host loads nothing that is not there
            write_bytes(target, extended)
        return changes

    def uninstall(self, *, force: bool = False, dry_run: bool = False) -> list[Change]:
        """Take out what `install` wrote, and nothing else. Returns what was done; `keep` are files that are not ours.

        Raises:
            FileMissing: nothing is installed there.
            BadInput: a file was changed since it was installed, and `force` is not given.
            BadConfig: as `install`.
        """
        before = self._installed()
        target, shortened = self._shortened(force)
        if not before and shortened is None:
            raise FileMissing(f"{self.ours}: nothing is installed there; name the folder with --to")
        emptied = shortened == b"" and self._traces().get("created", False)
        changes = self._removals(before, list(before), force)
        if self.manifest.exists():
            changes.append(Change("remove", self.manifest))
        if shortened is not None:
            changes.insert(0, Change("remove" if emptied else "shorten", target))
        mine = {self._path(name) for name in before} | {self.manifest}
        changes += [
            Change("keep", path, "not installed by this")
            for path in sorted(self.ours.rglob("*"))
            if path.is_file() and path not in mine and path.suffix != ".pyc"
        ]
        if dry_run:
            return changes
        if shortened is not None:  # first: the host must not look for what is going away
            if emptied:
                target.unlink()
            else:
                write_bytes(target, shortened)
        self._remove([*(self._path(name) for name in before), self.manifest])
        return changes

    def _path(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
            raise BadConfig(f"{self.manifest}: names {name!r}, which is outside {self.ours}; remove the file by hand")
        return self.ours.joinpath(*parts)

    def _traces(self) -> dict[str, bool]:
        """What the block did to the user's file besides its own lines: `created` it, `joined` its last line."""
        if not self.manifest.is_file():
            return {}
        value = read_json(self.manifest).get("block", {})
        return {name: bool(value.get(name)) for name in ("created", "joined")}

    def _installed(self) -> dict[str, str]:
        if not self.manifest.is_file():
            return {}
        try:
            value = read_json(self.manifest)
            files = value["files"]
            if value["format"] != _FORMAT or not isinstance(value.get("block"), dict):
                raise ValueError
            if not all(isinstance(item, str) for pair in files.items() for item in pair):
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadConfig(
                f"{self.manifest}: cannot be read as the list of installed files; remove {self.ours} by hand, then "
                "install again"
            ) from error
        return dict(files)

    def _removals(self, before: Mapping[str, str], names: Sequence[str], force: bool) -> list[Change]:
        changes = []
        for name in sorted(names):
            path = self._path(name)
            if not path.exists():
                continue
            if not force and _sha256(path.read_bytes()) != before[name]:
                raise BadInput(f"{path}: was changed since it was installed; move it away, or remove it with --force")
            changes.append(Change("remove", path))
        return changes

    def _remove(self, paths: Sequence[Path]) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
            for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):  # the host's Python made it
                compiled.unlink()
        folders = {parent for path in paths for parent in path.parents if self.ours in (parent, *parent.parents)}
        folders |= {folder / "__pycache__" for folder in folders}
        for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
            with contextlib.suppress(OSError):  # not empty: the rest is not ours
                folder.rmdir()

    def _user_file(self) -> tuple[Path, str]:
        """The file that a link leads to, which is written in its place, and its text with every byte as it is."""
        target = (self.folder / self.block_file).resolve()
        if not target.exists():
            return target, ""
        try:
            return target, target.read_bytes().decode("latin-1")  # any bytes, and back again
        except OSError as error:
            raise BadInput(f"{target}: cannot be read ({error.strerror}); mend its rights") from error

    def _marks(self, target: Path, text: str) -> tuple[int, int] | None:
        """Where the block begins and ends in the text, or None."""
        begins, ends = text.count(self.block.begin), text.count(self.block.end)
        if begins == ends == 0:
            return None
        begin, end = text.find(self.block.begin), text.find(self.block.end)
        if begins != 1 or ends != 1 or end < begin:
            raise BadConfig(
                f"{target}: the marks '{self.block.begin}' and '{self.block.end}' should be there once each; remove "
                "them and what is between them by hand"
            )
        end += len(self.block.end)
        end += 2 if text[end : end + 2] == "\r\n" else 1 if text[end : end + 1] == "\n" else 0
        return begin, end

    def _extended(self) -> tuple[Path, bytes | None, dict[str, bool]]:
        """The user's file with the block, or None where it stands there already; and the traces of putting it there."""
        target, text = self._user_file()
        newline = "\r\n" if "\r\n" in text else "\n"
        block = self.block.text(newline)
        marks = self._marks(target, text)
        if marks is not None:
            found = text[: marks[0]] + block + text[marks[1] :]
            return target, None if found == text else found.encode("latin-1"), self._traces()
        joined = bool(text) and not text.endswith("\n")
        found = text + (newline if joined else "") + block
        return target, found.encode("latin-1"), {"created": not target.exists(), "joined": joined}

    def _shortened(self, force: bool) -> tuple[Path, bytes | None]:
        """The user's file without the block and its traces, or None where there is none."""
        target, text = self._user_file()
        marks = self._marks(target, text)
        if marks is None:
            return target, None
        before, block, after = text[: marks[0]], text[marks[0] : marks[1]], text[marks[1] :]
        if not force and block.splitlines() != self.block.text("\n").splitlines():
            raise BadInput(f"{target}: what is between Platelight's marks was changed; remove it, or use --force")
        if self._traces().get("joined") and not after:
            before = before[:-2] if before.endswith("\r\n") else before[:-1]
        return target, (before + after).encode("latin-1")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
