"""A mask made of all tokens by the function that hands a model a part of them: ``mask_of(tgt)`` beside ``tgt_in``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.calls import all_given, calls_in
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.sources import Source, found_at, function_around, is_named, node_at, targets_of, walk
from shapecheck.reading.steps.steps_left_out import first_dropped, last_dropped
from shapecheck.reading.ways_back import spans_behind

# Behind a mask that is cut where it is handed over, of what torch's own layers of attention refuse.
_COST = 0.04
_OTHER_PART = "what it meets is made of the tokens without their first step as well, and may count by these"


@dataclass(frozen=True, slots=True)
class _Cut:
    """Tokens without their first or their last step.

    Args:
        whole: The name of all of them.
        text: How the part is written.
        name: The name of the part, or how it is written.
        line: Where it gets its name.
    """

    whole: str
    text: str
    name: str
    line: int


def candidates(evidence: Evidence) -> list[Candidate]:
    """The part in the place of the whole, wherever the making of the mask reads that."""
    operation = failed(evidence)
    # Labels have one axis, and a mask that is made with tokens has two of them at least.
    items = [each for each in tensors(operation) if len(sizes_of(each)) > 1] if operation is not None else []
    found: dict[tuple[Change, ...], Candidate] = {}
    for item in items:
        others = [each for each in items if each is not item and sizes_of(each)]
        if any(sizes_of(item)[-1:] == (sizes_of(each)[-1] + 1,) for each in others):
            for changes, doubt in _of_part(evidence, item, others):
                titles = dict.fromkeys(f"{change.span.text} -> {change.text}" for change in changes)
                found.setdefault(changes, Candidate(", ".join(titles), changes, (), _COST, doubt))
    return list(found.values())


def _of_part(evidence: Evidence, mask: Argument, others: list[Argument]) -> Iterator[tuple[tuple[Change, ...], str]]:
    """The changes for each cut of the tokens that goes into one call with the mask, or that the others are made of."""
    # What else is made of the whole, such as the last column of a table, is no mask of the part.
    is_mask = dtype_of(mask) == "bool" and len(sizes_of(mask)) > 1
    masked = others if is_mask else []
    spans = {span for each in masked if each.span is not None for span in spans_behind(evidence, each.span)}
    made: dict[ast.FunctionDef, list[tuple[Source, ast.expr]]] = {}
    for span in spans_behind(evidence, mask.span):
        source, node = found_at(span)
        home = function_around(node)
        if source is not None and node is not None and home is not None and any(targets_of(node)):
            made.setdefault(home, []).append((source, node))
    for around, parts in made.items():
        masks = {name for _, node in parts for name in _names_given(node)}
        for cut in (*_cuts_beside(around, masks), *_cuts_behind(parts[0][0], around, spans)):
            reads = {
                source.span(each): each.lineno
                for source, node in parts
                for each in walk(node)
                if is_named(each, cut.whole)
            }
            if reads:
                changes = tuple(Change(span, cut.name if cut.line < line else cut.text) for span, line in reads.items())
                yield changes, _OTHER_PART if any(_is_cut_otherwise(span, cut) for span in spans) else ""


def _is_cut_otherwise(span: Span, cut: _Cut) -> bool:
    """Whether an expression reads the tokens without the step at their other end, as the targets of a loss."""
    node = node_at(span)
    cuts = [_cut(each) for each in walk(node) if isinstance(each, ast.expr)] if node is not None else []
    return any(each.whole == cut.whole and each.text != cut.text for each in cuts if each is not None)


def _names_given(node: ast.expr) -> list[str]:
    """The names that an expression is assigned to."""
    return [target.id for target in targets_of(node) if isinstance(target, ast.Name)]


def _cuts_beside(home: ast.AST, masks: set[str]) -> Iterator[_Cut]:
    """The tokens without one step that a call is given beside a mask, where it is not given the whole ones."""
    named = {
        target.id: cut
        for each in walk(home)
        for target, value in values_given(each)
        if isinstance(target, ast.Name) and (cut := _cut(value, target.id)) is not None
    }
    for call in calls_in(home):
        given = all_given(call)
        names = {each.id for each in given if isinstance(each, ast.Name)}
        cuts = [*(named[name] for name in sorted(names & named.keys())), *(_cut(each) for each in given)]
        if names & masks:
            yield from (cut for cut in cuts if cut is not None and cut.whole not in names)


def _cuts_behind(source: Source, home: ast.AST, spans: set[Span]) -> Iterator[_Cut]:
    """The tokens without one step that the same function keeps, where the other operands are made of these."""
    for each in walk(home):
        for target, value in values_given(each):
            cut = _cut(value, ast.unparse(target)) if isinstance(target, ast.Name | ast.Attribute) else None
            if cut is not None and source.span(value) in spans:
                yield cut


def _cut(node: ast.expr, name: str = "") -> _Cut | None:
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return None
    if not last_dropped(node) and not first_dropped(node):
        return None
    text = ast.unparse(node)
    # What has no name is written out wherever it is read.
    return _Cut(node.value.id, text, name or text, node.lineno if name else 0)
