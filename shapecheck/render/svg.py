"""The picture of the flow: a line for every layer, from the tensors that go in to those that come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from shapecheck.records import Trace
from shapecheck.render.cards import FONT, SMALL, Card, cards
from shapecheck.render.changes import Change, words
from shapecheck.render.drawing import EDGE, FAINT, INK, PALE_RED, RED, Sheet, wrapped
from shapecheck.render.given import expect_trace
from shapecheck.render.palette import Ink, inks
from shapecheck.render.story import Forward, Row, Story, Tensor, dims_of, link_words
from shapecheck.render.tell import tell
from shapecheck.render.text import shape_text

WIDTH = 900
_MARGIN, _GAP, _BOX = 18, 34, 184
_LINE = 14
_Point = tuple[float, float]
# The ways from what stands in a line down to where they turn to the next one, each with the roles that it begins at.
_Way = tuple[_Point, ...]
_Ways = list[tuple[tuple[str, ...], _Way]]
_OTHER_PICTURES = frozenset((".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".pdf", ".eps"))


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG that a notebook shows by itself."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    def __str__(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write it to a file, and return the path.

        Raises:
            OSError: The file cannot be written.
            ValueError: Its ending is that of another kind of picture.
        """
        target = Path(path)
        if target.suffix.lower() in _OTHER_PICTURES:
            raise ValueError(f"the picture is an SVG; expected a name that ends in .svg, got {target.name!r}")
        target.write_text(self.svg, encoding="utf-8")
        return target


def flow_picture(trace: Trace, *, width: int = WIDTH) -> Picture:
    """The picture of the flow for a notebook, or to be saved; see `flow_svg`."""
    expect_trace(trace, by="flow_picture")
    return Picture(flow_svg(trace, width=width))


def flow_svg(trace: Trace, *, width: int = WIDTH) -> str:
    """Draw the flow of one forward as SVG: the one that failed, else the first.

    Every axis has its name, its size and a letter beside its colour; equal dims look the same everywhere. What was
    joined is drawn as the two that were joined.

    Args:
        trace: The trace.
        width: Pixels that it should not exceed; states stand beside the output where there is room, else below it.
    """
    expect_trace(trace, by="flow_svg")
    story = tell(trace)
    return _Flow(story, inks(dims_of(story)), width).svg()


@dataclass(frozen=True, slots=True)
class _Station:
    """One line of the picture."""

    inputs: tuple[Card, ...] = ()
    row: Row | None = None
    outputs: tuple[Card, ...] = ()
    link: str = ""
    link_from: str = ""


