"""Words that an option or a setting may be."""

from __future__ import annotations

from enum import Enum

__all__ = ["Choice"]


class Choice(str, Enum):
    """An enumeration whose members are, and are printed as, their words: `enum.StrEnum`, which Python 3.10 lacks."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, format_spec: str) -> str:
        return format(self.value, format_spec)
