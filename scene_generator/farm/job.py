"""What a job is, whichever farm runs it: steps of equal tasks, and the order of the steps."""

from __future__ import annotations

import json
import re
import string
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple  # noqa: UP035 - Python 3.9

from scene_generator.spec import SpecError, read
from worker_link.json_text import read_json

JOB_VERSION = 1
KINDS = ("text", "number")
MAX_TASKS = 100_000

_STEP_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
# A capital and a small letter: no farm and no shell has a variable of its own (PATH, IFS, random) under such a name.
_PARAMETER_NAME = re.compile(r"[A-Z][a-z][A-Za-z0-9]{0,30}\Z")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_TASK_WORDS = ("task", "tasks")
_RESERVED = ("True", "False", "None", "Shell")
"""Names that a PyOutline script has a meaning for."""


@dataclass(frozen=True)
class Parameter:
    """A value that commands name as `{Name}`; farms that can, let it be changed when a job is submitted.

    Raises:
        SpecError: a field is not what its description says.
    """

    name: str
    """A capital letter, a small one, then letters and digits; 32 at most."""
    value: str
    """Printable text; of a number its decimal digits."""
    kind: str = "text"
    """`text`, or `number` for a whole one."""
    summary: str = ""
    """One line for people."""

    def __post_init__(self) -> None:
        _check(_PARAMETER_NAME.match(self.name), f"parameter name {self.name!r:.80}: expected one such as Out or Count")
        _check(self.name not in _RESERVED, f"parameter name {self.name!r:.80} has a meaning of its own; choose another")
        where = f"parameter {self.name}"
        _check(self.kind in KINDS, f"{where}: kind is {self.kind!r:.80}, expected one of {', '.join(KINDS)}")
        _check_printable(where, self.value)
        _check_printable(where, self.summary)
        if self.kind == "number":
            _check(re.match(r"-?[0-9]{1,18}\Z", self.value), f"{where} is {self.value!r:.80}, expected a whole number")


@dataclass(frozen=True)
class Step:
    """Tasks that differ in their number only, and may run at the same time.

    Raises:
        SpecError: a field is not what its description says.
    """

    name: str
    """Small letters, digits and underscores, a letter first; 32 at most."""
    command: Tuple[str, ...]  # noqa: UP006
    """Program and arguments, no shell between. `{task}` is the task's number from 0, `{tasks}` how many there are,
    `{Name}` a parameter's value; a brace itself is doubled."""
    tasks: int = 1
    """1 .. 100 000."""
    after: Tuple[str, ...] = ()  # noqa: UP006
    """Steps, all of whose tasks must have ended well before a task of this one begins."""
    environment: Dict[str, str] = field(default_factory=dict)  # noqa: UP006
    """Variables that are set for the program, as they stand."""
    cores: int = 1
    """Processor cores that a task needs, 1 .. 1024."""
    memory_mb: int = 0
    """Memory that a task needs, MiB; 0 leaves it to the farm."""
    gpus: int = 0
    """Graphics cards that a task needs, 0 .. 16."""
    attempts: int = 1
    """How often a task is tried before it counts as failed, 1 .. 100."""
    timeout_s: int = 0
    """Seconds that one attempt may take; 0 is no limit."""

    def __post_init__(self) -> None:
        _check(_STEP_NAME.match(self.name), f"step name {self.name!r:.80}: expected small letters, digits, underscores")
        where = f"step {self.name}"
        _check(self.command and self.command[0], f"{where}: command is empty, expected a program and its arguments")
        for word in self.command:
            _check_printable(f"{where}: command", word)
        for name, value in self.environment.items():
            _check(_VARIABLE_NAME.match(name), f"{where}: environment: {name!r:.80} is no name of a variable")
            _check_printable(f"{where}: environment: {name}", value)
        for name, low, high in (
            ("tasks", 1, MAX_TASKS),
            ("cores", 1, 1024),
            ("memory_mb", 0, 2**31),
            ("gpus", 0, 16),
            ("attempts", 1, 100),
            ("timeout_s", 0, 2**31),
        ):
            value = getattr(self, name)
            _check(low <= value <= high, f"{where}: {name} is {value}, expected {low} .. {high}")


