"""A report to look at: one HTML file with every page that was read, its picture beside its text, the worst first."""

from nemotron_vl_integrations.report.writer import ReportWriter

__all__ = ["ReportWriter"]
