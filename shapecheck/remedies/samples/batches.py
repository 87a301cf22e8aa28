"""The last batch of a loader, which may be smaller than the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, with_keyword
from shapecheck.reading.evaluated import learns_nothing
from shapecheck.reading.failing import says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    function_at,
    last_name,
    names_in,
    node_at,
    parameters,
    rounds_around,
    user_sources,
    walk,
)
from shapecheck.reading.vocabulary import CONSTANTS

_NOT_EVALUATED = "the last samples would be left out of what is evaluated"
_COUNTS = ("{}.size(0)", "{}.shape[0]", "len({})")
_FOR_ANY = "the loop makes other tensors for as many samples as its batch has, and may be meant for smaller ones"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Without the batch of one that a norm cannot take."""
    return list(drop_last(evidence, cost=0.1)) if says(evidence, r"Expected more than 1 value per channel") else []


def drop_last(evidence: Evidence, *, cost: float, full: int | None = None) -> Iterator[Candidate]:
    """Loaders that leave out an incomplete last batch: all of the script at once, and each alone.

    Training sees them in another epoch, an evaluation is then of fewer samples than it says.

    Args:
        evidence: The problem.
        cost: What it costs.
        full: How many samples a full batch has, where that is known: others' loaders are not to blame.
    """
    doubt = _NOT_EVALUATED if learns_nothing(evidence) else _FOR_ANY if _is_for_any_batch(evidence) else ""
    changes = []
    for source in user_sources(evidence):
        for call in source.calls("DataLoader"):
            if any(each.arg in ("drop_last", "batch_sampler") for each in call.keywords):
                continue
            told = argument(source.span(call), "batch_size", 1)
            size = worked_out(evidence, told) if told is not None else None
            if (full is not None and size not in (None, full)) or _is_full(evidence, size):
                continue
            change = with_keyword(source.span(call), "drop_last", "True")
            if change is not None:
                changes.append(change)
    if not changes:
        return
    for at, change in enumerate(changes):
        yield Candidate("drop_last=True", (change,), (), cost + 0.01 * at + (0.1 if len(changes) > 1 else 0.0), doubt)
    if len(changes) > 1:
        yield Candidate("drop_last=True for every loader", tuple(changes), (), cost + 0.3, doubt)


def _is_for_any_batch(evidence: Evidence) -> bool:
    """Whether a running loop makes tensors for as many samples as it is given: ``n = x.size(0)``, ``ones(n)``."""
    for frame in evidence.user_frames:
        for loop in rounds_around(node_at(frame.span)):
            given = names_in(loop.target) if isinstance(loop, ast.For) else set()
            texts = {form.format(name) for name in given for form in _COUNTS}
            nodes = [node for line in loop.body for node in walk(line)]
            named = {
                name
                for node in nodes
                if isinstance(node, ast.Assign) and ast.unparse(node.value) in texts
                for name in names_in(*node.targets)
            }
            calls = (node for node in nodes if isinstance(node, ast.Call) and last_name(node.func) in CONSTANTS)
            sizes = (part for call in calls for each in call.args for part in getattr(each, "elts", [each]))
            if any(ast.unparse(size) in texts | named for size in sizes):
                return True
    return False


def _is_full(evidence: Evidence, size: int | None) -> bool:
    """Whether what the function that failed was given, or a loop around, holds as many samples as a whole batch."""
    frames = [each for each in evidence.frames if each.is_user]
    function = function_at(frames[-1].span) if frames else None
    given = [frames[-1].names.get(name) for name in parameters(function)] if function is not None else []
    for frame in frames:
        loops = rounds_around(node_at(frame.span))
        names = {name for loop in loops if isinstance(loop, ast.For) for name in names_in(loop.target)}
        given += [frame.names[name] for name in names if name in frame.names]
    given += [part for each in given if each is not None for part in each.items]
    counts = {sizes[0] for sizes in map(sizes_of, given) if sizes}
    return size is not None and counts == {size}
