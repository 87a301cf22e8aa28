"""Tokens that are padded with a number for which the table has no row, where it tells the one that it keeps for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.edits import argument, expression, piece, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, failed, maker, number, operand
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name, source_of, user_sources, walk
from shapecheck.remedies.targets.ignored_labels import DEFAULT

# Where what is filled in stands: its keyword and its position.
_FILLS = {
    "pad_sequence": ("padding_value", 2),
    "pad_packed_sequence": ("padding_value", 2),
    "pad": ("value", 3),
    "full": ("fill_value", 1),
    "new_full": ("fill_value", 1),
    "full_like": ("fill_value", 1),
}
_COST = 0.02
_LABELS = "the loss leaves out what has this number, and the same rows may be its labels"
_FIRST = "token 0 may be a word, and the padding may need a row of its own"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The padding of the table in the place of the number that it has no row for."""
    operation = failed(evidence, "Embedding")
    item = operand(operation, "input")
    if operation is None or item is None or item.span is None:
        return []
    rows, facts = number(operation, "num_embeddings"), item.value.facts
    outside = {int(facts[name]) for name in ("min", "max") if name in facts and not 0 <= facts[name] < rows}
    padding = _padding_of(evidence, operation)
    found = []
    for place in _fills(evidence, item.span):
        written = whole_number(expression(place.text))
        # Who asks for the number knows of it, and it may be the one that must stay.
        if written in outside and not _is_asked_for(evidence, written):
            text, doubt = ("0", _FIRST) if padding is None else (padding, "")
            doubt = doubt or (_LABELS if _is_left_out(evidence, place, written) else "")
            found.append(Candidate(f"padding with {text}", (Change(place, text),), (), _COST, doubt))
    return found


def _padding_of(evidence: Evidence, operation: Operation) -> str | None:
    """The row that the table keeps for the padding, as its constructor was told: by its name where it has one."""
    made = maker(evidence, operation)
    given = argument(made.span, "padding_idx", 2) if made is not None else None
    if given is None:
        return None
    source = source_of(given.file)
    lines = (each for each in source.tree.body if isinstance(each, ast.Assign)) if source is not None else ()
    named = {name for line in lines for name in stored_in(line)}
    if given.text in named:
        return given.text
    found = worked_out(evidence, given)
    return str(found) if type(found) is int else None


def _fills(evidence: Evidence, tokens: Span) -> list[Span]:
    """What the calls on the way to the tokens fill in; what a loader puts together has no way, so the only one then."""
    spans = spans_of(evidence, tokens, parts=True)
    found = [given for span in spans if (tree := expression(span.text)) for given in _filled(span, tree)]
    if found or not any(True for source in user_sources(evidence) for _ in source.calls("DataLoader")):
        return found
    every = list(_every_fill(evidence))
    return every if len(every) == 1 else []


def _filled(span: Span, tree: ast.expr) -> Iterator[Span]:
    for node in walk(tree):
        name = last_name(node.func) if isinstance(node, ast.Call) else ""
        given = argument(piece(span, node), *_FILLS[name]) if name in _FILLS else None
        if given is not None:
            yield given


def _every_fill(evidence: Evidence) -> Iterator[Span]:
    """What all calls of the script fill in."""
    for source in user_sources(evidence):
        for call in source.calls(*_FILLS):
            given = argument(source.span(call), *_FILLS[last_name(call.func)])
            if given is not None:
                yield given


def _is_left_out(evidence: Evidence, place: Span, written: int) -> bool:
    """Whether a loss ignores the number, and nothing else is filled up with it that may be the labels."""
    calls = ((source, call) for source in user_sources(evidence) for call in source.calls(*INDEX_LOSSES))
    told = [argument(source.span(call), "ignore_index") for source, call in calls]
    marks = {DEFAULT if each is None else whole_number(expression(each.text)) for each in told}
    others = (each for each in _every_fill(evidence) if each != place)
    return written in marks and not any(whole_number(expression(each.text)) == written for each in others)


def _is_asked_for(evidence: Evidence, written: int) -> bool:
    """Whether the script compares something with the number, adds so much that it is 0, or asks what is less than 0."""
    for source in user_sources(evidence):
        given = (pair for node in walk(source.tree) for pair in values_given(node))
        named = {ast.unparse(target): whole_number(value) for target, value in given}
        for node in walk(source.tree):
            parts = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            base = node.value if isinstance(node, ast.Attribute) and node.attr in ("bool", "sign") else None
            if isinstance(base, ast.BinOp) and isinstance(base.op, ast.Add) and whole_number(base.right) == -written:
                return True
            if isinstance(node, ast.Call) and last_name(node.func) in ("ne", "eq", "ge", "lt", "gt", "clamp", "clip"):
                parts = [*node.args, *(each.value for each in node.keywords)]
            numbers = {whole_number(part) for part in parts} | {named.get(ast.unparse(part)) for part in parts}
            orders = isinstance(node, ast.Call) or any(
                not isinstance(each, ast.Eq | ast.NotEq) for each in getattr(node, "ops", ())
            )
            if written in numbers or (written < 0 and 0 in numbers and orders):
                return True
    return False
