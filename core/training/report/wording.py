"""Numbers, times and names as the page writes them."""

from __future__ import annotations

import math

__all__ = ["duration", "number", "readable"]

_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"


def number(value: float) -> str:
    """Return a finite `value` with four significant digits at most, thousands apart; "–" for what is not finite."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1e7 or 0 < size < 1e-3:
        mantissa, power = f"{value:.2e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
    if size >= 1000:
        return f"{value:,.0f}".replace(",", _THIN_SPACE)
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """Return a time in its two largest units: "41 s", "48 min 40 s", "3 h 05 min", "2 d 4 h"."""
    whole = round(max(seconds, 0.0)) if math.isfinite(seconds) else 0
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{minutes} min {whole % 60:02d} s" if minutes else f"{whole} s"


def readable(name: str) -> str:
    """Return the name of a figure or setting as words: "generator/cosine_l1" -> "generator / cosine l1"."""
    return name.replace("_", " ").replace("/", " / ")
