"""The report: one page that says what a lake has found, and needs nothing else to be read."""

from warehouse.report.page import write_report

__all__ = ["write_report"]
