"""Running totals of what a mask leaves of errors, divided by a running count of all positions, by a measure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from shapecheck.capture.crashes.scopes import own_nodes
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import span_of, tree_of
from shapecheck.capture.recording.vocabulary import CONVERTS, DIFFERENCES, DISTANCES, EQUALS, MAGNITUDES
from shapecheck.findings import Edit, Fix
from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import class_around, last_name, walk

_ERRORS = DIFFERENCES | DISTANCES | EQUALS
_EACH = CONVERTS | MAGNITUDES | {"sqrt", "exp", "log1p", "squeeze", "unsqueeze"}
_MASKED = frozenset(["mul", "bitwise_and", "logical_and"])
_COUNTS = ("numel", "nelement")
_CONVERTS = ("item", "cpu", "detach", "double", "float", "int", "long")
_LEAST_STEPS = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Total:
    """A sum of masked errors.

    Args:
        node: The sum.
        product: What puts the mask to them.
        mask: The mask.
        hidden: How many positions it leaves out.
    """

    node: Node
    product: Node
    mask: Ref
    hidden: int


def filler_in_totals(step: Step) -> Iterator[Sighting]:
    """``self.total += (errors * mask).sum().item()``, ``self.count += y.numel()``, and their ratio somewhere else.

    What is added up has left torch, so it is read in the source which count belongs to which sum: the two are added up
    side by side, of tensors of one product, and one is divided by the other.
    """
    for node in step.recorded:
        total = _total(step, node) if node.name == "sum" and node.index not in step.to_loss else None
        call = _count_beside(total) if total is not None else None
        if total is not None and call is not None:
            yield _told(step, total, call)
            return


def _total(step: Step, node: Node) -> _Total | None:
    """The errors of sequences that a mask of padding was put to, if all of them are summed up to one number."""
    if node.shapes != ((),) or len(node.parents) != 1 or node.spot is None:
        return None
    for _, product in backwards(step.tape, node.parents[0], _EACH, first=step.first):
        if product.name in _MASKED and len(product.parents) == 2 and product.spot is not None:
            break
    else:
        return None
    if product.spot.code is not node.spot.code:
        return None
    for mask, other in (product.parents, product.parents[::-1]):
        hidden = _left_out(step, mask, product.shapes[0]) if _is_error(step, other) or _errs(step, node, product) else 0
        if hidden and not _is_error(step, mask):
            return _Total(node, product, mask, hidden)
    return None


def _is_error(step: Step, ref: Ref) -> bool:
    return any(_holds_two(node) for _, node in backwards(step.tape, ref, _EACH, first=step.first))


def _holds_two(node: Node) -> bool:
    """Whether it holds two tensors against each other."""
    return node.name in _ERRORS and len(node.parents) > 1


def _errs(step: Step, node: Node, product: Node) -> bool:
    """Whether what is summed up are errors between what was masked before."""
    between = [made for _, made in backwards(step.tape, node.parents[0], _EACH, first=step.first)]
    return any(map(_holds_two, between)) and product in between


def _left_out(step: Step, mask: Ref, shape: tuple[int, ...]) -> int:
    """How many positions of a product a mask leaves out, if it keeps each row up to an end of its own."""
    value = step.known(mask)
    if value is None or not are_truths(value) or mask in step.learned or value.ndim > len(shape):
        return 0
    sizes = [size for size in value.shape if size > 1]
    if len(sizes) < 2 or sizes != [*shape[: len(sizes)]]:
        return 0
    rows = value.reshape(*sizes[:2], -1)
    is_alike = bool((rows == rows[:, :, :1]).all())
    return int((value.expand(shape) == 0).sum()) if is_alike and _is_padding(rows[:, :, 0]) else 0


def _is_padding(rows: Tensor) -> bool:
    """Whether each row is kept up to some step, and not all up to the same one."""
    kept = rows != 0
    counts = kept.sum(1)
    if rows.shape[0] < 2 or rows.shape[1] < _LEAST_STEPS or len(set(counts.tolist())) < 2:
        return False
    if rows.shape[0] == rows.shape[1] == len(set(counts.tolist())):
        # A triangle, such as of all pairs.
        return False
    return bool((kept == (torch.arange(rows.shape[1], device=rows.device) < counts[:, None])).all())


def _count_beside(total: _Total) -> ast.Call | None:
    """``y.numel()`` of what the mask was put to, if it is added up beside the sum, and the sum is divided by it."""
    spot = total.node.spot
    assert spot is not None
    file = spot.code.co_filename
    around, tree = function_around(spot), tree_of(file)
    summed = node_at(total.node, ast.Call)
    nodes: list[ast.AST] = list(own_nodes(around or tree)) if tree is not None else []
    given = {one.id: value for item in nodes for one, value in values_given(item) if isinstance(one, ast.Name)}
    adds = [(item, _bare(item.value, given)) for item in nodes if isinstance(item, ast.AugAssign)]
    of_sum = [item.target for item, added in adds if summed is not None and added is summed]
    if len(of_sum) != 1 or tree is None:
        return None
    operands = _written_in(node_at(total.product, ast.BinOp))
    home: list[ast.AST] = list(walk(class_around(around) or tree))
    for item, call in adds:
        if not isinstance(call, ast.Call) or not _is_count(call, operands) or item.target is of_sum[0]:
            continue
        names = ast.unparse(of_sum[0]), ast.unparse(item.target)
        is_kept = all(isinstance(one, ast.Attribute) for one in (of_sum[0], item.target))
        if _is_only_divided(home if is_kept else nodes, *names):
            return call
    return None


def _bare(value: ast.expr, given: dict[str, ast.expr]) -> ast.expr:
    """What is added, without what only converts it; what is scaled or corrected may have left the filler out."""
    seen: set[str] = set()
    while True:
        if isinstance(value, ast.Name) and value.id in given and value.id not in seen:
            seen.add(value.id)
            value = given[value.id]
        elif isinstance(value, ast.Call) and last_name(value.func) in ("int", "float") and len(value.args) == 1:
            value = value.args[0]
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _CONVERTS:
            value = value.func.value
        else:
            return value


def _is_count(part: ast.AST, operands: set[str]) -> bool:
    """Whether it counts all numbers of one of some tensors."""
    is_count = isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _COUNTS
    return is_count and ast.unparse(part.func.value) in operands  # type: ignore[attr-defined]


def _written_in(product: ast.AST | None) -> set[str]:
    return {ast.unparse(part) for part in walk(product) if isinstance(part, ast.Name | ast.Attribute)}


def _is_only_divided(nodes: list[ast.AST], of: str, by: str) -> bool:
    """Whether the sum is divided by that count, by nothing else, and the count is added up at one place.

    Who divides by what the mask keeps as well knows of the filler, and means something else by the other.
    """
    added = [item for item in nodes if isinstance(item, ast.AugAssign) and ast.unparse(item.target) == by]
    ratios = [item for item in nodes if isinstance(item, ast.BinOp) and isinstance(item.op, ast.Div)]
    divisors = [_texts(item.right) for item in ratios if of in _texts(item.left)]
    return len(added) == 1 and bool(divisors) and all(by in texts for texts in divisors)


def _texts(side: ast.expr) -> set[str]:
    return {ast.unparse(part) for part in walk(side)}


def _told(step: Step, total: _Total, call: ast.Call) -> Sighting:
    spot, shape = total.node.spot, total.product.shapes[0]
    assert spot is not None
    assert isinstance(call.func, ast.Attribute)
    file = spot.code.co_filename
    everything = torch.Size(shape).numel()
    text = (
        f"a mask makes {total.hidden} of {everything} errors zero before they are added up, and beside it all "
        f"{everything} are counted: the more padding, the smaller what is told"
    )
    product = node_at(total.product, ast.BinOp)
    edits: tuple[Edit, ...] = ()
    if isinstance(product, ast.BinOp) and isinstance(product.op, ast.Mult | ast.BitAnd):
        written = product.left if total.product.parents[0] == total.mask else product.right
        spread = "" if step.tape.shape(total.mask) == shape else f".expand_as({ast.unparse(call.func.value)})"
        edits = replaced_text(file, call, f"int({as_primary(written)}{spread}.sum())")
    seen = sighted("padding_in_mean", total.node, text, (Fix("the count of what the mask keeps", edits, "no"),))
    return replace(seen, span=span_of(file, call))


PROBE = Probe(
    "no running total is divided by a count of what a mask leaves out",
    lambda look: filler_in_totals(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
