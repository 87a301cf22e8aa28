"""A mask of tokens that is handed to a model in each round of a loop, where the tokens grow and the mask does not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Frame
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.calls import all_given
from shapecheck.reading.edits import line_after
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import JOINS, both_ways, sizes_of
from shapecheck.reading.sources import (
    Loop,
    Source,
    found_at,
    last_name,
    names_in,
    rounds_around,
    statement_of,
    walk,
)
from shapecheck.reading.vocabulary import MASKINGS

_COST = 0.04
_SEEN = re.compile(r"att(entio)?n|keep|kept|valid")
_HIDDEN = re.compile(r"pad|ignore|hidden|hide")
_EITHER = "whether a one in the mask marks what is seen or what is hidden is not known"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The mask one longer for each token that a round adds, where a round adds tokens to the others."""
    for mask, scores in both_ways(failed(evidence, *MASKINGS)):
        sizes, wanted = sizes_of(mask), sizes_of(scores)
        is_of_keys = len(sizes) > 1 and sizes[-2] == 1 and len(wanted) > 2
        if is_of_keys and wanted[-1] > sizes[-1] > 1:
            return list(_grown(evidence, mask))
    return []


def _grown(evidence: Evidence, mask: Argument) -> Iterator[Candidate]:
    behind = {origin.span for origin in evidence.origins.get(mask.expression, ())}
    for frame in evidence.frames:
        source, call = found_at(frame.span)
        loop = next(rounds_around(call), None)
        if not frame.is_user or source is None or loop is None or not isinstance(call, ast.Call):
            continue
        for given in all_given(call):
            # The mask itself, or what is asked of it on the way: ``mask == 0``.
            names = names_in(given) if source.span(given) in behind else set()
            for name in sorted(names):
                if name not in stored_in(loop):
                    yield from _with_new(source, frame, loop, name, sizes_of(mask)[-1])


def _with_new(source: Source, frame: Frame, loop: Loop, mask: str, steps: int) -> Iterator[Candidate]:
    held = frame.names.get(mask)
    if held is None or held.record is None or len(held.record.shape) != 2 or held.record.shape[1] != steps:
        return
    for statement, new in _joined(loop):
        added = frame.names.get(new)
        if added is None or added.record is None or added.record.shape != (held.record.shape[0], 1):
            continue
        last = loop.body[-1]
        # With what else is made ready for the next round.
        place = last if isinstance(last, ast.Assign) and statement in loop.body else statement
        is_seen = held.facts.get("min") == 1 or bool(_SEEN.search(mask))
        is_hidden = held.facts.get("max") == 0 or bool(_HIDDEN.search(mask))
        like = "zeros_like" if is_hidden else "ones_like"
        kind = "" if added.record.dtype == held.record.dtype else f", dtype={mask}.dtype"
        line = f"{mask} = torch.cat([{mask}, torch.{like}({new}{kind})], dim=1)"
        doubt = _EITHER if is_seen is is_hidden else ""
        yield Candidate(line, (line_after(source.span(place), line),), (), _COST, doubt)
        return


def _joined(loop: Loop) -> Iterator[tuple[ast.stmt, str]]:
    """The statements of a loop that put something new behind what was there: ``ids = torch.cat([ids, new], 1)``."""
    for call in walk(loop):
        if not isinstance(call, ast.Call) or last_name(call.func) not in JOINS or not call.args:
            continue
        statement, parts = statement_of(call), getattr(call.args[0], "elts", [])
        names = [each.id for each in parts if isinstance(each, ast.Name)]
        targets = [ast.unparse(each) for each in statement.targets] if isinstance(statement, ast.Assign) else []
        if statement is not None and len(names) == len(parts) == 2 and targets == names[:1]:
            yield statement, names[1]