class _Flow:
    """Lays out one story."""

    def __init__(self, story: Story, palette: Mapping[str, Ink], width: int) -> None:
        self.story, self.palette, self.sheet = story, palette, Sheet()
        broken = [forward for forward in story.forwards if any(row.is_failing for row in forward.rows)]
        self.forward = (broken or list(story.forwards) or [Forward(())])[0]
        self.stations = _stations(self.forward)
        everything = [card for station in self.stations for card in (*station.inputs, *station.outputs)]
        self.card = max((card.width() for card in everything), default=140)
        columns = max((len(station.outputs) for station in self.stations), default=1)
        four = 2 * _MARGIN + 3 * self.card + _BOX + 2 * _GAP + 16
        self.side = columns > 1 and four <= width
        three = 2 * _MARGIN + 2 * self.card + _BOX + 2 * _GAP
        self.width = max(four if self.side else three, 420)
        self.box_x = _MARGIN + self.card + _GAP
        self.out_x = self.box_x + _BOX + _GAP

    def svg(self) -> str:
        y = self.heading()
        ways: _Ways = []
        for station in self.stations:
            y, ways = self.station(station, y, ways)
        y = self.legend(y + 10)
        title = f"The flow of tensors through {self.story.model}"
        return self.sheet.svg(self.width, y + 6, title=title, description=_description(self.story, self.forward))

    def heading(self) -> float:
        self.sheet.text(_MARGIN, 30, self.story.model, size=17, bold=True, mono=False)
        y = 48
        for line in wrapped(self.story.summary, self.width - 2 * _MARGIN, SMALL + 0.5, mono=False):
            self.sheet.text(_MARGIN, y, line, size=SMALL + 0.5, fill=FAINT, mono=False)
            y += _LINE
        return y + 6

    def station(self, station: _Station, y: float, ways: _Ways) -> tuple[float, _Ways]:
        """Draw one line; the ways are those on which the flow leaves it, and left the line before."""
        heights = [self.stack(station.inputs), self.box_height(station.row), self.outputs_height(station.outputs)]
        height = max(heights)
        if station.link_from and ways:
            y = self.between(
                station, y, _way_from(station.link_from, ways), drop=(height - heights[0 if station.inputs else 1]) / 2
            )
        middle = y + height / 2
        self.column(station.inputs, _MARGIN, y + (height - heights[0]) / 2)
        if station.row:
            self.box(station.row, y + (height - heights[1]) / 2, heights[1])
            if station.inputs:
                self.sheet.line((_MARGIN + self.card + 3, middle), (self.box_x - 3, middle), arrow=True)
        ways = []
        if station.outputs:
            if station.row:
                side = self.box_x + _BOX + (11 if station.row.alike > 1 else 3)
                self.sheet.line((side, middle), (self.out_x - 3, middle), arrow=True)
            ways = self.outputs(station.outputs, y, height)
        elif station.row is None:
            ways = [((), ((_MARGIN + self.card / 2, y + height),))]
        return y + height + 12, ways

    def between(self, station: _Station, y: float, way: _Way, drop: float) -> float:
        """The way from the output of the line before to the input of this one, and what happens on it.

        The input stands ``drop`` lower than its line, since it is centred beside what is taller.
        """
        start, bar = way[-1][0], y + 4
        end = _MARGIN + self.card / 2 if station.inputs else self.box_x + _BOX / 2
        room = max(abs(start - end), self.card + _BOX) - 24
        text = wrapped(station.link or "the same axes", room, FONT, mono=False)
        below = bar + len(text) * _LINE + 12
        colour = INK if station.link else FAINT
        self.sheet.line(*way, (start, bar), (end, bar), (end, below + drop), arrow=True, stroke=colour)
        for at, line in enumerate(text):
            self.sheet.text(end + 14, bar + 15 + at * _LINE, line, size=FONT, mono=False, bold=bool(station.link),
                            italic=not station.link, fill=colour)  # fmt: skip
        return below + 3

    def stack(self, stack: tuple[Card, ...]) -> float:
        return sum(card.height(self.card) for card in stack) + 8 * max(len(stack) - 1, 0)

    def outputs_height(self, outputs: tuple[Card, ...]) -> float:
        if not self.side or len(outputs) < 2:
            return self.stack(outputs)
        return max(self.stack(outputs[:1]), self.stack(outputs[1:]))

    def outputs(self, outputs: tuple[Card, ...], y: float, height: float) -> _Ways:
        """Draw what came out; return the ways on from there."""
        split = 1 if self.side else len(outputs)
        first, rest = outputs[:split], outputs[split:]
        ways = self.column(first, self.out_x, y + (height - self.stack(first)) / 2)
        if rest:
            ways += self.column(rest, self.out_x + self.card + 16, y + (height - self.stack(rest)) / 2)
        return ways

    def column(self, stack: tuple[Card, ...], x: float, y: float) -> _Ways:
        ways: _Ways = []
        for card in stack:
            low = card.draw(self.sheet, x, y, self.card, self.palette)
            edge = x + self.card
            # Down from the last one; from the others round what stands below them.
            down: _Way = ((x + self.card / 2, low + 2),)
            if card is not stack[-1]:
                down = (edge + 2, low - 14), (edge + _MARGIN / 2, low - 14)
            ways.append((card.roles, down))
            y += card.height(self.card) + 8
        return ways

    def box_height(self, row: Row | None) -> float:
        return 0 if row is None else 16 + _LINE * len(_box_lines(row))

    def box(self, row: Row, y: float, height: float) -> None:
        for at in (2, 1) if row.alike > 1 else ():
            self.sheet.rect(self.box_x + 4 * at, y - 4 * at, _BOX, height, fill="#eef2f6", stroke=EDGE, radius=8)
        fill, edge, wide = (PALE_RED, RED, 3) if row.is_failing else ("#eef2f6", FAINT, 1.4)
        self.sheet.rect(self.box_x, y, _BOX, height, fill=fill, stroke=edge, stroke_width=wide, radius=8)
        baseline = y + 19
        for text, kind in _box_lines(row):
            self.sheet.text(
                self.box_x + _BOX / 2, baseline, text, anchor="middle", mono=kind in ("name", "code"),
                size=12.5 if kind == "name" else SMALL, bold=kind in ("name", "failed"),
                fill=RED if kind == "failed" else FAINT if kind == "fact" else INK,
            )  # fmt: skip
            baseline += _LINE

    def legend(self, y: float) -> float:
        lines = [
            f"{number.sizes[0]} = {number.formula}" + (f" ({number.meaning})" if number.meaning else "")
            for number in self.story.numbers
            if "*" in number.formula
        ]
        others = [forward for forward in self.story.forwards if forward is not self.forward]
        lines += [f"{forward.which}, not drawn: {forward.title}" for forward in others if forward.title]
        lines += self.story.remarks
        for text in lines:
            for line in wrapped(text, self.width - 2 * _MARGIN, FONT):
                self.sheet.text(_MARGIN, y + 10, line, size=FONT)
                y += _LINE + 2
        return y


