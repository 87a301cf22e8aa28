"""A tensor of many numbers where one is asked for: their mean or their sum, or the part of a formula left so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Operation, Span, Value
from shapecheck.reading.compared.left_many import left_many, reducer
from shapecheck.reading.edits import call_of, expression, piece, replaced, suffixed
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand, says
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import (
    home_around,
    last_name,
    names_in,
    node_at,
    parents,
    statement_of,
    user_sources,
    walk,
)
from shapecheck.remedies.moves import put_behind

_WHICH_NUMBER = "it holds many whole numbers, and which one of them is meant is not said"
_WHICH_TRUTH = "whether all of them, any of them or their mean is asked about is not said"
_MEAN_OR_SUM = "whether their mean or their sum is asked about is not said"
_COST, _BEHIND = 0.1, 0.3
_GO_OVER = ("enumerate", "zip", "len", "list", "tuple", "sorted", "set", "extend")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x.mean().item()`` for ``x.item()``, or ``x.sum().item()`` where the script asks so of what lies beside it."""
    operation = failed(evidence)
    if operation is None or not says(
        evidence,
        r"cannot be converted to Scalar",
        r"only one element tensors can be converted",
        r"truth value",
        r"Boolean value",
    ):
        return []
    if (compared := _compared(operation)) is not None:
        return [compared]
    item = _asked(operation)
    found = list(_ways(evidence, operation, item)) if item is not None and item.span is not None else []
    if operation.span is not None and operation.name.endswith(".item"):
        text = operation.span.text.removesuffix(".item()") + ".tolist()"
        cost = 0.02 if _is_gone_over(operation.span) else 0.6
        found.append(Candidate(text, (replaced(operation.span, text),), (), cost))
    return found


def _compared(operation: Operation) -> Candidate | None:
    """``if (a == b).all():`` where a condition asks whether tensors are alike."""
    node = node_at(operation.span)
    is_test = isinstance(getattr(node, "parent", None), ast.If | ast.While | ast.Assert | ast.IfExp | ast.BoolOp)
    if operation.span is None or not isinstance(node, ast.Compare) or not is_test:
        return None
    if not all(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops):
        return None
    text = f"({operation.span.text}).all()"
    return Candidate(text, (replaced(operation.span, text),), (), _COST, _WHICH_TRUTH)


def _is_gone_over(place: Span) -> bool:
    """Whether what is read there is gone over item by item, as no single number is: ``[... for p in x.item()]``."""
    node = node_at(place)
    up = getattr(node, "parent", None)
    is_iterated = isinstance(up, ast.For | ast.comprehension) and up.iter is node
    return is_iterated or (isinstance(up, ast.Call) and node in up.args and last_name(up.func) in _GO_OVER)


def _asked(operation: Operation) -> Argument | None:
    """The tensor that is asked; of what only a call gives no more is known than where it stands."""
    item = operand(operation, "self", "input", "value", "x") or next(iter(operation.arguments), None)
    if item is not None:
        return item if item.value.kind == "tensor" else None
    call = call_of(operation.span) if operation.span is not None else None
    if call is None or operation.span is None or not isinstance(call.func, ast.Attribute) or call.func.attr != "item":
        return None
    span = piece(operation.span, call.func.value)
    return Argument("self", Value("tensor"), span)


