"""MaterialX's own validator, with its standard libraries loaded."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import Any

from core.errors import BadInput, FileMissing, MissingPart, WorkFailed

__all__ = ["check", "materialx", "new_document", "read_document"]


def materialx() -> Any:
    """Return the module `MaterialX`.

    Raises:
        MissingPart: it is not installed.
    """
    try:
        return importlib.import_module("MaterialX")
    except ImportError as error:
        raise MissingPart(
            "MaterialX documents need the package MaterialX, which cannot be loaded; "
            f"python -m pip install 'platelight[materialx]' brings it ({error})"
        ) from error


@functools.cache
def _libraries() -> Any:
    mx = materialx()
    document = mx.createDocument()
    mx.loadLibraries(mx.getDefaultDataLibraryFolders(), mx.getDefaultDataSearchPath(), document)
    if document.getNodeDef("ND_standard_surface_surfaceshader") is None:
        raise MissingPart("MaterialX has come without its standard libraries; install the package MaterialX anew")
    return document


def new_document() -> Any:
    """Return an empty document that knows the standard libraries. Raises MissingPart as `materialx`."""
    document = materialx().createDocument()
    document.setDataLibrary(_libraries())
    document.setColorSpace("lin_rec709")  # of plain colour values
    return document


def check(document: Any, where: str, folder: Path | None = None) -> None:
    """Check a document against the standard libraries, and that what it refers to is there.

    MaterialX's validator takes a `materialassign` to a material that does not exist, and knows nothing of files: both
    are checked here.

    Args:
        document: made by `new_document` or `read_document`.
        where: its name, for messages.
        folder: look for the image files in this folder; None does not look.

    Raises:
        WorkFailed: the document is not valid; the message holds the validator's.
        FileMissing: an image file is not there.
    """
    valid, message = document.validate()
    if not valid:
        raise WorkFailed(f"{where}: not a valid MaterialX document: {' '.join(message.split())}")
    for node in document.getNodes():
        if node.getNodeDef() is None:
            # The validator lets nodes without any definition pass.
            raise WorkFailed(f"{where}: not a valid MaterialX document: no definition of {node.getCategory()!r}")
    for look in document.getLooks():
        for assign in look.getMaterialAssigns():
            if document.getNode(assign.getMaterial()) is None:
                raise WorkFailed(
                    f"{where}: {assign.getName()!r} assigns {assign.getMaterial()!r}, which does not exist"
                )
    if folder is None:
        return
    for node in document.getNodes():
        file = node.getInput("file")
        if file is not None and not (folder / file.getValueString()).is_file():
            raise FileMissing(f"{where}: image file {folder / file.getValueString()} is missing; write it anew")


def read_document(path: Path) -> Any:
    """Read a `.mtlx` file and check it, its image files included.

    Raises:
        FileMissing: there is no such file, or an image that it names is missing.
        BadInput: it is not XML that MaterialX reads.
        WorkFailed: it is not valid; see `check`.
        MissingPart: MaterialX is not installed.
    """
    mx = materialx()
    if not path.is_file():
        raise FileMissing(f"{path}: no such file; give a MaterialX document (.mtlx)")
    document = new_document()
    try:
        mx.readFromXmlFile(document, str(path))
    except Exception as error:  # MaterialX's exceptions have no common class in Python
        raise BadInput(f"{path}: not a MaterialX document ({' '.join(str(error).split())})") from error
    check(document, str(path), path.parent)
    return document
