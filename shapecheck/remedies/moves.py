"""Makes candidate changes: of an operand, where it is used or was made, and of the settings of a call or a layer."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span
from shapecheck.reading.differentiated import is_differentiated_beside
from shapecheck.reading.edits import (
    as_whole,
    bracketed,
    expression,
    piece,
    suffixed,
    with_keyword,
    without_keyword,
)
from shapecheck.reading.failing import maker
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.only_handed_on import is_carried_round, is_handed_on
from shapecheck.reading.origins import trace
from shapecheck.reading.read_otherwise import is_read_otherwise
from shapecheck.reading.sources import last_name
from shapecheck.reading.turned_before import axis_put_elsewhere, turned_once, without_last_axis_made

# Where an axis was added that must go, it is likelier that it was not to be added than that it was to be dropped.
_SURER = 0.02
# Where it was put at another place than it is wanted, it is likelier to go there than that all of its axes are turned.
_PUT = 0.15
_NEXT_ROUND = "the next round of the loop hands on another value, which may be right as it is"


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
    is_carried = is_carried_round(evidence, item)
    if is_carried or is_differentiated_beside(evidence, item):
        prefer = "origin"
    at_use, at_origin = (0.0, 0.5) if prefer == "use" else (0.5, 0.0)
    if item.span is not None:
        instead = _instead(item.span.text, suffix, sizes)
        change = suffixed(item.span, suffix) if instead is None else Change(item.span, instead[0])
        more = at_use if instead is None else -instead[1]
        found.append(Candidate(change.text, (change,), trial, cost + more, _NEXT_ROUND if is_carried else ""))
    origins = made(evidence, item)[:3]
    if prefer == "origin" and len(origins) > 1 and is_handed_on(origins[0].span, origins[1].span):
        origins = (*origins[1:], origins[0])
    for far, origin in enumerate(origins):
        if isinstance(expression(origin.span.text), ast.Tuple):
            continue
        instead = _instead(origin.span.text, suffix, sizes)
        if instead is not None and instead[1] == _PUT and is_read_otherwise(evidence, item, origins[: far + 1]):
            instead = None
        once = _written_otherwise(origin.span.text, suffix) if instead is None else instead[0]
        change = suffixed(origin.span, suffix) if once is None else Change(origin.span, once)
        title = change.text if "(" in origin.expression else f"{origin.expression} = {change.text}"
        more = at_origin + 0.2 * far if instead is None else -instead[1]
        found.append(Candidate(title, (change,), trial, cost + more))
    return sorted(found, key=lambda each: each.cost)


def _written_otherwise(text: str, suffix: str) -> str | None:
    """How a suffix is not put at the end: two turns are one, and a leaf that gradients are asked of stays one."""
    node = expression(text)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_":
        base = ast.get_source_segment(f"({text}\n)", node.func.value)
        return f"{bracketed(base)}{suffix}.requires_grad_({', '.join(map(ast.unparse, node.args))})" if base else None
    return turned_once(text, suffix)


def _instead(text: str, suffix: str, sizes: tuple[int, ...]) -> tuple[str, float] | None:
    """How an axis is added otherwise, or not at all, in the place of a suffix; and how much likelier that is."""
    plain, put = without_last_axis_made(text, suffix), axis_put_elsewhere(text, suffix, sizes)
    if plain is not None:
        return plain, _SURER
    return (put, _PUT) if put is not None else None


def made(evidence: Evidence, item: Argument) -> tuple[Origin, ...]:
    """The assignments that an operand comes from, nearest first; parameters of functions are passed over."""
    if item.span is None:
        return ()
    return tuple(found for found in trace(evidence, item.span) if not is_number(found.span.text))


def made_or_written(evidence: Evidence, item: Argument) -> tuple[Origin, ...]:
    """Where an operand was made, the use itself first: it may be a factory's call right there."""
    if item.span is None:
        return ()
    found = []
    # Of a pair that a loop has handed round, or one of a list for each layer, only the whole is known.
    pairs = [each for each in trace(evidence, item.span, parts=True) if not each.is_whole]
    use = expression(item.span.text)
    pairs += trace(evidence, piece(item.span, use.value), parts=True) if isinstance(use, ast.Subscript) else ()
    tuples = (each for each in pairs if item.role in _PLACES and _is_pair(expression(each.span.text)))
    for origin in (Origin(item.expression, item.span, item.span), *made(evidence, item), *tuples):
        node = expression(origin.span.text)
        for whole in (node, made_for_each(node)):
            if isinstance(whole, ast.Tuple) and item.role in _PLACES and _PLACES[item.role] < len(whole.elts):
                # The pair (h, c): the part that this operand is.
                part = piece(origin.span, whole.elts[_PLACES[item.role]])
                found += [Origin(item.role, part, origin.statement), *trace(evidence, part)]
            elif whole is not None and whole is not node and item.role in _PLACES:
                found.append(Origin(item.role, piece(origin.span, whole), origin.statement))
        found.append(origin)
    return tuple(found)


def _is_pair(node: ast.expr | None) -> bool:
    return isinstance(made_for_each(node) or node, ast.Tuple)


_PLACES = {"h_0": 0, "c_0": 1}


def made_for_each(node: ast.expr | None) -> ast.expr | None:
    """What a comprehension makes both parts of a pair of: ``tuple(torch.zeros(n) for _ in range(2))``."""
    if isinstance(node, ast.Call) and last_name(node.func) in ("tuple", "list") and len(node.args) == 1:
        node = node.args[0]
    return node.elt if isinstance(node, ast.GeneratorExp | ast.ListComp) else None


def assigned_name(origin: Origin) -> str:
    """The single name that a statement assigns, or nothing."""
    try:
        node = ast.parse(origin.statement.text.strip()).body[0]
    except (SyntaxError, IndexError):
        return ""
    if (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name | ast.Attribute)
    ):
        return ast.unparse(node.targets[0])
    return ""


def literals(evidence: Evidence, given: Span) -> Iterator[Span]:
    """The whole numbers in the source that a constructor's argument comes from, the farthest (the cause) first."""
    if is_number(given.text):
        yield given
        return
    yield from (found.span for found in reversed(trace(evidence, given)) if is_number(found.span.text))


def is_number(text: str) -> bool:
    """Whether a text is a whole number as written in source.

    >>> is_number("1_024"), is_number("2 * n")
    (True, False)
    """
    node = expression(text)
    return isinstance(node, ast.Constant) and type(node.value) is int


def keyword(
    evidence: Evidence, operation: Operation, name: str, text: str, setting: bool | int | None, *, cost: float = 0.0
) -> list[Candidate]:
    """A keyword of the failing call itself: ``dim=0``, ``batch_first=True``."""
    if operation.span is None:
        return []
    change = with_keyword(operation.span, name, text)
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
