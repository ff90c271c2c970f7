"""Nodes and knobs of the strict fake: they hold values and expressions, and refuse what their class does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.hosts.nuke.expressions import ExpressionError, evaluate
from tests.hosts.nuke.node_table import USER_KNOBS, knobs_of
from tests.hosts.nuke.script_reader import ReadKnob, ReadNode, words_of

if TYPE_CHECKING:
    from tests.hosts.nuke.fake_nuke import FakeNuke

Box = tuple[float, float, float, float]
HD: Box = (0.0, 0.0, 1920.0, 1080.0)
FIELDS = {"x": 0, "y": 1, "r": 2, "t": 3, "w": 2, "h": 3}
NUMBERS = {"pixel": {"x": 0, "y": 1}, "point": {"x": 0, "y": 1, "z": 2}, "colour": {"r": 0, "g": 1, "b": 2, "a": 3}}
"""Kinds of user knobs with several numbers: how expressions name these."""


class FakeKnob:
    """A knob: its values, and perhaps an expression for each."""

    def __init__(self, node: FakeNode, name: str, kind: str = "", choices: tuple[str, ...] = ()) -> None:
        self.owner, self._name, self.kind, self.choices = node, name, kind, choices
        self.values: dict[int, Any] = {}
        self.expressions: dict[int, str] = {}
        self.enabled_flag = True
        self.link: FakeKnob | None = None
        self.code = ""

    def target(self) -> FakeKnob:
        return self.link.target() if self.link is not None else self

    def name(self) -> str:
        return self._name

    def value(self, index: int = 0) -> Any:
        knob = self.target()
        if index in knob.expressions:
            number = knob.owner.evaluate(knob.expressions[index], knob)
            return knob.choices[int(number)] if knob.choices else number
        value = knob.values.get(index)
        if knob.kind == "choice":
            return knob.choices[0] if value is None else value
        if knob.kind in ("int", "float"):
            return 0 if value is None else value
        if knob.kind == "bool":
            return bool(value)
        return "" if value is None else value

    def getValueAt(self, frame: float, index: int = 0) -> Any:  # noqa: N802
        nuke = self.owner.nuke
        stands, nuke.frame = nuke.frame, int(frame)
        try:
            return self.value(index)
        finally:
            nuke.frame = stands

    def getEvaluatedValue(self) -> str:  # noqa: N802
        """Of file knobs: brackets are evaluated, frame numbers are not put in."""
        if self.kind != "file" and self._name not in ("file", "project_directory"):
            raise AttributeError(f"{self._name} is no file knob")
        return self.owner.nuke.evaluated_path(str(self.value()))

    def number(self, index: int = 0) -> float:
        """As an expression sees it: a choice is its place in the list."""
        knob, value = self.target(), self.value(index)
        if knob.choices:
            return float(knob.choices.index(value))
        if isinstance(value, str):
            try:
                return float({"true": "1", "false": "0"}.get(value, value))
            except ValueError:
                raise ExpressionError(f"{knob.owner.name()}.{knob._name} is no number: {value!r}") from None
        return float(value)

    def setValue(self, value: Any, index: int = 0) -> bool:  # noqa: N802
        knob = self.target()
        if knob.kind == "choice":
            if isinstance(value, str) and value not in knob.choices:
                raise TypeError(f"{knob._name}: {value!r} is none of {knob.choices}")
            value = value if isinstance(value, str) else knob.choices[int(value)]
        elif knob.kind in ("int", "float", "colour") and (
            isinstance(value, bool) or not isinstance(value, (int, float))
        ):
            raise TypeError(f"{knob._name}: {value!r} is no number")
        elif knob.kind == "int" and int(value) != value:
            raise TypeError(f"{knob._name}: {value!r} is no whole number")
        elif knob.kind in ("file", "text", "words") and not isinstance(value, str):
            raise TypeError(f"{knob._name}: {value!r} is no text")
        elif knob.kind in ("button", "tab"):
            raise TypeError(f"{knob._name}: a {knob.kind} holds no value")
        if index in knob.expressions:
            return False  # as Nuke: the expression wins
        knob.record(index)
        knob.values[index] = value
        self.owner.changed(self)
        return True

    def setExpression(self, expression: str, index: int = 0) -> bool:  # noqa: N802
        knob = self.target()
        knob.owner.evaluate(expression, knob)  # a name that is not there is an error
        knob.record(index)
        knob.expressions[index] = expression
        return True

    def record(self, index: int) -> None:
        """Remember how to take the next change back."""
        values, expressions = self.values.get(index), self.expressions.get(index)

        def back() -> None:
            for kept, before in ((self.values, values), (self.expressions, expressions)):
                kept.pop(index, None)
                if before is not None:
                    kept[index] = before

        if not self.owner.nuke.reading:
            self.owner.nuke.undo.record(f"change {self._name}", back)

    def clearAnimated(self) -> bool:  # noqa: N802
        self.target().expressions.clear()
        return True

    def hasExpression(self) -> bool:  # noqa: N802
        return bool(self.target().expressions)

    def setEnabled(self, enabled: bool) -> None:  # noqa: N802
        self.enabled_flag = enabled

    def execute(self) -> None:
        self.owner.press(self)


class FakeNode:
    """A node of one class, or a group read from a file."""

    def __init__(self, nuke: FakeNuke, node_class: str, name: str, group: FakeNode | None) -> None:
        table = knobs_of(node_class)  # KeyError: a class that nobody has looked up
        self.nuke, self.node_class, self.group = nuke, node_class, group
        self.inputs: list[FakeNode | None] = []
        self.inside: list[FakeNode] = []
        self._knobs = {knob: FakeKnob(self, knob) for knob in table}
        self._knobs["name"].values[0] = name
        self.deleted = False
        self.box: Box | None = None  # of the picture, where it is not the format's

    # what Nuke's nodes have

    def name(self) -> str:
        self.attached()
        return str(self._knobs["name"].values[0])

    def attached(self) -> None:
        """Python's object of a node that was deleted is good for nothing, even if a node of its name comes."""
        if self.deleted:
            raise ValueError("A PythonObject is not attached to a node")

    def fullName(self) -> str:  # noqa: N802
        above = self.group
        return self.name() if above is None or above.node_class == "Root" else f"{above.fullName()}.{self.name()}"

    def Class(self) -> str:  # noqa: N802
        return self.node_class

    def knob(self, name: str) -> FakeKnob | None:
        self.attached()
        return self._knobs.get(name) or self._model_knobs().get(name)

    def __getitem__(self, name: str) -> FakeKnob:
        found = self.knob(name)
        if found is None:
            raise NameError(f"knob {name} does not exist")
        return found

    def addKnob(self, knob: Any) -> None:  # noqa: N802
        knob.owner = self
        self._knobs[knob.name()] = knob

    def input(self, index: int) -> FakeNode | None:
        return self.inputs[index] if index < len(self.inputs) else None

    def setInput(self, index: int, node: FakeNode | None) -> bool:  # noqa: N802
        while len(self.inputs) <= index:
            self.inputs.append(None)
        self.inputs[index] = node
        self.changed(FakeKnob(self, "inputChange"))
        return True

    @property
    def node(self) -> Callable[[str], FakeNode | None]:
        """Only groups have it."""
        if self.node_class not in ("Group", "Root"):
            raise AttributeError(f"a {self.node_class} has no node()")
        return lambda name: next((one for one in self.inside if one.name() == name), None)

    def everything(self) -> list[FakeNode]:
        return [self, *(deeper for node in self.inside for deeper in node.everything())]

    def parent(self) -> FakeNode | None:
        return self.group

    def __enter__(self) -> FakeNode:
        if self.node_class not in ("Group", "Root"):
            raise AttributeError(f"a {self.node_class} is no context")
        self.nuke.contexts.append(self)
        return self

    def __exit__(self, *problem: object) -> None:
        self.nuke.contexts.pop()

    def width(self) -> int:
        box = self.format_box()
        return int(box[2] - box[0])

    def height(self) -> int:
        box = self.format_box()
        return int(box[3] - box[1])

    def pixelAspect(self) -> float:  # noqa: N802
        source = self.input(0)
        return self.aspect if source is None else source.pixelAspect()

    aspect = 1.0

    # pictures, as far as sizes go

    def format_box(self) -> Box:
        if self.node_class == "Crop" and str(self["reformat"].value()) == "true":
            left, bottom, right, top = (self["box"].number(index) for index in range(4))
            return 0.0, 0.0, right - left, top - bottom
        source = self.source()
        return HD if source is None else source.format_box()

    def picture_box(self) -> Box:
        source = self.source()
        return self.box or (self.format_box() if source is None else source.picture_box())

    def source(self) -> FakeNode | None:
        if self.node_class == "Input":
            assert self.group is not None
            return self.group.input(int(self["number"].value() or 0))
        return self.input(0)

    # expressions

    def evaluate(self, expression: str, knob: FakeKnob | None = None) -> float:
        return evaluate(expression, lambda name: self.look_up(name, knob))

    def look_up(self, name: str, knob: FakeKnob | None) -> float:
        if name == "$nuke_version":
            major, minor, release = self.nuke.version
            return major + minor / 10 + release / 1000
        if name == "frame":
            return float(self.nuke.frame)
        first, *rest = name.split(".")
        here: FakeNode | None = self
        if first == "parent":
            return self._path(self.group, rest, name)
        if first == "input":
            return self._path(self.source(), rest, name)
        if first == "root":
            return self._path(self.nuke.root_node, rest, name)
        if first == "this":
            return self._path(self, rest, name)
        while here is not None:
            if here is self and not rest and first in ("width", "height"):
                return self._path(self, [first], name)
            if first in here._knobs and not (here is self and knob is not None and first == knob.name()):
                return self._path(here, [first, *rest], name)
            for inner in (*here.inside, *(here.group.inside if here.group is not None else ())):
                if inner.name() == first:
                    return self._path(inner, rest, name)
            here = here.group
        raise ExpressionError(f"{self.fullName()}: nothing is named {name}")

    def _path(self, node: FakeNode | None, rest: list[str], name: str) -> float:
        if node is None:
            raise ExpressionError(f"{self.fullName()}: {name}: no such node")
        word, *fields = rest or [""]
        if word in ("width", "height") and not fields:
            return float(node.width() if word == "width" else node.height())
        if word in ("bbox", "format") and len(fields) == 1:
            return (node.picture_box() if word == "bbox" else node.format_box())[FIELDS[fields[0]]]
        if word == "input":
            return self._path(node.source(), fields, name)
        inner = next((one for one in node.inside if one.name() == word), None)
        if inner is not None:
            return self._path(inner, fields, name)
        knob = node.knob(word)
        if knob is None:
            raise ExpressionError(f"{self.fullName()}: {name}: {node.name()} has no knob {word!r}")
        return knob.number(NUMBERS.get(knob.target().kind, FIELDS)[fields[0]] if fields else 0)

    # what happens

    def changed(self, knob: FakeKnob) -> None:
        code = str(self._knobs["knobChanged"].values.get(0) or "")
        if code and not self.nuke.reading:
            self.nuke.run(code, self, knob)

    def press(self, knob: FakeKnob) -> None:
        if self.node_class == "CatFileCreator" and knob.name() == "createCatFile":
            self.nuke.make_cat(self)
        elif knob.kind == "button":
            self.nuke.run(knob.code, self, knob)
        else:
            raise TypeError(f"{knob.name()} is no button")

    def _model_knobs(self) -> dict[str, FakeKnob]:
        """Of an Inference node: those that the .cat it loads brings along."""
        if self.node_class != "Inference":
            return {}
        for name in self.nuke.cat_knobs(str(self._knobs["modelFile"].values.get(0) or "")):
            self._knobs.setdefault(name, FakeKnob(self, name, "float"))
        return self._knobs


