"""What a set of samples looks like, for people: the contact sheet and the HTML report."""

from __future__ import annotations

from scene_generator.report.contact_sheet import contact_sheet
from scene_generator.report.page import write_report

__all__ = ["contact_sheet", "write_report"]
