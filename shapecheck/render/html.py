"""A trace and a diagnosis for a notebook: HTML that needs nothing from outside and fits dark and light themes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from shapecheck.findings import Diagnosis
from shapecheck.records import Trace
from shapecheck.render.changes import SizedAxis
from shapecheck.render.diagnosis import diagnosis_text
from shapecheck.render.given import expect_trace
from shapecheck.render.palette import Ink, inks
from shapecheck.render.story import Forward, Row, Story, Tensor, dims_of, link_words, notes
from shapecheck.render.tell import tell

# Pages made of a notebook give a bare <pre> the font of their text.
_FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_FIXED = f"font-family: {_FONT} !important; white-space: pre; overflow-x: auto"
# Text keeps the colour of the page, lines and grounds are half transparent: so they show on any page. Notebooks
# stripe and right-align tables, which "!important" undoes.
_STYLE = """
.shapecheck-trace { font-size: 13px; line-height: 1.5; color: inherit; overflow-x: auto; }
.shapecheck-trace table { border-collapse: collapse; margin: 0.4em 0 !important; font-size: inherit; color: inherit; }
.shapecheck-trace caption { text-align: left; padding: 0 0 6px; color: inherit; caption-side: top; }
.shapecheck-trace tr { background: none !important; }
.shapecheck-trace th, .shapecheck-trace td { text-align: left !important; vertical-align: top !important;
  padding: 3px 14px 3px 0 !important; border: 0 !important; max-width: none !important; font-weight: normal;
  color: inherit; background: none !important; white-space: normal; }
.shapecheck-trace tr.sc-first > * { padding-top: 6px !important;
  border-top: 1px solid rgba(128,128,128,0.45) !important; }
.shapecheck-trace thead th { font-weight: bold; }
.shapecheck-trace code, .shapecheck-trace .sc-shape { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono",
  monospace; font-size: 12px; background: none; color: inherit; padding: 0; }
