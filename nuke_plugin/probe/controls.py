"""What the PlateProbe node offers, where its data and the code behind its buttons have to agree."""

from __future__ import annotations

from nuke_plugin.controls import NORMALS_FROM

__all__ = [
    "COLORS",
    "COLOR_SPACES",
    "FACTS",
    "FRAMES",
    "HARMONICS",
    "NODE_CLASS",
    "NOTHING_YET",
    "NUMBERS",
    "PRIMARIES",
    "SOURCES",
]

NODE_CLASS = "PlateProbe"
FRAMES = ("this frame", "a range: one light for all")
SOURCES = NORMALS_FROM
PRIMARIES = ("Rec.709", "ACEScg")
"""As PlateRelight's choice; the numbers are in the plate's own primaries whatever it says."""

COLOR_SPACES = ("lin_rec709", "ACEScg")
"""What the worker and the estimate's file call them."""

COLORS = ("red", "green", "blue")
HARMONICS = 9
NUMBERS = ("key", "ambient", "mean", "bright", *(f"light{row}" for row in range(HARMONICS)))
"""Each is three knobs: `key_red`, `key_green`, `key_blue`."""

FACTS = (
    ("directionality", "Directionality", "0: light from all sides alike; 1: one distant lamp and nothing else."),
    ("spread_degrees", "Spread", "Degrees: other directions that explain the plate about as well. Uncalibrated."),
    ("median_stops", "Residual", "Median, in stops, of plate over what the light explains."),
    ("p90_stops", "Residual, 90 %", "Its 90th percentile: cast shadows and paint."),
    ("usable_share", "Usable pixels", "Share of the surfaces' pixels that are neither clipped nor black."),
    ("coverage", "Coverage", "Share of the sphere that the surfaces face; below 0.1 the direction is a guess."),
    ("rejected_share", "Rejected", "Share of the pixels that the fit left out."),
)
"""Knob, label, hint; one number each, named as in the estimate's file."""

NOTHING_YET = "No estimate yet: press Estimate the light."
