"""A Linear of one feature that was given one number for each of the steps, which are read as steps behind it."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import suffixed, takes_all, whole_number
from shapecheck.reading.failing import RECURRENT, failed, number, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of
from shapecheck.reading.sizes.refused_widths import took_a_feature
from shapecheck.reading.sources import found_at, home_around, names_in, statement_of, walk

_COST = 0.02
_OF_SAMPLES = "something beside it has so many numbers for each sample, which may be to go with one number of each"
_LAST = "the last of the features was taken, where the last step may have been meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``self.coverage(past.unsqueeze(-1))`` beside ``self.memory(memory)``, where past is (batch, steps)."""
    operation = failed(evidence, "Linear")
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None or number(operation, "in_features") != 1:
        return []
    sizes = sizes_of(item)
    held = [each.record.shape for each in evidence.held.values() if each.record is not None]
    is_walked = len(sizes) == 2 and _goes_into_steps(evidence, operation.span)
    if len(sizes) < 2 or 1 in sizes or not (is_walked or any(each[:-1] == sizes for each in held)):
        return []
    change, of_samples = suffixed(item.span, ".unsqueeze(-1)"), (sizes[0], number(operation, "out_features"))
    doubt = _LAST if "-1]" in took_a_feature(evidence) else _OF_SAMPLES if of_samples in held else ""
    doubt = "" if is_walked else doubt
    return [Candidate(change.text, (change,), (Step("unsqueeze", item.role, (-1,)),), _COST, doubt)]


def _goes_into_steps(evidence: Evidence, call: Span | None) -> bool:
    """Whether what a layer gives goes to a recurrent layer that has samples in front, or of which a step is taken."""
    source, node = found_at(call)
    if source is None or node is None:
        return False
    given = _names_given(node)
    for each in (part for part in walk(home_around(node)) if isinstance(part, ast.Call) and part.args):
        is_read = node in walk(each.args[0]) or bool(names_in(each.args[0]) & given)
        if is_read and kind_of(evidence, source.span(each.func)) in RECURRENT:
            layer = evidence.held.get(ast.unparse(each.func))
            if layer is not None and layer.config.get("batch_first"):
                # It would read the samples as the steps of a single one.
                return True
            indexed = [part for part in walk(home_around(node)) if isinstance(part, ast.Subscript)]
            own = [part for part in indexed if each in walk(part.value) or names_in(part.value) & _names_given(each)]
            return any(_takes_step(part.slice) for part in own)
    return False


def _names_given(node: ast.expr) -> set[str]:
    """The names that a statement gives to what an expression stands in."""
    statement = statement_of(node)
    return names_in(*statement.targets) if isinstance(statement, ast.Assign) else set()


def _takes_step(index: ast.expr) -> bool:
    """Whether an index leaves the samples and takes one of what lies behind: ``[:, -1]``."""
    parts = index.elts if isinstance(index, ast.Tuple) else []
    return len(parts) > 1 and takes_all(parts[0]) and whole_number(parts[1]) is not None
