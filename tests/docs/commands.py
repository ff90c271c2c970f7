"""The commands that a text shows, and the ones that there are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from core.cli.main import app
from tests.docs.pages import lines_of

ROOT_COMMAND: Any = typer.main.get_command(app)

_INLINE = re.compile(r"`([^`\n]+)`")
_ENDS = {"|", "||", "&&", ">", ">>", "<", ";", "&", "2>&1"}


@dataclass(frozen=True)
class Shown:
    """One command as a text shows it: the line, and the words after `platelight`."""

    line: int
    words: tuple[str, ...]


def shown_in(text: str) -> Iterator[Shown]:
    """Every call of `platelight` in code blocks and in code between backticks, continued lines joined.

    Between backticks, `normals --detail high` counts too: a known command with an option.
    """
    waiting, first = "", 0
    for line in lines_of(text):
        if line.fenced or line.text.startswith("    "):
            first = first if waiting else line.number
            waiting += line.text.strip()
            if waiting.endswith("\\"):
                waiting = waiting[:-1] + " "
                continue
            yield from (Shown(first, words) for words in _calls(waiting))
            waiting = ""
            continue
        for code in _INLINE.findall(line.text):
            found = list(_calls(code))
            if not found and code.split()[0] in ROOT_COMMAND.commands and " --" in code:
                found = list(_calls(f"platelight {code}"))
            yield from (Shown(line.number, words) for words in found)


def _calls(code: str) -> Iterator[tuple[str, ...]]:
    try:
        words = shlex.split(code.lstrip("$ "), comments=True)
    except ValueError:  # an apostrophe in a sentence
        words = code.split()
    parts: list[list[str]] = [[]]
    for word in words:
        if word in _ENDS:
            parts.append([])
        else:
            parts[-1].append(word)
    for part in parts:
        while part and re.fullmatch(r"\w+=\S*", part[0]):
            part = part[1:]  # PLATELIGHT_DEBUG=1 platelight ...
        if part and (part[0] == "platelight" or part[0].endswith("/platelight")):
            yield tuple(part[1:])
        elif "core.cli.main" in part:
            yield tuple(part[part.index("core.cli.main") + 1 :])


def fault(words: tuple[str, ...]) -> str:
    """What is wrong with the words after `platelight`: an unknown command or option; "" where nothing is."""
    command, rest, path = ROOT_COMMAND, list(words), "platelight"
    while rest:
        word = rest.pop(0)
        if word == "--":
            return ""
        if word.startswith("-") and len(word) > 1 and not re.fullmatch(r"-?[\d.]+", word):
            option = word.split("=")[0].rstrip("`.,;:)")
            if option not in _options(command):
                return f"{path} has no option {option}"
        elif hasattr(command, "commands"):
            if word.isupper() or word in ("...", "…"):
                return ""  # COMMAND: any of them
            if word not in command.commands:
                return f"{path} has no command {word}"
            command, path = command.commands[word], f"{path} {word}"
    return ""


def _options(command: Any) -> set[str]:
    found = {"--help", "-h"}
    for parameter in command.params:
        found |= {*parameter.opts, *parameter.secondary_opts}
    return found
