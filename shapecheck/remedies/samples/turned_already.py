"""Data that are turned although they lie right: ``image.permute(2, 0, 1)`` of what has its channels in front."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import one_by_one
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at, under_methods

# What adds an axis for the samples, or leaves the axes where they are.
_BEHIND = frozenset(["unsqueeze", "float", "contiguous", "to", "clone"])


def candidates(evidence: Evidence) -> list[Candidate]:
    """The turn left out, where the calls before were given what lies as it does without."""
    operation = failed(evidence)
    items = tensors(operation)
    before = {each.shape[1:] for call in evidence.earlier for each in call.inputs[:1]}
    return list(_left_out(evidence, sizes_of(items[0]), before)) if items and len(before) == 1 else []


def _left_out(evidence: Evidence, have: tuple[int, ...], before: set[tuple[int, ...]]) -> Iterator[Candidate]:
    used = evidence.operation.arguments[:1] if evidence.operation is not None else ()
    spans = [each.span for each in used if each.span is not None]
    spans += [origin.span for each in spans for origin in evidence.chains.get(each, ())]
    for span in dict.fromkeys(spans):
        source, node = found_at(span)
        node = under_methods(node, _BEHIND)
        order = _order(node)
        if source is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not order:
            continue
        lead, turned = have[: len(have) - len(order)], have[len(have) - len(order) :]
        straight = [turned[order.index(axis)] for axis in range(len(order))]
        if len(lead) <= 1 and (*lead, *straight)[1:] in before:
            whole, base = source.span(node), source.span(node.func.value)
            yield Candidate(f"{whole.text} -> {base.text}", (Change(whole, base.text),), (), 0.02)


def _order(node: ast.AST | None) -> list[int]:
    """The axes of ``x.permute(2, 0, 1)``, in their order; none of anything else."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "permute":
        return []
    given = one_by_one(node.args)
    axes = [axis for each in given if (axis := whole_number(each)) is not None]
    return axes if sorted(axes) == list(range(len(given))) else []