def make_node(nuke: FakeNuke, read: ReadNode, group: FakeNode | None, name: str = "") -> FakeNode:
    """A node as a file describes it, with everything inside; refuses knobs that its class does not have."""
    node = FakeNode(nuke, read.node_class, name or read.name, group)
    for user in read.user_knobs:
        add_user_knob(node, user)
    made: dict[str, FakeNode] = {}
    for inner in read.inside:
        inside = make_node(nuke, inner, node)
        inside.inputs = [None if one is None else made[one.name] for one in inner.inputs]
        made[inner.name] = inside
        node.inside.append(inside)
    for user in read.user_knobs:  # links, once what they lead to is there
        if USER_KNOBS[user.kind] == "link":
            inner_name, _, knob_name = user.settings["T"].partition(".")
            node[user.name].link = made[inner_name][knob_name]
    for knob_name, text in read.knobs.items():
        if knob_name not in ("name", "inputs"):
            set_from_script(node[knob_name], text)
    return node


def add_user_knob(node: FakeNode, user: ReadKnob) -> None:
    if not user.name:
        return
    if user.name in node._knobs:
        raise ValueError(f"{node.name()}: a second knob {user.name!r}")
    knob = FakeKnob(node, user.name, USER_KNOBS[user.kind], user.choices)
    knob.code = user.settings.get("T", "")
    node._knobs[user.name] = knob