@dataclass(frozen=True)
class Job:
    """Steps in an order in which they can run.

    Raises:
        SpecError: a name occurs twice, a step comes before one that it waits for, or a command names a parameter that
            the job lacks.
    """

    name: str
    """Letters, digits, `_`, `.` and `-`; 64 at most."""
    steps: Tuple[Step, ...]  # noqa: UP006
    parameters: Tuple[Parameter, ...] = ()  # noqa: UP006
    version: int = JOB_VERSION

    def __post_init__(self) -> None:
        if self.version != JOB_VERSION:
            raise SpecError(f"job version {self.version}: this release reads {JOB_VERSION}; write the job anew")
        _check(_JOB_NAME.match(self.name), f"job name {self.name!r:.80}: expected letters, digits, '_', '.' and '-'")
        _check(self.steps, f"job {self.name}: steps is empty, expected at least one")
        _check_once("parameter", [parameter.name for parameter in self.parameters])
        _check_once("step", [step.name for step in self.steps])
        earlier: List[str] = []  # noqa: UP006
        for step in self.steps:
            for name in step.after:
                _check(
                    name in earlier,
                    f"step {step.name}: runs after {name!r:.60}, which is no step that comes before it",
                )
            for word in step.command:
                for _, placeholder in pieces(word):
                    known = not placeholder or placeholder in _TASK_WORDS or placeholder in self.values
                    _check(
                        known, f"step {step.name}: {word!r:.200} names the parameter {placeholder}, which is not there"
                    )
            earlier.append(step.name)

    @property
    def values(self) -> Mapping[str, str]:
        """Name -> value of every parameter."""
        return {parameter.name: parameter.value for parameter in self.parameters}

    def argv(self, step: Step, task: int) -> List[str]:  # noqa: UP006
        """Return program and arguments of task `task` (from 0) of `step`, with everything filled in."""
        values = {**self.values, "task": str(task), "tasks": str(step.tasks)}
        return [filled(word, values.__getitem__) for word in step.command]

    def to_json(self) -> str:
        """Return the job as JSON text that `read_job` reads back equal."""
        return json.dumps(asdict(self), indent=2) + "\n"


def read_job(path: Path) -> Job:
    """Read a job from its JSON file, strictly.

    Raises:
        SpecError: the file is missing, is not JSON, or describes no job; the message names the place and the remedy.
    """
    try:
        data: Any = read_json(path)
    except FileNotFoundError as error:
        raise SpecError(f"{path}: no such file; `platelight farm write` makes one") from error
    except (OSError, ValueError) as error:
        raise SpecError(f"{path}: cannot be read as JSON ({error})") from error
    if isinstance(data, dict) and data.get("version", JOB_VERSION) != JOB_VERSION:
        # Said first: another version's keys would be reported as unknown ones.
        raise SpecError(f"{path}: job version {data['version']!r:.80}, this release reads {JOB_VERSION}; write it anew")
    try:
        return read(Job, data, "job")
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from error


def pieces(word: str) -> List[Tuple[str, str]]:  # noqa: UP006
    """Split a word of a command into (text, placeholder) pairs; the placeholder is "" where text ends the word.

    Raises:
        SpecError: a brace is alone, or what is between two is no name.
    """
    found: List[Tuple[str, str]] = []  # noqa: UP006
    before = ""
    try:
        for text, name, form, conversion in string.Formatter().parse(word):
            if name is not None and (not name.isidentifier() or form or conversion):
                raise ValueError(f"{name!r} is no placeholder")
            before += text
            if name:
                found.append((before, name))
                before = ""
    except ValueError as error:
        raise SpecError(
            f"{word!r:.200}: {error!s:.200}; placeholders look like {{task}}, a brace itself is doubled"
        ) from error
    return [*found, (before, "")] if before else found


def filled(word: str, value: Callable[[str], str], text: Callable[[str], str] = str) -> str:
    """Return a word with `value(name)` for each placeholder and `text(t)` for what is between them."""
    return "".join((text(between) if between else "") + (value(name) if name else "") for between, name in pieces(word))


def grouped(command: Sequence[str]) -> List[List[str]]:  # noqa: UP006
    """Return the words in lines as people read them: a new one at each option."""
    lines: List[List[str]] = [[]]  # noqa: UP006
    for word in command:
        if word.startswith("-") and lines[-1]:
            lines.append([])
        lines[-1].append(word)
    return lines


def _check(good: Any, message: str) -> None:
    if not good:
        raise SpecError(message)


def _check_printable(where: str, text: str) -> None:
    # Line ends and the like do not pass unharmed through every farm's files.
    _check(all(sign.isprintable() for sign in text), f"{where}: {text!r:.200} holds a sign that cannot be printed")


def _check_once(what: str, names: List[str]) -> None:  # noqa: UP006
    for name in names:
        _check(names.count(name) == 1, f"{what} {name} occurs twice")
