"""A trace as a table for terminals and log files of any width, with and without colour and Unicode."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from shutil import get_terminal_size

from rich.console import Console, ConsoleOptions, RenderResult

from shapecheck.records import Trace
from shapecheck.render.changes import SizedAxis
from shapecheck.render.given import expect_trace
from shapecheck.render.lines import Line, Piece, beside, coloured, plain, width_of, words_of, wrap
from shapecheck.render.numbers import Number
from shapecheck.render.plain import cut
from shapecheck.render.story import Forward, Row, Story, Tensor, link_words, notes
from shapecheck.render.tell import tell

NARROWEST, WIDEST = 40, 200
# Below this width the modules stand above their tensors instead of beside them.
_BESIDE = 100
_LEFT = 34
_NOTE = 44


def trace_text(trace: Trace, width: int | None = None, *, color: bool = False, unicode: bool = True) -> str:
    """The table as text.

    Args:
        trace: The trace.
        width: Columns to use; that of the terminal if left out, 100 where there is none. No size is ever cut: a name
            that is longer than a line makes the line longer.
        color: Whether to add colour codes. The words say it all without them.
        unicode: Whether characters beyond ASCII may be used.
    """
    expect_trace(trace, by="trace_text")
    columns = get_terminal_size((100, 24)).columns if width is None else width
    lines = trace_lines(tell(trace, unicode=unicode), columns, unicode=unicode)
    if not color:
        return plain(lines)
    stream = StringIO()
    # Otherwise rich would look at the environment (NO_COLOR, TERM) and at what the text seems to contain.
    console = Console(
        file=stream, width=columns, force_terminal=True, color_system="standard", no_color=False,
        highlight=False, legacy_windows=False,
    )  # fmt: skip
    console.print(coloured(lines), soft_wrap=True)
    return stream.getvalue().rstrip("\n")


def trace_table(trace: Trace) -> TraceTable:
    """The table for `rich`, which knows the terminal's width, colours and encoding."""
    return TraceTable(trace)


@dataclass(frozen=True, slots=True)
class TraceTable:
    """A trace that `rich` can print."""

    trace: Trace

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        unicode = not options.ascii_only
        yield coloured(trace_lines(tell(self.trace, unicode=unicode), options.max_width, unicode=unicode))


