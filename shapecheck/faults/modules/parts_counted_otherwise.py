"""What a loader, a data set or a function gives has another number of parts than the names that take it apart."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, value
from shapecheck.reading.givers import Given, givers
from shapecheck.reading.sources import last_name
from shapecheck.reading.taken_apart import TakenApart, taken_apart

_NAMED = ("state_dict", "parameters", "buffers", "children", "modules")


def _recognise(evidence: Evidence) -> Recognition | None:
    taken = taken_apart(evidence)
    if taken is None:
        return None
    given = givers(evidence, taken)
    what = taken.source.span(taken.value).text[:60]
    names = ", ".join(taken.names)
    if given and (given[0].is_row or given[0].function is not None):
        told = _told(given[0])
        each = "each item of " if taken.is_each else ""
        # One value may be a tensor that is taken apart along an axis.
        weight = 10 if given[0].is_row else 0
        return Recognition(f"{each}{what} is {told}, and the names are {names}", weight=weight)
    said = _gone_over(evidence, taken)
    return Recognition(f"{said}, and the names are {names}", weight=8) if said else None


def _told(given: Given) -> str:
    parts = [given.source.span(each).text.replace("\n", " ")[:30] for each in given.parts]
    told = f"({', '.join(parts)})" if len(parts) > 1 or given.is_row else parts[0]
    count = "one part" if len(parts) == 1 else f"{len(parts)} parts"
    return f"{told}, {count}"


def _gone_over(evidence: Evidence, taken: TakenApart) -> str:
    """What is known of something else that was gone over."""
    held, call = value(failed(evidence), "value"), taken.value
    text = taken.source.span(call).text[:60]
    if held is not None and held.type == "DataLoader":
        return f"{text} gives batches" if taken.is_each else f"{text} gives one batch after the other"
    if held is not None and held.kind == "dict" and taken.is_each:
        return f"a loop over {text} gives its keys alone"
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _NAMED:
        return f"{text} gives one thing a round"
    if isinstance(call, ast.Call) and last_name(call.func) == "zip" and len(call.args) == 1 and not taken.is_each:
        return f"{text} makes a row of each item, and does not put the first ones together"
    if isinstance(call, ast.Tuple) and taken.is_each:
        return f"a loop over {text} takes one of these after the other"
    return ""


BAD = """\
import torch
from torch.utils.data import DataLoader, TensorDataset

samples = TensorDataset(torch.randn(8, 3), torch.zeros(8))
for x, y, _ in DataLoader(samples, batch_size=4):
    print(x.shape, y.shape)
"""

GOOD = BAD.replace("for x, y, _ in", "for x, y in")

FAULT = Fault(
    code="SC911",
    slug="parts_counted_otherwise",
    headline="what is taken apart has more or fewer parts than the names that take it",
    why=(
        "A batch has as many parts as a sample of the data set, or as many as collate_fn returns; a call has as many "
        "as stand behind return. The names on the left have to be as many, in the same order."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Read the return of the data set, of collate_fn or of forward() beside the names that take it apart.",
    messages=(
        r"not enough values to unpack \(expected \d+, got \d+\)",
        r"too many values to unpack \(expected \d+\)",
    ),
)
