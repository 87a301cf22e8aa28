"""Sequences without a step: their lengths are held at one step, where they are counted or where they are packed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.reading.applied import size_asked
from shapecheck.reading.edits import expression, piece, replaced, suffixed, whole_number
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import Source, home_around, last_name, node_at, user_sources, walk
from shapecheck.reading.steps.blank_lines import left_out
from shapecheck.reading.vocabulary import ARRAYS, TENSORS
from shapecheck.remedies.sequences.lengths import doubt_of_lengths

_BLANK = "a blank line was read as a sequence, and may be meant to be none"
_UNKNOWN = "words that are not known are numbered like the padding, and may be meant to have a number of their own"
# What hands the same lengths on in another form.
_SAME = ("cpu", "cuda", "to", "int", "long", "tolist", "numpy", "detach", "clone", "flatten", "view", "squeeze", "copy")
_CASTS = (*TENSORS, *ARRAYS, "list", "tuple")


def held_at_one(evidence: Evidence, call: Span, lengths: Argument, *, cost: float) -> Iterator[Candidate]:
    """The lengths, none of them below one.

    Args:
        evidence: The problem.
        call: The call that packs.
        lengths: What it was given.
        cost: What it costs.
    """
    base = _base(lengths)
    if base is None:
        return
    doubt = doubt_of_lengths(evidence, lengths)
    if lengths.span is not None and left_out(evidence, lengths.span) is not None:
        doubt = doubt or _BLANK
    doubt = doubt or (_UNKNOWN if any(_are_unknown(source) for source in user_sources(evidence)) else "")
    trial = (Step("clamp", "lengths", (1,)),) if lengths.value.kind == "tensor" else ()
    held = _held_value(evidence, base, lengths)
    made = _counted(evidence, base, held)
    again = _is_read_later(call, base.text)
    at_use, at_maker = (0.5, 0.0) if again else (0.03, 0.0)
    if made is None:
        at_use = at_use if again else 0.0
        nearest = [each for each in trace(evidence, base) if isinstance(expression(each.span.text), ast.Call)]
        if held.kind == "tensor" and nearest:
            change = suffixed(nearest[0].span, ".clamp(min=1)")
            yield Candidate(change.text, (change,), trial, cost + at_maker + (0.0 if again else 0.5), doubt)
    else:
        yield Candidate(made.text, (made,), trial, cost + at_maker, doubt)
    if held.kind == "tensor":
        used = suffixed(base, ".clamp(min=1)")
    elif held.kind == "array":
        used = suffixed(base, ".clip(min=1)")
    else:
        used = replaced(base, f"[max(each, 1) for each in {base.text}]")
    yield Candidate(used.text, (used,), trial, cost + at_use, doubt)


def _are_unknown(source: Source) -> bool:
    """Whether words that a table does not know are looked up as 0, where the numbers of the others begin above 1."""
    unknown = [each for each in source.calls("get") if len(each.args) == 2 and whole_number(each.args[1]) == 0]
    begins = (each.args[1] if len(each.args) == 2 else each.keywords for each in source.calls("enumerate"))
    starts = [each[0].value if isinstance(each, list) and each else each for each in begins]
    return bool(unknown) and any(isinstance(each, ast.expr) and (whole_number(each) or 0) > 0 for each in starts)


def _base(lengths: Argument) -> Span | None:
    """The lengths, without what only hands them on in another form: ``lengths`` of ``lengths.cpu().tolist()``."""
    node = expression(lengths.span.text) if lengths.span is not None else None
    if node is None or lengths.span is None:
        return None
    while True:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SAME:
            node = node.func.value
        elif isinstance(node, ast.Call) and last_name(node.func) in _CASTS and len(node.args) == 1:
            if isinstance(node.args[0], ast.ListComp | ast.GeneratorExp | ast.Call):
                break
            node = node.args[0]
        else:
            break
    return lengths.span if ast.unparse(node) == lengths.span.text else piece(lengths.span, node)


def _held_value(evidence: Evidence, base: Span, lengths: Argument) -> Value:
    if base == lengths.span:
        return lengths.value
    known = evidence.held.get(base.text)
    return known or lengths.value


def _counted(evidence: Evidence, base: Span, held: Value) -> Change | None:
    """The change of the expression that counted the steps, the farthest that is known to do so."""
    own = spans_of(evidence, base)
    behind = [each.span for each in evidence.origins.get(base.text, ()) if each.is_whole]
    for span in (*reversed(own), *behind):
        node = expression(span.text)
        change = _at_least_one(span, node, held) if node is not None else None
        if change is not None:
            return change
    return None


def _at_least_one(span: Span, node: ast.expr, held: Value) -> Change | None:
    """A change of an expression that counts steps, so that it never counts none; None where it counts nothing."""
    if _counts(node):
        inside = piece(span, node)
        return replaced(inside, f"max({inside.text}, 1)")
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return _at_least_one(span, node.elt, held)
    if not isinstance(node, ast.Call):
        return None
    name = last_name(node.func)
    if name in _CASTS and len(node.args) >= 1 and _holds_counts(node.args[0]):
        if name in TENSORS:
            return suffixed(piece(span, node), ".clamp(min=1)")
        return _at_least_one(span, node.args[0], held)
    if name == "map" and len(node.args) == 2 and ast.unparse(node.args[0]) == "len":
        rows = piece(span, node.args[1]).text
        return replaced(piece(span, node), f"(max(len(row), 1) for row in {rows})")
    if name in ("sum", "count_nonzero") and held.kind in ("tensor", "array"):
        return suffixed(piece(span, node), ".clamp(min=1)" if held.kind == "tensor" else ".clip(min=1)")
    return None


def _holds_counts(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and last_name(node.func) in _CASTS and node.args:
        return _holds_counts(node.args[0])
    if isinstance(node, ast.Call) and last_name(node.func) == "map":
        return len(node.args) == 2 and ast.unparse(node.args[0]) == "len"
    return isinstance(node, ast.ListComp | ast.GeneratorExp) and _counts(node.elt)


def _counts(node: ast.expr) -> bool:
    """Whether an expression is how many steps one sequence has: ``len(ids)``, ``clip.shape[0]``, ``clip.size(0)``."""
    asked = size_asked(node)
    return asked is not None and asked[1] == 0


def _is_read_later(span: Span, name: str) -> bool:
    """Whether the function reads the lengths again behind the packing: for a mask, a mean or a last step.

    What reads them must count the steps that were packed.
    """
    call = node_at(span)
    function = home_around(call)
    return function is not None and any(
        isinstance(node, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and node.lineno > span.end_line
        and ast.unparse(node) == name
        for node in walk(function)
    )
