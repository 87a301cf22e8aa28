"""A vector of each sample repeated for the steps in front of the samples, for a layer that takes the samples first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.edits import expression, piece, whole_number, with_keyword
from shapecheck.reading.failing import RECURRENT, SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of, with_exchanged
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import items_of, last_name, names_in, user_sources

_COST = 0.03
_STAYS = {"repeat": "1", "expand": "-1"}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``z.unsqueeze(1).repeat(1, steps, 1)`` for ``z.unsqueeze(0).repeat(steps, 1, 1)``, where the result is turned."""
    found: list[Candidate] = []
    for item, other in both_ways(failed(evidence, *SAME_SHAPE_LOSSES, *ELEMENTWISE)):
        have, want = sizes_of(item), sizes_of(other)
        if len(have) > 1 and have != want and with_exchanged(have, 0, 1) == want:
            found += _turned(evidence, item)
    return found


def _turned(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    layers = set(_given_turned(evidence, sizes_of(item)[:2]))
    step = Step("transpose", item.role, (0, 1))
    for source in user_sources(evidence) if layers else ():
        for call in source.calls(*layers):
            for span in spans_of(evidence, source.span(call.args[0])) if call.args else ():
                change = _along_second(evidence, span)
                if change is not None:
                    yield Candidate(change.text, (change,), (step,), _COST)
                    break


def _given_turned(evidence: Evidence, sizes: tuple[int, ...]) -> Iterator[str]:
    """The names of the recurrent layers that take samples first and were given as many of both as the result has."""
    for entry in evidence.trace or ():
        records = [each for each in entry.call.inputs if each.role == "input"] or list(entry.call.inputs[:1])
        is_first = "batch_first=True" in entry.call.config
        if entry.call.type in RECURRENT and is_first and records and records[0].shape[:-1] == sizes:
            yield entry.call.module.rpartition(".")[2]


def _along_second(evidence: Evidence, span: Span) -> Change | None:
    """The same vectors behind the samples, where they are spread in front of them."""
    call = expression(span.text)
    if not isinstance(call, ast.Call):
        return None
    name = last_name(call.func)
    if name == "stack" and call.args and _are_alike(call.args[0]):
        return (
            with_keyword(span, "dim", "1") if whole_number(given_as(call, "dim", 1) or ast.Constant(0)) == 0 else None
        )
    stays = _STAYS.get(name)
    given = items_of(call.args[0]) if len(call.args) == 1 else call.args
    if stays is None or not isinstance(call.func, ast.Attribute) or len(given) != 3 or call.keywords:
        return None
    count, *rest = (piece(span, each).text for each in given)
    base = _behind_samples(evidence, span, call.func.value)
    if rest != [stays, stays] or count == stays or not base:
        return None
    return Change(span, f"{base}.{name}({stays}, {count}, {stays})")


def _are_alike(node: ast.expr) -> bool:
    """Whether a list holds the same thing many times: ``[z] * steps``, ``[z for _ in range(steps)]``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return any(isinstance(each, ast.List) and len(each.elts) == 1 for each in (node.left, node.right))
    if isinstance(node, ast.ListComp | ast.GeneratorExp) and isinstance(node.elt, ast.Name):
        return not names_in(*(each.target for each in node.generators)) & {node.elt.id}
    return False


def _behind_samples(evidence: Evidence, span: Span, base: ast.expr) -> str:
    """What is spread with its axis of one behind the samples; nothing where it is not known how many axes it has."""
    whole = piece(span, base)
    if isinstance(base, ast.Call) and isinstance(base.func, ast.Attribute) and base.func.attr == "unsqueeze":
        inner = piece(span, base.func.value).text
        return f"{inner}.unsqueeze(1)" if [ast.unparse(each) for each in base.args] == ["0"] else ""
    if isinstance(base, ast.Subscript):
        parts = [ast.unparse(each) for each in items_of(base.slice)]
        if parts[0] == "None" and set(parts[1:]) <= {":", "..."}:
            return f"{piece(span, base.value).text}[:, None]"
        return f"{whole.text}.unsqueeze(1)" if parts in (["-1"], ["0"]) else ""
    made = trace(evidence, whole, parts=True)
    if not made or not isinstance(base, ast.Name):
        return ""
    # A state that a layer returned beside its output has the axis of the layers, until something is taken of it.
    nodes = [expression(each.span.text) for each in made]
    taken = next((at for at, each in enumerate(nodes) if isinstance(each, ast.Subscript)), len(made))
    is_state = not all(each.is_whole for each in made[:taken])
    return f"{whole.text}.transpose(0, 1)" if is_state else f"{whole.text}.unsqueeze(1)"
