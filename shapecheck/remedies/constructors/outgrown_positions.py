"""A table of positions that a sequence outgrows to which a loop joins one token after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import argument
from shapecheck.reading.failing import failed, maker, number, operand
from shapecheck.reading.sources import last_name, names_in, node_at, parents
from shapecheck.remedies.moves import POSITIONS, is_number, numbers_behind

UNLEARNED = "the sequence may be meant to end before, for no training step has seen the positions behind"
_COUNTS = ("arange", "range", "cumsum")
_JOINS = ("cat", "concat", "hstack")
# One row more lets one token more be joined, and no other.
_COST = 0.09


def candidates(evidence: Evidence) -> list[Candidate]:
    """Room for the sequence in the number that the table is made with."""
    operation = failed(evidence, "Embedding")
    item = operand(operation, "input") if operation is not None else None
    origin = maker(evidence, operation) if operation is not None else None
    if operation is None or item is None or origin is None or not is_counted(evidence, item) or not _grows(evidence):
        return []
    given = argument(origin.span, "num_embeddings", POSITIONS["num_embeddings"])
    rows, most = number(operation, "num_embeddings"), item.value.facts.get("max", 0)
    if given is None or most < rows:
        return []
    room = 1 << int(most).bit_length()
    return [
        Candidate(f"{place.text} -> {room}", (Change(place, str(room)),), (), _COST, UNLEARNED)
        for place, size in numbers_behind(evidence, given, rows, room)
        if is_number(place.text) and size == room
    ]


def is_counted(evidence: Evidence, item: Argument) -> bool:
    """Whether an index is counted, position by position: it is no token that anything was chosen to be."""
    spans = [item.span, *(origin.span for origin in evidence.chains.get(item.span, ()))] if item.span else []
    nodes = [node for span in spans for node in ast.walk(node_at(span) or ast.Pass())]
    return any(isinstance(node, ast.Call) and last_name(node.func) in _COUNTS for node in nodes)


def _grows(evidence: Evidence) -> bool:
    """Whether what a frame hands on to the failing call is joined to in the loop that it stands in."""
    for frame in evidence.frames:
        node = node_at(frame.span) if frame.is_user else None
        read = names_in(node)
        loops = [up for up in parents(node) if isinstance(up, ast.For | ast.While)]
        if any(read & set(_joined(loop)) for loop in loops):
            return True
    return False


def _joined(loop: ast.AST) -> Iterator[str]:
    """The names that a loop makes longer: ``ids = torch.cat([ids, token], dim=1)``."""
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and last_name(node.value.func) in _JOINS:
            inside = names_in(*node.value.args)
            yield from (part.id for part in node.targets if isinstance(part, ast.Name) and part.id in inside)
