"""A table to which something is added at an index that holds places twice: of all that is added to one, one is kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch

from shapecheck.capture.instruments.axes.hits import is_guessed
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix
from shapecheck.reading.sources import items_of


def added_once(step: Step) -> Iterator[Sighting]:
    """``table[labels, guesses] += 1``, which reads all places, adds to each, and writes each back.

    Where neither the places nor what is added come of a model, to count each place once may be meant.
    """
    for node in step.recorded:
        added = _added(step, node) if node.name == "__setitem__" and len(node.args) == 3 else None
        if added is None or node.root >= 0:
            continue
        parts = _places(step, node.args[1])
        if not parts or not any(is_guessed(step, ref) for ref in (*parts, *added)):
            continue
        values = [step.value_of_input(ref) for ref in parts]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            continue
        places = torch.stack(torch.broadcast_tensors(*known)).flatten(1)  # type: ignore[no-untyped-call]
        count, kept = places.shape[1], places.unique(dim=1).shape[1]  # type: ignore[no-untyped-call]
        if kept < count:
            text = (
                f"the index names {count} places, of which {kept} are different: each is read and written once, and "
                f"{count - kept} of the {count} that were to be added are lost"
            )
            yield sighted("added_once", node, text, (Fix(_title(node, bool(added)), (), "no"),))
            return


def _added(step: Step, node: Node) -> list[Ref] | None:
    """What is added to what stood at the very index before, if anything but a number; None where nothing is."""
    total = step.node(node.args[2].node) if isinstance(node.args[2], Ref) else None
    if total is None or total.name not in ("add", "sub") or not total.parents:
        return None
    before = step.node(total.parents[0].node)
    is_same = before.name == "__getitem__" and before.args[:2] == node.args[:2]
    return list(total.parents[1:]) if is_same else None


def _places(step: Step, index: Any) -> list[Ref]:
    """The tensors of places that an index is made of; nothing where it picks otherwise, as a mask does."""
    parts = index if isinstance(index, tuple) else (index,)
    found = [part for part in parts if isinstance(part, Ref)]
    is_plain = all(isinstance(part, Ref | slice) or part is Ellipsis for part in parts)
    if not is_plain or any(step.tape.dtype(ref) in (torch.bool, torch.uint8) for ref in found):
        return []
    return found if any(step.tape.shape(ref) for ref in found) else []


def _title(node: Node, is_of_each: bool) -> str:
    """The call that adds each of them."""
    subscript = node_at(node, ast.Subscript)
    if not isinstance(subscript, ast.Subscript):
        return "index_put_(places, values, accumulate=True)"
    given = "values" if is_of_each else "torch.ones(...)"
    parts = items_of(subscript.slice)
    return (
        f"{ast.unparse(subscript.value)}.index_put_(({', '.join(map(ast.unparse, parts))},), {given}, accumulate=True)"
    )


PROBE = Probe(
    "each of several things that are added to one place counts",
    lambda look: added_once(look.step),
    in_evaluation=True,
)