def set_from_script(knob: FakeKnob, text: str) -> None:
    """`{{expression}}`, `{{a} 1 {b}}`, a plain word, as a script writes them."""
    if knob.kind in NUMBERS and all(_is_number(word) for word in words_of(text)):
        knob.target().values.update({index: float(word) for index, word in enumerate(words_of(text))})
        return
    if knob.name() in ("onCreate", "knobChanged", "label", "message", "serialiseKnob") or not text.startswith("{"):
        converted: Any = text
        if knob.kind in ("int", "float"):
            converted = float(text) if knob.kind == "float" else int(text)
        elif knob.kind == "bool":
            converted = text == "true"
        knob.target().values[0] = converted
        return
    parts: list[tuple[str, bool]] = []

    def flatten(item: str, written: str) -> None:
        inner = words_of(item)
        if written.startswith("{") or len(inner) == 1:
            parts.append((inner[0] if len(inner) == 1 else item, not _is_number(item)))
        else:
            for word in inner:
                parts.append((word, not _is_number(word)))

    for item in words_of(text):
        if knob.name() == "matrix":
            for word in words_of(item):
                parts.append((words_of(word)[0], not _is_number(word)))
        else:
            flatten(item, item if _is_number(item) else "{")
    for index, (word, is_expression) in enumerate(parts):
        if is_expression:
            knob.target().expressions[index] = word
        else:
            knob.target().values[index] = float(word)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
