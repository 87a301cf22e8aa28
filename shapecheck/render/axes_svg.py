"""The picture of an axis flow: the way of each axis of an input through a model, and where its items first mix."""

from __future__ import annotations

from itertools import pairwise

from shapecheck.axes import APART, MEANS, AxisFlow, FlowStage, How
from shapecheck.render.drawing import EDGE, FAINT, INK, PALE_RED, RED, Sheet, text_width
from shapecheck.render.given import expect_flow
from shapecheck.render.svg import Picture
from shapecheck.render.words import many

MAX_STAGES = 40
_MARGIN, _ROW, _CELL, _HEIGHT, _GAP = 18, 50, 84, 30, 30
_WORD, _SIZE = 11, 12

# How -> the colour of its cell; the word stands in it too, so that nothing is told by colour alone.
_FILL: dict[How, str] = {
    "own": "#56b4e9",
    "permuted": "#9fd3f2",
    "block": "#9fd3f2",
    "causal": "#f2c14e",
    "anti-causal": "#f2c14e",
    "all": "#eceff2",
    "none": "#ffffff",
    "mixed": "#e0c8b0",
}


def axis_flow_picture(flow: AxisFlow) -> Picture:
    """Draw an axis flow as SVG, for a notebook or to be saved.

    A row is a tensor, a lane is an axis of the input, a cell is an axis of the tensor: its size, and how its positions
    hang on the items of the lane's axis. The line follows the cells in which the items are still apart; where it ends,
    they are not, and that row is red.

    Args:
        flow: The flow; of more than 40 tensors the first ones are drawn, up to 40.
    """
    expect_flow(flow, by="axis_flow_picture")
    return Picture(_Drawing(flow).svg())