.shapecheck-trace .sc-shape { white-space: nowrap; }
.shapecheck-trace .sc-axis { border-bottom: 3px solid; padding-bottom: 1px; }
.shapecheck-trace .sc-size { text-align: right !important; }
.shapecheck-trace .sc-note { opacity: 0.8; }
.shapecheck-trace .sc-failed > * { background: rgba(213,62,0,0.16) !important; }
.shapecheck-trace .sc-failed th { border-left: 4px solid #d53e00 !important; padding-left: 6px !important; }
""".strip()


def trace_html(trace: Trace) -> str:
    """The trace as a fragment of HTML: the table, and below it how the numbers come about.

    Whatever the names of modules and dims contain is shown as text.
    """
    expect_trace(trace, by="trace_html")
    story = tell(trace)
    palette = inks(dims_of(story))
    body = "".join(_table(story, palette))
    return f'<div class="shapecheck-trace"><style>{_STYLE}</style>{body}</div>'


def fixed_width(text: str, name: str = "shapecheck") -> str:
    """Lines as they are printed, in which columns and carets stand in their places whatever fonts the page has.

    Args:
        text: The lines.
        name: The class of the element.
    """
    return f'<pre class="{name}" style="{_FIXED}">{escape(text)}</pre>'


def diagnosis_html(diagnosis: Diagnosis) -> str:
    """The diagnosis as it stands in an exception, in a fixed-width font."""
    return fixed_width(diagnosis_text(diagnosis), "shapecheck-diagnosis")


def _table(story: Story, palette: Mapping[str, Ink]) -> Iterator[str]:
    yield f"<table><caption><b>{escape(story.model)}</b> &nbsp; {escape(story.summary)}</caption>"
    if story.forwards:
        heads = "".join(f'<th scope="col">{head}</th>' for head in ("module", "", "tensor", "shape", "what happened"))
        yield f"<thead><tr>{heads}</tr></thead>"
    for forward in story.forwards:
        yield f"<tbody>{''.join(_forward(forward, palette))}</tbody>"
    yield "</table>"
    if story.numbers:
        yield "<table><caption><b>how the numbers come about</b></caption><tbody>"
        for number in story.numbers:
            size = number.sizes_shown
            yield (
                f'<tr><td class="sc-size">{size} =</td><td><code>{escape(number.formula)}</code></td>'
                f'<td class="sc-note">{escape(number.meaning)}</td></tr>'
            )
        yield "</tbody></table>"
    yield from (f'<div class="sc-note">{escape(remark)}</div>' for remark in story.remarks)


def _forward(forward: Forward, palette: Mapping[str, Ink]) -> Iterator[str]:
    if forward.title:
        yield _wide(f"<b>{forward.which}: {escape(forward.title)}</b>")
    if forward.repetition:
        yield _wide(escape(forward.repetition.words(forward.rows[0].count)), "sc-next")
        return
    for row in forward.rows:
        if row.link:
            yield _link(link_words(row.link, row.link_from))
        yield from _row(row, palette)
    if forward.closing:
        yield _link(f"{link_words(forward.closing, forward.closing_from)}: the model's output")


def _wide(content: str, kind: str = "sc-first") -> str:
    return f'<tr class="{kind}"><td colspan="5">{content}</td></tr>'


def _link(text: str) -> str:
    return f'<tr class="sc-first"><td></td><td colspan="4"><i>&darr; {escape(text)}</i></td></tr>'


def _row(row: Row, palette: Mapping[str, Ink]) -> Iterator[str]:
    lines = [*_tensors("in", row.inputs, palette), *_tensors("out", row.outputs, palette)]
    if row.failure:
        text = f"<b>&cross; {escape(row.failure)}</b>" if row.is_failing else escape(row.failure)
        lines.append(f'<td colspan="4">{text}</td>')
    lines = lines or ['<td colspan="4"></td>']
    head = f'<th scope="rowgroup" rowspan="{len(lines)}">{"<br>".join(_about(row))}</th>'
    failed = " sc-failed" if row.is_failing else ""
    for at, line in enumerate(lines):
        place, start = ("sc-next", "") if at else ("sc-first", head)
        yield f'<tr class="{place}{failed}">{start}{line}</tr>'


def _about(row: Row) -> Iterator[str]:
    mark = "&cross; " if row.is_failing else ""
    yield f"{mark}<b>{escape(row.module) or 'the model'}</b>"
    yield f"<code>{escape(row.layer)}</code>"
    yield from (f'<span class="sc-note">{escape(fact)}</span>' for fact in row.facts)


def _tensors(way: str, tensors: tuple[Tensor, ...], palette: Mapping[str, Ink]) -> Iterator[str]:
    before: Tensor | None = None
    for tensor in tensors:
        told = [escape(note) for _, note in notes(tensor, before, "…")]
        yield (
            f"<td>{way}</td><td><code>{escape(tensor.role)}</code></td>"
            f'<td class="sc-shape">{_shape(tensor, palette)}</td><td>{"<br>".join(told)}</td>'
        )
        before = tensor


def _shape(tensor: Tensor, palette: Mapping[str, Ink]) -> str:
    dtype = f" {escape(tensor.dtype)}" if tensor.dtype else ""
    if not tensor.axes:
        return f"() one number{dtype}"
    comma = "," if len(tensor.axes) == 1 else ""
    return f"({', '.join(_axis(axis, palette) for axis in tensor.axes)}{comma}){dtype}"


def _axis(axis: SizedAxis, palette: Mapping[str, Ink]) -> str:
    """An axis, underlined in the colours of its dims; the words carry the meaning."""
    if not axis.factors:
        return f"<b>{axis.size}</b>"
    names = "*".join(_name(factor, palette) for factor in axis.dim.split("*"))
    return f"{names} <b>{axis.size}</b>"


def _name(factor: str, palette: Mapping[str, Ink]) -> str:
    ink = palette.get(factor)
    style = f' style="border-color:{ink.colour}"' if ink else ""
    return f'<span class="sc-axis"{style}>{escape(factor)}</span>' if ink else escape(factor)
