"""Turns values into what people read: one story, then text, Markdown, HTML or SVG."""

from shapecheck.axes import AxisFlow
from shapecheck.contract import Outcome
from shapecheck.findings import Diagnosis, Report
from shapecheck.records import Trace
from shapecheck.render.axes import axis_flow_text
from shapecheck.render.axes_svg import axis_flow_picture
from shapecheck.render.diagnosis import diagnosis_rich, diagnosis_text
from shapecheck.render.html import diagnosis_html, fixed_width, trace_html
from shapecheck.render.outcome import outcome_text
from shapecheck.render.report_text import report_text
from shapecheck.render.text import printed, trace_table
from shapecheck.shown import Voices, show_with

__all__ = ["AxisFlow", "Diagnosis", "Outcome", "Report", "Trace"]


def _report(report: Report) -> str:
    return report_text(report, width=100).strip("\n")


# A trace that is printed, or shown in a notebook, becomes its table from here on.
show_with(Trace, Voices(text=printed, rich=trace_table, html=trace_html))
show_with(Diagnosis, Voices(text=diagnosis_text, rich=diagnosis_rich, html=diagnosis_html))
show_with(AxisFlow, Voices(text=axis_flow_text, rich=axis_flow_text, html=lambda flow: axis_flow_picture(flow).svg))
show_with(Report, Voices(text=_report, rich=_report, html=lambda report: fixed_width(str(report))))
show_with(Outcome, Voices(text=outcome_text, rich=outcome_text, html=lambda outcome: fixed_width(str(outcome))))
