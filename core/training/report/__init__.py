"""RUN/report.html: how a run is going, on one page that needs no other file and no network."""

from __future__ import annotations

from core.training.report.page import REPORT, Report

__all__ = ["REPORT", "Report"]