def printed(trace: Trace) -> str:
    """The table as ``print(trace)`` shows it: as wide as the terminal, in characters that standard output has."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        "\u2500\u2193\u2717".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return trace_text(trace, unicode=False)
    return trace_text(trace)


def trace_lines(story: Story, width: int, *, unicode: bool = True) -> tuple[Line, ...]:
    """The table line by line."""
    return tuple(_Layout(story, max(NARROWEST, min(width, WIDEST)), unicode).lines())


class _Layout:
    """Lays out one story for one width."""

    def __init__(self, story: Story, width: int, unicode: bool) -> None:
        self.story, self.width = story, width
        self.rule, self.down, self.cross, self.dots = (
            ("\u2500", "\u2193", "\u2717", "\u2026") if unicode else ("-", "v", "X", "...")
        )
        self.left = 0
        if width >= _BESIDE:
            widest = max((width_of(line) for row in story.rows for line in self.about(row, _LEFT)), default=0)
            self.left = min(max(widest, 12), _LEFT) + 3
        tensors = [tensor for row in story.rows for tensor in (*row.inputs, *row.outputs)]
        self.roles = min(max((len(tensor.role) for tensor in tensors), default=0), 12)
        shape = max((width_of(_shape_line(tensor)) for tensor in tensors), default=0)
        room = self.width - self.left - self.indent - shape - 3
        self.notes_beside = room >= _NOTE
        self.shape = shape if self.notes_beside else self.width - self.left - self.indent
        self.note = room if self.notes_beside else self.shape

    @property
    def indent(self) -> int:
        """Columns before a shape: the way of the tensor and its role."""
        return 3 + 2 + self.roles + 2

    def lines(self) -> Iterator[Line]:
        story = self.story
        head = [((f"{cut(story.model, 60)}   ", "title"),), *words_of(story.summary, "note")]
        yield from wrap(head, self.width, indent=2)
        for forward in story.forwards:
            yield ((self.rule * self.width, "note"),)
            yield from self.forward(forward)
        if story.forwards:
            yield ((self.rule * self.width, "note"),)
        yield from self.numbers(story.numbers)
        for remark in story.remarks:
            yield from wrap(words_of(remark, "note"), self.width, indent=2)

    def forward(self, forward: Forward) -> Iterator[Line]:
        if forward.title:
            yield from wrap(words_of(f"{forward.which}: {forward.title}", "title"), self.width, indent=2)
        if forward.repetition:
            yield from wrap(words_of(forward.repetition.words(forward.rows[0].count)), self.width)
            return
        if forward.title:
            yield ()
        for at, row in enumerate(forward.rows):
            if at:
                yield ()
            if row.link:
                yield from self.link(link_words(row.link, row.link_from))
                yield ()
            about = list(self.about(row, self.left - 3 if self.left else self.width))
            tensors = list(self.tensors(row))
            yield from beside(about, tensors, self.left) if self.left else [*about, *tensors]
        if forward.closing:
            yield ()
            yield from self.link(f"{link_words(forward.closing, forward.closing_from)}: the model's output")

    def link(self, text: str) -> list[Line]:
        pad = " " * self.left
        words = [((f"{pad}{self.down} ", "change"),), *words_of(text, "change")]
        return wrap(words, self.width, indent=self.left + 2)

    def about(self, row: Row, width: int) -> Iterator[Line]:
        """Who is called: path, layer, how often, how large."""
        mark = f"{self.cross} " if row.is_failing else ""
        name = cut(row.module, 80) or "the model"
        layer = words_of(row.layer)
        if self.left:
            yield (mark, "wrong"), (name, "title")
            yield from wrap(layer, width)
            for fact in row.facts:
                yield from wrap(words_of(fact, "note"), width)
        else:
            yield from wrap([((mark, "wrong"), (f"{name}: ", "title")), *layer], width, indent=2)
            yield from wrap(words_of("; ".join(row.facts), "note"), width)

    def tensors(self, row: Row) -> Iterator[Line]:
        for way, tensors in (("in", row.inputs), ("out", row.outputs)):
            before: Tensor | None = None
            for tensor in tensors:
                yield from self.tensor(way, tensor, before)
                before = tensor
        if row.is_failing:
            yield from wrap([((f"{self.cross} ", "wrong"),), *words_of(row.failure, "wrong")], self.width - self.left)
        elif row.failure:
            yield from wrap(words_of(row.failure, "note"), self.width - self.left)

    def tensor(self, way: str, tensor: Tensor, before: Tensor | None) -> Iterator[Line]:
        role = cut(tensor.role, 60)
        head: Line = ((f"{way:<3}  ", "arrow"), (f"{role:<{self.roles}}  ", "plain"))
        shape = wrap(_shape_words(tensor), self.shape, indent=1)
        told = [
            line
            for kind, note in notes(tensor, before, self.dots)
            for line in wrap(words_of(note, kind), self.note, indent=2)
        ]
        if width_of(head) > self.indent:
            # A long role has the line to itself.
            yield head
            head = ((" " * self.indent, "plain"),)
        block = beside(shape, told, self.shape + 3) if self.notes_beside else [*shape, *told]
        yield from (
            (*head, *line) if at == 0 else ((" " * self.indent, "plain"), *line) for at, line in enumerate(block)
        )

    def numbers(self, numbers: tuple[Number, ...]) -> Iterator[Line]:
        if not numbers:
            return
        yield (("how the numbers come about", "title"),)
        sizes = [number.sizes_shown for number in numbers]
        size_width = max(map(len, sizes))
        formulas = max(min(len(number.formula), 44) for number in numbers)
        column = 2 + size_width + 3 + formulas + 3
        for size, number in zip(sizes, numbers, strict=True):
            head: Line = ((f"  {size:>{size_width}}", "size"), (" = ", "plain"), (number.formula, "dim"))
            meaning = words_of(number.meaning, "note")
            room = self.width - column
            if meaning and room < 24:
                yield head
                indent = size_width + 5
                yield from (((" " * indent, "plain"), *line) for line in wrap(meaning, self.width - indent))
            else:
                yield from beside([head], wrap(meaning, room), column)


def axis_pieces(axis: SizedAxis) -> tuple[Piece, ...]:
    """An axis by name and size: ``batch_size 32``; a fixed or unknown one by its size alone."""
    if not axis.dim or axis.dim.isdecimal():
        return ((str(axis.size), "size"),)
    return (axis.dim, "dim"), (" ", "plain"), (str(axis.size), "size")


def shape_text(tensor: Tensor) -> str:
    """The shape by name and size, and the dtype where it is not the usual one."""
    return "".join(text for word in _shape_words(tensor) for text, _ in word)


def _shape_words(tensor: Tensor) -> list[Line]:
    """One word an axis, so that a line never breaks between a name and its size."""
    axes = tensor.axes
    dtype = f" {tensor.dtype}" if tensor.dtype else ""
    if not axes:
        return [((f"()  one number{dtype}", "plain"),)]
    found: list[Line] = []
    for at, axis in enumerate(axes):
        last = at == len(axes) - 1
        joint = (",)" if len(axes) == 1 else ")") + dtype if last else ", "
        found.append(((("(", "plain"),) if at == 0 else ()) + axis_pieces(axis) + ((joint, "plain"),))
    return found


def _shape_line(tensor: Tensor) -> Line:
    return tuple(piece for word in _shape_words(tensor) for piece in word)