def _ways(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    record, whole = item.value.record, item.span
    cast = "" if record is None or record.dtype.startswith(("float", "bfloat")) else ".float()"
    # What counts or numbers something has no mean that does.
    is_asked = says(evidence, r"Boolean value of Tensor with more") is not None
    is_whole = (record is not None and record.dtype.startswith(("int", "uint"))) or _made_whole(operation)
    doubt = _WHICH_NUMBER if is_whole else _WHICH_TRUTH if is_asked else ""
    is_share = record is not None and record.dtype == "bool" and not _is_divided(operation)
    said = _beside(operation) or (set() if is_share or _is_loss(evidence, whole) else _elsewhere(evidence, whole))
    if not doubt and len(said) > 1:
        doubt = _MEAN_OR_SUM
    prefer = "origin" if whole is not None and _is_read_again(whole) else "use"
    is_sum = said == {"sum"}
    if not is_asked:
        for span in spans_of(evidence, whole):
            left = left_many(span)
            if left is not None:
                change = suffixed(left[0], f".{left[1]}()")
                yield Candidate(change.text, (change,), (), _COST - 0.05)
    for each in put_behind(evidence, item, f"{cast}.mean()", [], cost=_COST, prefer=prefer):
        yield replace(each, doubt=doubt, cost=each.cost + 2 * _BEHIND * is_sum)
    for each in put_behind(evidence, item, ".sum()", [], cost=_COST + _BEHIND * (not is_sum), prefer=prefer):
        yield replace(each, doubt=doubt)


def _is_loss(evidence: Evidence, span: Span | None) -> bool:
    """Whether many numbers are those of a loss, which is the mean of them: by what made them, or by backward."""
    asked = (call for source in user_sources(evidence) for call in source.calls("backward"))
    if span is None or any(
        isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == span.text for call in asked
    ):
        return span is not None
    for place in spans_of(evidence, span):
        node = expression(place.text)
        for call in walk(node) if node is not None else ():
            if isinstance(call, ast.Call):
                made = [each.span.text for each in trace(evidence, piece(place, call.func))]
                if any(_names_loss(text) for text in (ast.unparse(call.func), *made)):
                    return True
    return False


def _names_loss(text: str) -> bool:
    name = text.partition("(")[0].rpartition(".")[2]
    return name in (*INDEX_LOSSES, *SAME_SHAPE_LOSSES) or "loss" in name.lower()


def _beside(operation: Operation) -> set[str]:
    """How one number was made of what stands beside it in a formula: ``loss.sum().item() / mask.item()``."""
    node, found = node_at(operation.span), set[str]()
    up = getattr(node, "parent", None)
    while isinstance(up, ast.UnaryOp) or (isinstance(up, ast.BinOp) and isinstance(up.op, ast.Add | ast.Sub | ast.Div)):
        other = (up.right if up.left is node else up.left) if isinstance(up, ast.BinOp) else None
        found |= {_item_of(other)} - {""}
        node, up = up, getattr(up, "parent", None)
    return found


def _item_of(node: ast.AST | None) -> str:
    """The method that makes one number of what ``item`` is called of, also behind a sign."""
    if isinstance(node, ast.UnaryOp):
        return _item_of(node.operand)
    is_item = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "item"
    return reducer(node.func.value) if is_item else ""  # type: ignore[union-attr]


def _is_divided(operation: Operation) -> bool:
    """Whether the name that is given the number is divided later: it may be counted, and be no share yet."""
    node = node_at(operation.span)
    statement, home = statement_of(node), home_around(node)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    if not isinstance(target, ast.Name):
        return False
    quotients = (each for each in walk(home) if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div))
    return any(target.id in names_in(each.left) for each in quotients)


def _elsewhere(evidence: Evidence, span: Span | None) -> set[str]:
    """How the script makes one number of what the same call gives elsewhere; either way where it does not."""
    called = _called(expression(span.text)) if span is not None else ""
    calls = (call for source in user_sources(evidence) for call in source.calls("item")) if called else ()
    inner = (call.func.value for call in calls if isinstance(call.func, ast.Attribute))
    return {reducer(each) for each in inner if reducer(each) and _called(each) == called} or {"mean", "sum"}


def _called(node: ast.AST | None) -> str:
    """What was called to give what an expression takes parts of, or makes one number of."""
    while node is not None:
        base = node.func if isinstance(node, ast.Call) else node
        if isinstance(node, ast.Call) and not isinstance(base, ast.Attribute):
            return ast.unparse(base)
        node = getattr(base, "value", None)
    return ""


def _is_read_again(use: Span) -> bool:
    """Whether what is compared is kept for the next comparison: ``if score > best: best = score``."""
    node = node_at(use)
    test = next((up for up in parents(node) if isinstance(up, ast.If)), None)
    kept = (each for part in test.body for each in walk(part)) if test is not None else ()
    return any(
        isinstance(each, ast.Name) and isinstance(node, ast.Name) and each.id == node.id and each is not node
        for each in kept
    )


def _made_whole(operation: Operation) -> bool:
    """Whether what is asked for is made a whole number on the spot: ``int(x.item())``."""
    node = node_at(operation.span)
    ups = (node, getattr(node, "parent", None))
    return any(isinstance(each, ast.Call) and last_name(each.func) in ("int", "range") for each in ups)
