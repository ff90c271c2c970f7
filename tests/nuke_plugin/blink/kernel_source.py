"""What a Blink file says: its images, parameters, methods, and every word that is not Blink's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

KERNEL = Path(__file__).parents[3] / "nuke_plugin" / "blink" / "PlateRelight.blink"

TYPES = {"bool", "int", "float", "float3", "float4", "int2", "void"}
FUNCTIONS = {"dot", "cross", "cos", "sin", "atan2", "pow", "sqrt", "floor", "fabs", "min", "max", "clamp"}
"""Those of Blink's functions that blink_types.h has; a kernel that needs another one adds it there and here."""

CONTROL = {"if", "else", "for", "return", "true", "false"}
FRAME = {
    *{
        "kernel",
        "param",
        "local",
        "public",
        "ImageComputationKernel",
        "Image",
        "defineParam",
        "define",
        "init",
        "process",
    },
    *{"ePixelWise", "eRead", "eWrite", "eAccessPoint", "eEdgeClamped", "eEdgeNone"},
}
TAKEN = {
    *{
        "in",
        "out",
        "near",
        "far",
        "half",
        "double",
        "uint",
        "sampler",
        "image",
        "global",
        "constant",
        "private",
        "event",
    },
    *{
        "mix",
        "step",
        "smoothstep",
        "distance",
        "sign",
        "degrees",
        "all",
        "any",
        "select",
        "finite",
        "isfinite",
        "isnan",
    },
    *{"point", "auto", "asm", "template", "class", "static", "inline", "new", "delete", "this", "operator", "pipe"},
}
"""Names that OpenCL, C or Windows' headers have, on which the code that Blink writes could trip; and C++ that is not
Blink's."""


@dataclass(frozen=True)
class Source:
    """`parameters`: name -> type, in order; `images`: name -> `eRead` or `eWrite`; `methods`: the kernel's own."""

    text: str
    name: str
    parameters: dict[str, str]
    labels: dict[str, str]
    images: dict[str, str]
    methods: tuple[str, ...]


def read_kernel(text: str) -> Source:
    bare = without_comments(text)
    (name,) = re.findall(r"kernel (\w+) : ImageComputationKernel<ePixelWise>", bare)
    section = bare.partition("param:")[2].partition("void define()")[0]
    return Source(
        text,
        name,
        {found: kind for kind, found in re.findall(r"^\s*(\w+) (\w+);", section, re.MULTILINE)},
        dict(re.findall(r'defineParam\((\w+), "([^"]*)",', bare)),
        {found: use for use, found in re.findall(r"Image<(\w+)[^>]*> (\w+);", bare)},
        tuple(re.findall(r"^  (?:bool|float|float3|float4|void) (\w+)\(", bare, re.MULTILINE)),
    )


def without_comments(text: str) -> str:
    return re.sub(r"//[^\n]*", "", text)


def foreign_words(text: str) -> list[str]:
    """What no Blink kernel may hold: unknown calls and types, numbers that are doubles, preprocessor, pointers."""
    source = read_kernel(text)
    bare = re.sub(r'"[^"]*"', '""', without_comments(text))
    found = []
    known = FUNCTIONS | set(source.methods) | set(source.images) | TYPES | CONTROL | {"defineParam"}
    found += [f"call {name}" for name in re.findall(r"\b([A-Za-z_]\w*)\s*\(", bare) if name not in known]
    found += [
        f"type {kind}"
        for kind, _ in re.findall(r"^\s*(\w+) (\w+)\s*[;=(]", bare, re.MULTILINE)
        if kind not in TYPES | {"return", "kernel", "else"}
    ]
    found += [
        f"double {number}" for number in re.findall(r"(?<![\w.])(?:\d+\.\d*|\.\d+|\d+e-?\d+)(?:e-?\d+)?(?![\w.])", bare)
    ]
    found += [f"name {word}" for word in re.findall(r"[A-Za-z_]\w*", bare) if word in TAKEN]
    found += [
        f"sign {sign}" for sign in re.findall(r"#|->|::|\[|\]|[^&]&[^&]|\bfloat\s*\*|\w\s+\*\s*\w+\s*[;,)]\s*//", bare)
    ]
    return found
