"""Turns values into what people read: one story, then text, Markdown, HTML or SVG."""

from shapecheck.axes import AxisFlow
from shapecheck.findings import Diagnosis
from shapecheck.records import Trace
from shapecheck.render.axes import axis_flow_text
from shapecheck.render.axes_svg import axis_flow_picture
from shapecheck.render.diagnosis import diagnosis_rich, diagnosis_text
from shapecheck.render.html import diagnosis_html, trace_html
from shapecheck.render.text import printed, trace_table
from shapecheck.shown import Voices, show_with

__all__ = ["AxisFlow", "Diagnosis", "Trace"]

# A trace that is printed, or shown in a notebook, becomes its table from here on.
show_with(Trace, Voices(text=printed, rich=trace_table, html=trace_html))
show_with(Diagnosis, Voices(text=diagnosis_text, rich=diagnosis_rich, html=diagnosis_html))
show_with(AxisFlow, Voices(text=axis_flow_text, rich=axis_flow_text, html=lambda flow: axis_flow_picture(flow).svg))
