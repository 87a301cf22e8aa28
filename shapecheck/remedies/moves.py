"""Candidates that many remedies make: an operand changed, a setting of a call or a layer, two texts exchanged."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.compared.differentiated import is_differentiated_beside
from shapecheck.reading.edits import as_whole, bracketed, call_of, expression, suffixed, with_keyword, without_keyword
from shapecheck.reading.failing import maker
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.only_handed_on import is_carried_round, is_handed_on, is_left_by_round
from shapecheck.reading.read_otherwise import is_read_otherwise
from shapecheck.reading.sizes.sizes_exchanged import sizes_exchanged
from shapecheck.reading.sources import function_at, last_name, walk
from shapecheck.reading.turned_before import axis_put_elsewhere, turned_once, without_last_axis_made
from shapecheck.reading.where_made import made, ways_written

# Where an axis was added that must go, it is likelier that it was not to be added than that it was to be dropped.
_SURER = 0.02
# Where it was put at another place than it is wanted, it is likelier to go there than that all of its axes are turned.
_PUT = 0.15
# A view whose sizes stand crosswise mixes the rows: nobody means it.
_CROSSED = 0.4
_NEXT_ROUND = "another round of the loop has another value there, which may be right as it is"


def put_behind(
    evidence: Evidence,
    item: Argument,
    suffix: str,
    steps: Sequence[Step] = (),
    *,
    cost: float = 0.0,
    prefer: str = "use",
) -> list[Candidate]:
    """A method call or an index put behind an operand: where it is used, and where it was made.

    Args:
        evidence: The problem.
        item: The operand.
        suffix: What to put behind it: ``".unsqueeze(1)"``.
        steps: The same as a trial.
        cost: What it costs.
        prefer: ``"use"`` or ``"origin"``: which of the two is the likelier place.
    """
    found = []
    trial, sizes = tuple(steps), sizes_of(item)
    is_carried = is_carried_round(evidence, item) or is_left_by_round(evidence, item)
    is_carried = is_carried and not _is_taken_back(item, suffix)
    if is_carried or is_differentiated_beside(evidence, item):
        prefer = "origin"
    at_use, at_origin = (0.0, 0.5) if prefer == "use" else (0.5, 0.0)
    is_method = suffix.startswith(".")
    if item.span is not None and not (is_method and _holds_several(evidence, item.span)):
        instead = _instead(evidence, item.span, suffix, sizes)
        change = suffixed(item.span, suffix) if instead is None else Change(item.span, instead[0])
        more = at_use if instead is None else -instead[1]
        if not (puts_in(item.span, suffix) and change.text.endswith(suffix)):
            found.append(Candidate(change.text, (change,), trial, cost + more, _NEXT_ROUND if is_carried else ""))
    origins = made(evidence, item)[:3]
    if prefer == "origin" and len(origins) > 1 and is_handed_on(origins[0].span, origins[1].span):
        origins = (*origins[1:], origins[0])
    for far, origin in enumerate(origins):
        if any(_holds_several(evidence, each.span) for each in (origins[far:] if is_method else ())):
            continue
        if isinstance(expression(origin.span.text), ast.Tuple):
            continue
        instead = _instead(evidence, origin.span, suffix, sizes)
        if instead is not None and instead[1] == _PUT and is_read_otherwise(evidence, item, origins[: far + 1]):
            instead = None
        once = _written_otherwise(origin.span.text, suffix) if instead is None else instead[0]
        change = suffixed(origin.span, suffix) if once is None else Change(origin.span, once)
        title = change.text if "(" in origin.expression else f"{origin.expression} = {change.text}"
        more = at_origin + 0.2 * far if instead is None else -instead[1]
        found.append(Candidate(title, (change,), trial, cost + more))
    return sorted(found, key=lambda each: each.cost)


def puts_in(span: Span, suffix: str) -> bool:
    """Whether an axis is to be taken off where one is put in: that one does not bring the one that is too many."""
    call = call_of(span) if suffix.startswith(".squeeze(") else None
    return call is not None and last_name(call.func) == "unsqueeze"


def _holds_several(evidence: Evidence, span: Span) -> bool:
    """Whether what stands at a place is a tuple or a list, which has no methods of tensors."""
    node, held = expression(span.text), evidence.held.get(span.text)
    if held is not None and held.kind in ("tuple", "list"):
        return True
    return any(_is_several(each) for each in (node, *ways_written(node)))


def _is_several(node: ast.expr | None) -> bool:
    is_made = isinstance(node, ast.Call) and ast.unparse(node.func) in ("tuple", "list")
    return is_made or isinstance(node, ast.Tuple | ast.List | ast.ListComp)


def _is_taken_back(item: Argument, suffix: str) -> bool:
    """Whether the function returns what has the name of an operand without the axis that is put in behind it."""
    call = expression(f"_{suffix}")
    axis = ast.unparse(call.args[0]) if isinstance(call, ast.Call) and len(call.args) == 1 else ""
    if item.span is None or not suffix.startswith(".unsqueeze("):
        return False
    given = (each.value for each in walk(function_at(item.span)) if isinstance(each, ast.Return))
    texts = {ast.unparse(part) for value in given for part in walk(value)}
    return f"{item.expression}.squeeze({axis})" in texts


def _written_otherwise(text: str, suffix: str) -> str | None:
    """How a suffix is not put at the end: two turns are one, and a leaf that gradients are asked of stays one."""
    node = expression(text)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_":
        base = ast.get_source_segment(f"({text}\n)", node.func.value)
        return f"{bracketed(base)}{suffix}.requires_grad_({', '.join(map(ast.unparse, node.args))})" if base else None
    return turned_once(text, suffix)


def _instead(evidence: Evidence, span: Span, suffix: str, sizes: tuple[int, ...]) -> tuple[str, float] | None:
    """How an axis is added otherwise, or not at all, in the place of a suffix; and how much likelier that is."""
    text = span.text
    if (viewed := sizes_exchanged(evidence, span, suffix, sizes)) is not None:
        return viewed, _CROSSED
    plain, put = without_last_axis_made(text, suffix), axis_put_elsewhere(text, suffix, sizes)
    if plain is not None:
        return plain, _SURER
    return (put, _PUT) if put is not None else None


def keyword(
    operation: Operation, name: str, text: str, setting: bool | int | None, *, cost: float = 0.0
) -> list[Candidate]:
    """A keyword of the failing call itself, ``dim=0``, ``batch_first=True``; in place of what stands for it without."""
    if operation.span is None:
        return []
    told = operation.argument(name)
    change = with_keyword(operation.span, name, text)
    if told is not None and told.span is not None and not told.keyword:
        change = Change(told.span, text)
    trial = (Step("keyword", "", (name, setting)),)
    return [Candidate(f"{name}={text}", (change,), trial, cost)] if change else []


def setting_of_layer(
    evidence: Evidence, operation: Operation, name: str, setting: bool, *, cost: float = 0.0
) -> list[Candidate]:
    """A switch of the layer's constructor, such as batch_first."""
    origin = maker(evidence, operation)
    if origin is None:
        return []
    change = with_keyword(origin.span, name, str(setting))
    if setting is False:
        change = without_keyword(origin.span, name) or change
    trial = (Step("configure", "", (name, setting)),)
    title = f"{name}={setting}" if setting else f"without {name}=True"
    # What is put in at the end of a long call is missing in all of it, not on its last line.
    return [Candidate(title, (as_whole(origin.span, change),), trial, cost)] if change else []


def exchanged(one: Span, other: Span, *, cost: float = 0.0, trial: tuple[Step, ...] = (), doubt: str = "") -> Candidate:
    """Two pieces of a script, each written where the other stands."""
    changes = (Change(one, other.text), Change(other, one.text))
    return Candidate(f"{one.text} and {other.text} exchanged", changes, trial, cost, doubt)