def _stations(forward: Forward) -> list[_Station]:
    found: list[_Station] = []
    root = forward.root
    for row in forward.rows:
        if row.has_parts:
            continue
        if not found and row.link and root and row is not root:
            found.append(_Station(_titled(root.inputs[:1], "the model's input")))
        link = words(row.link) if row.link else ""
        inputs, outputs = cards(row.inputs, _gone(row)), cards(row.outputs, _new(row))
        found.append(_Station(inputs, row, outputs, link, row.link_from if found else ""))
    if forward.closing and root:
        output = _titled(root.outputs[:1], "the model's output")
        found.append(_Station(output, link=words(forward.closing), link_from=forward.closing_from))
    failing = [row for row in forward.rows if row.is_failing and row.has_parts]
    own = "then its own code went on"
    return [*found, *(_Station(row=row, link=own, link_from="the row before") for row in failing)]


def _way_from(place: str, ways: _Ways) -> _Way:
    """The way that begins at the tensor of that place; the first one where it is not among them."""
    role = place.rpartition(".")[2]
    return next((way for roles, way in ways if role in roles), ways[0][1])


def _titled(tensors: tuple[Tensor, ...], title: str) -> tuple[Card, ...]:
    return tuple(replace(card, title=title) for card in cards(tensors))


def _gone(row: Row) -> dict[str, dict[str, str]]:
    """What the first output no longer has, marked at the first input."""
    found = row.outputs[0].change if row.outputs else None
    return {row.inputs[0].role: dict.fromkeys(found.gone, "gone")} if found and row.inputs else {}


def _new(row: Row) -> dict[str, dict[str, str]]:
    """What each output has that the first input had not, or had in another size."""
    return {
        tensor.role: {
            **{dim: f"was {before}" for dim, before, _ in tensor.change.resized},
            **dict.fromkeys(tensor.change.new, "new"),
        }
        for tensor in row.outputs
        if tensor.change
    }


def _box_lines(row: Row) -> list[tuple[str, str]]:
    room = _BOX - 16
    lines = [(line, "name") for line in wrapped(row.module or "the model", room, 12.5)]
    lines += [(line, "code") for line in wrapped(row.layer, room, SMALL)]
    lines += [(line, "fact") for fact in row.facts for line in wrapped(fact, room, SMALL, mono=False)]
    if row.failure:
        kind = "failed" if row.is_failing else "fact"
        lines += [(line, kind) for line in wrapped(f"\u2717 {row.failure}", room, SMALL, mono=False)]
    return lines


def _description(story: Story, forward: Forward) -> str:
    """The picture in words, for people who cannot see it."""
    told = [f"{story.model}: {story.summary}."]
    for row in forward.rows:
        if row.has_parts and not row.is_failing:
            continue
        if row.link:
            told.append(f"{link_words(row.link, row.link_from)}.".capitalize())
        takes = ", ".join(f"{tensor.role} {shape_text(tensor)}" for tensor in row.inputs)
        gives = ", ".join(f"{tensor.role} {shape_text(tensor)}" for tensor in row.outputs)
        change: Change | None = row.outputs[0].change if row.outputs else None
        sentence = f"{row.module or 'The model'} takes {takes or 'nothing'}"
        sentence += f" and gives {gives}" if gives else ""
        sentence += f": {words(change)}" if change else ""
        told.append(f"{sentence}. {row.failure + '.' if row.failure else ''}".strip())
    return " ".join(told)
