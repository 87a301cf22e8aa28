"""What a round of a loop hands to the next one lies the other way round than what the first one was given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import line_after, suffixed
from shapecheck.reading.failing import RECURRENT, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Loop, is_named, names_in, node_at, rounds_around, source_of, walk

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``word = best.t()`` at the end of a round, where a layer was given (1, samples) before and (samples, 1) now."""
    operation = failed(evidence, *RECURRENT)
    item = operand(operation, "input")
    sizes = sizes_of(item)
    before = {call.inputs[0].shape for call in evidence.earlier if call.inputs}
    if item is None or item.span is None or len(sizes) != 3 or before != {(sizes[1], sizes[0], sizes[2])}:
        return []
    return list(_handed_on(node_at(item.span), item.span.file)) if sizes[0] != sizes[1] else []


def _handed_on(given: ast.expr | None, file: str) -> Iterator[Candidate]:
    """The values that the loop around gives, behind the call, to names that the input is made of."""
    source = source_of(file)
    for loop in rounds_around(given) if given is not None else ():
        for line in (each for part in loop.body for each in walk(part) if source is not None):
            for target, value in values_given(line):
                is_later = isinstance(target, ast.Name) and given is not None and value.lineno > given.lineno
                if source is not None and is_later and ast.unparse(target) in names_in(given):
                    name, change = ast.unparse(target), suffixed(source.span(value), ".transpose(0, 1)")
                    title = f"{name} = {change.text}"
                    if _is_read_behind(loop, value, name):
                        # Who reads it in this round may want it as it was made.
                        title = f"{name} = {name}.transpose(0, 1)"
                        change = line_after(source.span(loop.body[-1]), title)
                    yield Candidate(title, (change,), (), _COST)
        return


def _is_read_behind(loop: Loop, made: ast.expr, name: str) -> bool:
    """Whether a round reads a name once more behind where it was made, with the axes that it has there."""
    reads = (each for each in walk(loop) if is_named(each, name))
    behind = [each for each in reads if isinstance(each.ctx, ast.Load) and each.lineno > made.lineno]
    return not all(_keeps_no_axes(each) for each in behind)


def _keeps_no_axes(read: ast.Name) -> bool:
    up = getattr(read, "parent", None)
    return isinstance(up, ast.Attribute) and up.attr in ("flatten", "item", "tolist", "numel", "view", "reshape")
