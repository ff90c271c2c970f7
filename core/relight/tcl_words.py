"""The nodes of a Nuke script (.nk) as data: a reader of as much of Tcl as scripts of constant knobs use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import BadConfig

__all__ = ["ScriptNode", "quoted", "script_nodes", "words"]

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_SPECIAL = set(' \t\n\r{}[]$"\\;#')


@dataclass(frozen=True)
class ScriptNode:
    """One node: its class and its knobs as they are written, in the order of the file.

    Attributes:
        kind: the class, such as `Light2`.
        knobs: knob name to the text of its value, one pair of outer braces or quotes taken off.
    """

    kind: str
    knobs: dict[str, str] = field(default_factory=dict)


def script_nodes(text: str, *, source: str = "script") -> list[ScriptNode]:
    """The nodes of a script, those inside of groups too; every other command is passed over.

    Args:
        text: the script.
        source: starts each message.

    Raises:
        BadConfig: braces or quotes that do not close.
    """
    nodes = []
    for command in _commands(text, source):
        if len(command) == 2 and command[0][:1].isalpha() and command[0][:1].isupper():
            knobs: dict[str, str] = {}
            for line in _commands(command[1], source):
                if len(line) >= 2 and line[0] != "addUserKnob":
                    knobs[line[0]] = " ".join(line[1:])
            nodes.append(ScriptNode(command[0], knobs))
    return nodes


def words(text: str, *, source: str = "script") -> list[str]:
    """The words of one line of Tcl, braces and quotes taken off. Raises as `script_nodes`."""
    return [word for command in _commands(text, source) for word in command]


def quoted(text: str) -> str:
    """`text` as one word of Tcl, in quotes where it needs them."""
    if text and not _SPECIAL.intersection(text):
        return text
    escaped = "".join(f"\\{letter}" if letter in '\\"[]${}' else letter for letter in text)
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def _commands(text: str, source: str) -> Iterator[list[str]]:
    """Lines of words; a `#` at the start of a line makes it a remark."""
    line: list[str] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if letter in "\n;":
            if line:
                yield line
            line, at = [], at + 1
        elif letter in " \t\r":
            at += 1
        elif letter == "\\" and text[at + 1 : at + 2] == "\n":
            at += 2
        elif letter == "#" and not line:
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        else:
            word, at = _word(text, at, source)
            line.append(word)
    if line:
        yield line


def _word(text: str, at: int, source: str) -> tuple[str, int]:
    """The word that starts at `at`, and where it ends."""
    if text[at] == "{":
        return _braced(text, at, source)
    in_quotes = text[at] == '"'
    start, at, parts = at, at + in_quotes, []
    while at < len(text):
        letter = text[at]
        if letter == "\\" and at + 1 < len(text):
            parts.append(_ESCAPES.get(text[at + 1], text[at + 1]))
            at += 2
        elif (in_quotes and letter == '"') or (not in_quotes and letter in " \t\r\n;"):
            return "".join(parts), at + in_quotes
        else:
            parts.append(letter)
            at += 1
    if in_quotes:
        raise BadConfig(f"{source}: line {text.count(chr(10), 0, start) + 1}: a quote is never closed; save it again")
    return "".join(parts), at


def _braced(text: str, start: int, source: str) -> tuple[str, int]:
    depth, at = 0, start
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
        if depth == 0:
            return text[start + 1 : at - 1], at
    raise BadConfig(f"{source}: line {text.count(chr(10), 0, start) + 1}: a brace is never closed; save it again")
