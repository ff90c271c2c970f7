"""Just enough of JSON Schema (draft 2020-12) to hold messages against `protocol.schema.json`.

Any keyword it does not know raises, so that nothing in the schema is silently not checked.
"""

from __future__ import annotations

import re
from typing import Any

_IGNORED = {"$schema", "$id", "$defs", "title", "description"}
_KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def problems(value: Any, schema: dict[str, Any], root: dict[str, Any], where: str = "message") -> list[str]:
    """What is wrong with a value; empty where it fits."""
    found: list[str] = []
    for keyword, wanted in schema.items():
        if keyword in _IGNORED:
            continue
        if keyword == "$ref":
            found += problems(value, root["$defs"][wanted.removeprefix("#/$defs/")], root, where)
        elif keyword == "oneOf":
            tries = [problems(value, one, root, where) for one in wanted]
            fits = sum(not one for one in tries)
            if fits != 1:
                found.append(f"{where}: fits {fits} of the alternatives: {min(tries, key=len)}")
        elif keyword == "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            if not any(_is(value, kind) for kind in kinds):
                found.append(f"{where}: {value!r} is no {wanted}")
        elif keyword == "const":
            found += (
                [] if value == wanted and type(value) is type(wanted) else [f"{where}: {value!r} is not {wanted!r}"]
            )
        elif keyword == "enum":
            found += [] if value in wanted else [f"{where}: {value!r} is not among {wanted}"]
        elif keyword == "properties":
            if isinstance(value, dict):
                for name, inner in wanted.items():
                    if name in value:
                        found += problems(value[name], inner, root, f"{where}.{name}")
        elif keyword == "required":
            if isinstance(value, dict):
                found += [f"{where}: lacks {name}" for name in wanted if name not in value]
        elif keyword == "additionalProperties":
            assert wanted is False
            if isinstance(value, dict):
                found += [f"{where}: unknown {name}" for name in value if name not in schema.get("properties", {})]
        elif keyword == "items":
            if isinstance(value, list):
                for index, item in enumerate(value):
                    found += problems(item, wanted, root, f"{where}[{index}]")
        elif keyword in ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "exclusiveMinimum"):
            found += _limits(value, keyword, wanted, where)
        elif keyword == "pattern":
            if isinstance(value, str) and not re.search(wanted, value):
                found.append(f"{where}: {value!r} does not match {wanted}")
        else:
            raise AssertionError(f"the schema uses {keyword}, which this checker does not know")
    return found


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return type(value) is int
    if kind == "number":
        return type(value) in (int, float)
    return isinstance(value, _KINDS[kind])


def _limits(value: Any, keyword: str, wanted: float, where: str) -> list[str]:
    measured: float
    if isinstance(value, str | list) and keyword[3:] in ("Length", "Items"):
        measured = len(value)
    elif type(value) in (int, float) and keyword[3:] not in ("Length", "Items"):
        measured = value
    else:
        return []
    wrong = {
        "mi": measured < wanted,
        "ma": measured > wanted,
        "ex": measured <= wanted,
    }[keyword[:2]]
    return [f"{where}: {value!r} breaks {keyword} {wanted}"] if wrong else []
