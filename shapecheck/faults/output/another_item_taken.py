"""Another step, sample or layer was taken than the protocol says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.findings import Violation
from shapecheck.reading.edits import expression, index_parts, piece, replaced
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.origins import spans_of

_PICK = re.compile(r"(\w+)\[(-?\d+)\]")


def taken(violation: Violation) -> tuple[str, str] | None:
    """The axis and the item that the broken step takes, ``("seq_length", "-1")``; None if it takes none."""
    found = _PICK.search(violation.expected_text) if violation.kind == "content" else None
    return (found[1], found[2]) if found else None


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    picked = taken(violation) if violation is not None else None
    if picked is None:
        return None
    axis, item = picked
    return Recognition(
        f"the step to this stage takes item {item} of {axis}; what came has its size, but holds other values: those of "
        "another item, of another axis, or of another tensor that the layer returned",
        candidates=tuple(_as_said(evidence, violation)) if violation is not None else (),
    )


def _as_said(evidence: Evidence, violation: Violation) -> Iterator[Candidate]:
    """Where an item of a tensor of the stage's shape is taken by numbers: with those that the protocol says."""
    step = re.search(r"'([^']*\[[^']*) -> ", violation.expected_text)
    operation = failed(evidence)
    item = operation.argument(violation.role) if operation is not None else None
    axes = step[1].split() if step is not None else ()
    picks = [(at, found[2]) for at, axis in enumerate(axes) if (found := _PICK.fullmatch(axis))]
    if len(picks) != 1 or item is None or item.span is None or item.value.record is None:
        return
    at, picked = picks[0]
    said = ", ".join([*[":"] * at, picked])
    for span in spans_of(evidence, item.span):
        node = expression(span.text)
        if not isinstance(node, ast.Subscript):
            continue
        index, whole = piece(span, node.slice), evidence.held.get(ast.unparse(node.value))
        sizes = sizes_of(whole)
        is_stage = at < len(sizes) and without_axis(sizes, at) == item.value.record.shape
        written = all(isinstance(part, ast.Slice | ast.Constant | ast.UnaryOp) for part, _ in index_parts(index))
        if is_stage and written and index.text != said:
            yield Candidate(f"{ast.unparse(node.value)}[{said}]", (replaced(index, said),), (), 0.1)
        return


BAD = """\
import torch
from torch import nn

from shapecheck import Protocol, watch


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 16, batch_first=True)
        self.linear = nn.Linear(16, 1)

    def forward(self, x):
        out, _ = self.lstm(x)  # (batch_size, seq_length, hidden_size)
        return self.linear(out[:, 0])  # the first step has read one day only


model = Model()
with watch(model, protocol=Protocol.documented(head="last step")):
    model(torch.randn(4, 7, 1))
"""

GOOD = BAD.replace(
    "out[:, 0])  # the first step has read one day only",
    "out[:, -1])",
)

FAULT = Fault(
    code="SC320",
    slug="another_item_taken",
    headline="another step, sample or layer was taken than the protocol says",
    why=(
        "out[:, -1] is the last step of every sample, out[-1] is the last sample, out[:, 0] is what the layer knew "
        "after one step, and h_n[0] is the state of the lowest layer. Where sizes agree, each has the shape of the "
        "other."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Say which axis the item is taken of, and compare it with the docs: with batch_first=True time is axis 1.",
)
