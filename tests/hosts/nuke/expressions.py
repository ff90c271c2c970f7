"""Nuke's expression language, as much of it as the plug-in uses: numbers, + - * /, comparisons, ?:, functions, names.

What it does with names is the vendor's description of `nuke.knob`: the first word is looked for among the node's own
knobs, then among the nodes of the group that holds the node (or inside it, if it is a group), and so on up; `parent`,
`input`, `root` and `this` mean what they say. A name that is not found is an error, as it is in Nuke.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:e-?\d+)?)|([A-Za-z_$][\w.]*)|(==|!=|>=|<=|[-+*/()?:,<>]))")

FUNCTIONS: dict[str, Callable[..., float]] = {
    "atan": math.atan,
    "clamp": lambda value, low=0.0, high=1.0: min(max(value, low), high),
    "cos": math.cos,
    "degrees": math.degrees,
    "max": max,
    "min": min,
    "pow": math.pow,
    "radians": math.radians,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}
"""All of them in the list of nukepedia.com/reference/Tcl/group__tcl__expressions.html."""

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


class ExpressionError(Exception):
    """Syntax, a function or a name that Nuke would not take."""


def tokens_of(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = TOKEN.match(text, place)
        if match is None:
            raise ExpressionError(f"{text!r}: what is {text[place:]!r}?")
        found.append(match[0].strip())
        place = match.end()
    return found


def evaluate(text: str, look_up: Callable[[str], float]) -> float:
    """The value; `look_up` gives that of a dotted name or raises `ExpressionError`."""
    tokens = tokens_of(text)

    def peek() -> str:
        return tokens[0] if tokens else ""

    def expect(sign: str) -> None:
        if not tokens or tokens.pop(0) != sign:
            raise ExpressionError(f"{text!r}: {sign!r} is missing")

    def choice() -> float:
        condition = comparison()
        if peek() != "?":
            return condition
        tokens.pop(0)
        yes = choice()
        expect(":")
        no = choice()
        return yes if condition else no

    def comparison() -> float:
        left = total()
        while peek() in COMPARE:
            left = float(COMPARE[tokens.pop(0)](left, total()))
        return left

    def total() -> float:
        left = product()
        while peek() in ("+", "-"):
            left = left + product() if tokens.pop(0) == "+" else left - product()
        return left

    def product() -> float:
        left = factor()
        while peek() in ("*", "/"):
            left = left * factor() if tokens.pop(0) == "*" else left / factor()
        return left

    def factor() -> float:
        if not tokens:
            raise ExpressionError(f"{text!r}: ends too early")
        token = tokens.pop(0)
        if token == "-":
            return -factor()
        if token == "(":
            value = choice()
            expect(")")
            return value
        if token[0].isdigit():
            return float(token)
        if peek() != "(":
            return look_up(token)
        if token not in FUNCTIONS:
            raise ExpressionError(f"{text!r}: no function {token}")
        tokens.pop(0)
        arguments = [choice()]
        while peek() == ",":
            tokens.pop(0)
            arguments.append(choice())
        expect(")")
        return float(FUNCTIONS[token](*arguments))

    value = choice()
    if tokens:
        raise ExpressionError(f"{text!r}: {tokens[0]!r} is too much")
    return float(value)