class _Drawing:
    """Lays out one flow."""

    def __init__(self, flow: AxisFlow) -> None:
        self.flow, self.sheet = flow, Sheet()
        # Whatever follows the first tensors, the places at which an axis is lost must be seen.
        lost = [flow.stages.index(stage) for of in flow.probed if (stage := flow.lost(of)) is not None]
        self.stages = flow.stages[: max([MAX_STAGES, *(at + 1 for at in lost)])]
        self.axes = max([len(flow.shape), *(len(stage.shape) for stage in self.stages)])
        names = [_name(stage) for stage in self.stages]
        self.names = max([120, *(text_width(name, _SIZE) for pair in names for name in pair)]) + _GAP
        self.lane = self.axes * _CELL + _GAP
        self.top = _MARGIN + 58

    def svg(self) -> str:
        flow = self.flow
        self.sheet.text(
            _MARGIN, _MARGIN + 14, f"the axes of input {flow.input}, {flow.shape}", size=15, mono=False, bold=True
        )
        for at, stage in enumerate(self.stages):
            self.row(at + 1, stage)
        for number, of in enumerate(flow.probed):
            self.lane_of(number, of)
        y = self.top + (len(self.stages) + 1) * _ROW + 4
        left = len(flow.stages) - len(self.stages)
        if left:
            self.sheet.text(
                _MARGIN, y + 8, f"... and {many(left, 'tensor')} more", size=_SIZE, fill=FAINT, mono=False, italic=True
            )
            y += 20
        width = max(_MARGIN * 2 + self.names + len(flow.probed) * self.lane, 420)
        told = [self.told(of) for of in flow.probed]
        for line in told:
            self.sheet.text(_MARGIN, y + 8, line, size=_SIZE, mono=False)
            y += 20
        for how, meaning in MEANS.items():
            if any(item.how == how for stage in self.stages for item in stage.carried):
                self.sheet.rect(_MARGIN, y, 14, 12, fill=_FILL[how], stroke=EDGE, radius=3, dashed=how == "none")
                self.sheet.text(
                    _MARGIN + 22, y + 10, f"{'-' if how == 'none' else how}: {meaning}", size=_WORD, mono=False
                )
                y += 18
        return self.sheet.svg(width, y + _MARGIN, title="what each axis is", description=". ".join(told))

    def told(self, of: int) -> str:
        """What became of an axis, in a sentence."""
        stage = self.flow.lost(of)
        if stage is None:
            return f"axis {of}: its {self.flow.shape[of]} items are apart all the way"
        where = f" of {stage.module}" if stage.module else ""
        line = f", line {stage.place.line}" if stage.place is not None else ""
        place = f"{stage.operation}{where}{line}"
        return f"axis {of}: its {self.flow.shape[of]} items are apart up to {place}, and not behind it"

    def row(self, at: int, stage: FlowStage) -> None:
        """The name of a tensor, on a red ground where an axis is lost."""
        y = self.top + at * _ROW
        if any(self.flow.lost(of) is stage for of in self.flow.probed):
            width = self.names + len(self.flow.probed) * self.lane
            self.sheet.rect(_MARGIN - 8, y - 8, width, _ROW - 4, fill=PALE_RED, stroke=RED, radius=6)
        first, second = _name(stage)
        self.sheet.text(_MARGIN, y + 13, first, size=_SIZE, bold=True)
        self.sheet.text(_MARGIN, y + 27, second, size=10, fill=FAINT)

    def lane_of(self, number: int, of: int) -> None:
        """The cells of all tensors in one lane, and the line through those that keep the items apart."""
        x = _MARGIN + self.names + number * self.lane
        size = self.flow.shape[of]
        self.sheet.text(x, self.top - 12, f"axis {of} ({size} items)", size=_SIZE, mono=False, bold=True)
        self.sheet.text(_MARGIN, self.top + 13, "input", size=_SIZE, bold=True)
        for axis, length in enumerate(self.flow.shape):
            self.cell(x + axis * _CELL, self.top, length, "own" if axis == of else "none", is_lost=False)
        way = [(x + of * _CELL, self.top)]
        for at, stage in enumerate(self.stages, 1):
            y, is_lost = self.top + at * _ROW, self.flow.lost(of) is stage
            hows = [stage.how(axis, of) or "none" for axis in range(len(stage.shape))]
            for axis, (length, how) in enumerate(zip(stage.shape, hows, strict=True)):
                self.cell(x + axis * _CELL, y, length, how, is_lost=is_lost)
            kept = next((axis for axis, how in enumerate(hows) if how in APART), None)
            if kept is None:
                break
            way.append((x + kept * _CELL, y))
        else:
            at = len(self.stages)
        for rest, stage in enumerate(self.stages[at:], at + 1):
            for axis, length in enumerate(stage.shape):
                how = stage.how(axis, of) or "none"
                self.cell(x + axis * _CELL, self.top + rest * _ROW, length, how, is_lost=False)
        for (x0, y0), (x1, y1) in pairwise(way):
            middle = (_CELL - 8) / 2
            self.sheet.line((x0 + middle, y0 + _HEIGHT), (x1 + middle, y1), stroke=INK, width=2)

    def cell(self, x: float, y: float, size: int, how: How, *, is_lost: bool) -> None:
        """One axis of a tensor: its size, and how it hangs on the lane's axis."""
        width = _CELL - 8
        self.sheet.rect(
            x, y, width, _HEIGHT, fill=_FILL[how], stroke=RED if is_lost else EDGE, radius=4, dashed=how == "none"
        )
        self.sheet.text(x + width / 2, y + 13, str(size), size=_WORD, bold=True, anchor="middle")
        self.sheet.text(x + width / 2, y + 25, "-" if how == "none" else how, size=10, mono=False, anchor="middle")


def _name(stage: FlowStage) -> tuple[str, str]:
    """What made a tensor, and where."""
    where = [stage.module] if stage.module else []
    where += [f"line {stage.place.line}"] if stage.place is not None else []
    return stage.operation, ", ".join(where)
