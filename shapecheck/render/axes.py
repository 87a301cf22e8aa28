"""An axis flow as a table in plain text."""

from __future__ import annotations

import textwrap

from shapecheck.axes import MEANS, AxisFlow, FlowStage, How

_MARK = "  <- the items of axis {axis} are not apart any more"
_SHORT: dict[How, str] = {"all": "all", "none": "-"}


def axis_flow_text(flow: AxisFlow) -> str:
    """The way of an input's axes, a line a tensor; the first place at which an axis is lost is marked.

    >>> from shapecheck.axes import Carried
    >>> stage = FlowStage("lstm", "lstm", (4, 7), (Carried(0, 0, "causal"), Carried(1, 0, "all")))
    >>> print(axis_flow_text(AxisFlow(0, (4, 7), (0,), (stage,))))
    input 0: (4, 7)
      operation  module  shape   axis 0 of the input
      lstm       lstm    (4, 7)  (causal, all)        <- the items of axis 0 are not apart any more
    causal: on the items up to k; all: on all items
    """
    rows = [("operation", "module", "shape", *(f"axis {of} of the input" for of in flow.probed))]
    rows += [_row(stage, flow.probed) for stage in flow.stages]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lost = {id(stage): of for of in reversed(flow.probed) if (stage := flow.lost(of)) is not None}
    lines = [f"input {flow.input}: {flow.shape}"]
    for at, row in enumerate(rows):
        text = "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        of = lost.get(id(flow.stages[at - 1])) if at else None
        lines.append((text + _MARK.format(axis=of) if of is not None else text).rstrip())
    seen = {item.how for stage in flow.stages for item in stage.carried if item.of in flow.probed}
    told = "; ".join(f"{_SHORT.get(how, how)}: {means}" for how, means in MEANS.items() if how in seen)
    return "\n".join([*lines, *textwrap.wrap(told, 100)])


def _row(stage: FlowStage, probed: tuple[int, ...]) -> tuple[str, ...]:
    hows = [[stage.how(axis, of) or "none" for axis in range(len(stage.shape))] for of in probed]
    cells = [f"({', '.join(_SHORT.get(how, how) for how in row)})" for row in hows]
    return stage.operation, stage.module or "-", str(stage.shape), *cells
