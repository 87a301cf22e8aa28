"""A trace as a Markdown table, for issues, README files and chats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecheck.records import Trace
from shapecheck.render.given import expect_trace
from shapecheck.render.story import Forward, Row, Story, Tensor, link_words, notes
from shapecheck.render.tell import tell
from shapecheck.render.text import shape_text

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$])")


def trace_markdown(trace: Trace) -> str:
    """The trace as a table of GitHub's Markdown, and below it how the numbers come about, with no newline at the end.

    Names are shown as they are: whatever they contain is escaped.
    """
    expect_trace(trace, by="trace_markdown")
    return "\n".join(_lines(tell(trace)))


def _lines(story: Story) -> Iterator[str]:
    yield f"**{_text(story.model)}**: {_text(story.summary)}"
    for forward in story.forwards:
        yield ""
        yield from _forward(forward)
    if story.numbers:
        yield ""
        yield "How the numbers come about:"
        yield ""
    for number in story.numbers:
        meaning = f": {_text(number.meaning)}" if number.meaning else ""
        yield f"- {number.sizes_shown} = {_code(number.formula)}{meaning}"
    for remark in story.remarks:
        yield ""
        yield _text(remark)


def _forward(forward: Forward) -> Iterator[str]:
    if forward.title:
        yield f"{forward.which.capitalize()}: {_text(forward.title)}."
        if forward.repetition:
            yield f"{_text(forward.repetition.words(forward.rows[0].count))}."
            return
        yield ""
    yield "| module | tensor | shape | what happened |"
    yield "|---|---|---|---|"
    for row in forward.rows:
        if row.link:
            yield _cells("", "", "", f"*{_text(link_words(row.link, row.link_from))}*")
        yield from _row(row)
    if forward.closing:
        words = f"{link_words(forward.closing, forward.closing_from)}: the model's output"
        yield _cells("", "", "", f"*{_text(words)}*")


def _row(row: Row) -> Iterator[str]:
    mark = "&cross; " if row.is_failing else ""
    about = [f"{mark}**{_text(row.module) or 'the model'}**", _code(row.layer), *map(_text, row.facts)]
    told = [*_tensors("in", row.inputs), *_tensors("out", row.outputs)]
    if row.failure:
        told.append(("", "", f"**{_text(row.failure)}**" if row.is_failing else _text(row.failure)))
    for at, cells in enumerate(told or [("", "", "")]):
        yield _cells("" if at else "<br>".join(about), *cells)


def _tensors(way: str, tensors: tuple[Tensor, ...]) -> Iterator[tuple[str, str, str]]:
    before: Tensor | None = None
    for tensor in tensors:
        told = "<br>".join(_text(note) for _, note in notes(tensor, before))
        yield f"{way} {_text(tensor.role)}", _code(shape_text(tensor)), told
        before = tensor


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _code(text: str) -> str:
    """The text as code; a fence longer than any run of backticks in it, and bars escaped for the table."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    bars = text.replace("|", "\\|")
    return f"{'`' * (longest + 1)}{pad}{bars}{pad}{'`' * (longest + 1)}"
