"""What a loss is given in another shape, and what is compared behind it: without the same change each row meets all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import bracketed, expression, suffixed
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.sources import found_at, function_around, is_named, last_name, names_in, walk

# What is read in more places is changed where it is made, not in each of them.
_MOST = 4
# What leaves each number where it is, as a method or as a function of one tensor.
_EACH = (
    "sigmoid",
    "tanh",
    "exp",
    "round",
    "float",
    "long",
    "int",
    "bool",
    "abs",
    "detach",
    "cpu",
    "numpy",
    "to",
    "clone",
)
_LARGEST = ("argmax", "max")


def compared_alike(evidence: Evidence, candidate: Candidate) -> Candidate:
    """A change of what a loss is given, made also where the same name is compared with what the loss holds it against.

    ``loss(out, y.squeeze(1))`` leaves ``(out.argmax(1) == y).sum()`` to count each row against all labels.

    Args:
        evidence: The problem.
        candidate: The change; any other is given back as it is.
    """
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    if operation is None or len(candidate.changes) != 1:
        return candidate
    (change,), items = candidate.changes, [operand(operation, role) for role in ("input", "target")]
    for item, other in (items, items[::-1]):
        if item is None or other is None or item.span is None or not item.span.text.isidentifier():
            continue
        if item.span != change.span:
            suffix = _axis_dropped(change)
            is_met = suffix and operation.name.rpartition(".")[2] in INDEX_LOSSES
            if is_met and _Comparisons(item.span, _name_of(other), by_class=True).meets_kept():
                # Where it is made it would lose the axis that it is compared by.
                there = suffixed(item.span, suffix)
                return replace(candidate, title=there.text, changes=(there,))
            continue
        suffix = change.text.removeprefix(item.span.text)
        partner = _name_of(other)
        if suffix == change.text or not suffix.startswith((".", "[")) or not partner:
            return candidate
        by_class = operation.name.rpartition(".")[2] in INDEX_LOSSES
        reads = _Comparisons(change.span, partner, by_class=by_class).reads()
        more = tuple(suffixed(each, suffix) for each in reads)
        return replace(candidate, changes=(change, *more)) if len(more) <= _MOST else candidate
    return candidate


def _axis_dropped(change: Change) -> str:
    """What leaves the second axis out behind what stood there: ``.squeeze(1)``; empty where another thing is done."""
    suffix = change.text.removeprefix(bracketed(change.span.text)).removeprefix(change.span.text)
    return suffix if suffix.startswith((".squeeze(", ".flatten(", ".view(-1", "[:, 0]")) else ""


def _name_of(item: Argument) -> str:
    node = expression(item.span.text) if item.span is not None else None
    while isinstance(node, ast.Call):
        node = node.func.value if _does_no_more(node) else None  # type: ignore[attr-defined]
    return node.id if isinstance(node, ast.Name) else ""


class _Comparisons:
    """The comparisons of a name with another one in the function around a place.

    Args:
        place: The name where the loss reads it.
        partner: What the loss holds it against.
        by_class: Whether the loss takes the number of a class for each row, and scores for all classes.
    """

    def __init__(self, place: Span, partner: str, *, by_class: bool) -> None:
        self.name, self.partner, self.by_class = place.text, partner, by_class
        self.line = place.line
        self.source, node = found_at(place)
        self.home: ast.AST | None = function_around(node) or (self.source.tree if self.source is not None else None)

    def reads(self) -> Iterator[Span]:
        """Where the name is read in such a comparison, as it is or through what changes no axis."""
        for left, right in self._sides():
            for side, other in ((left, right), (right, left)):
                read = self._behind(side, self.name)
                if read is None or self.source is None or self._is_given_between(read):
                    continue
                if self._is_of_partner(other):
                    yield self.source.span(read)

    def meets_kept(self) -> bool:
        """Whether the name is compared with the classes of the largest scores as a column."""
        for left, right in self._sides():
            for side, other in ((left, right), (right, left)):
                read = self._behind(side, self.name)
                if read is not None and not self._is_given_between(read) and self._is_largest(other, kept=True):
                    return True
        return False

    def _is_given_between(self, read: ast.Name) -> bool:
        """Whether the name is given another value between the loss and a comparison, which may have the axes wanted."""
        lines = range(min(self.line, read.lineno), max(self.line, read.lineno) + 1)
        nodes = walk(self.home)
        stored = [each for each in nodes if is_named(each, self.name) and isinstance(each.ctx, ast.Store)]
        return any(each.lineno in lines for each in stored)

    def _sides(self) -> Iterator[tuple[ast.expr, ast.expr]]:
        for node in walk(self.home):
            if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                yield node.left, node.comparators[0]
            elif isinstance(node, ast.Call) and last_name(node.func) in ("eq", "ne"):
                is_method = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) != "torch"
                both = [node.func.value, *node.args] if is_method else node.args  # type: ignore[attr-defined]
                if len(both) == 2:
                    yield both[0], both[1]

    def _is_of_partner(self, node: ast.expr) -> bool:
        """Whether the other side lies as the loss holds the partner: a class for each row, or number by number."""
        if self.by_class and self._is_largest(node):
            return True
        return not self.by_class and self._behind(node, self.partner) is not None

    def _is_largest(self, node: ast.expr, *, kept: bool = False) -> bool:
        """Whether it is the class of the largest score of each row, without an axis that was kept, or with it."""
        for each in (node, self._value(node), self._row(node)):
            is_column = is_flat = False
            while isinstance(each, ast.Subscript | ast.Attribute) or (
                isinstance(each, ast.Call) and (_does_no_more(each) or _makes_column(each) or _drops_column(each))
            ):
                is_column, is_flat = is_column or _makes_column(each), is_flat or _drops_column(each)
                each = each.func.value if isinstance(each, ast.Call) else each.value  # type: ignore[attr-defined]
            if isinstance(each, ast.Call) and last_name(each.func) in (*_LARGEST, "topk"):
                names = names_in(each)
                return self.partner in names and kept is (is_column or (_keeps_axis(each) and not is_flat))
        return False

    def _behind(self, node: ast.expr, name: str) -> ast.Name | None:
        """The read of a name of which an expression is made number by number."""
        for each in (node, self._value(node)):
            inner = _inside(each)
            if is_named(inner, name):
                return inner
        return None

    def _value(self, node: ast.expr) -> ast.expr | None:
        """What a name that is read but once was given, where it is given one value."""
        inner, home = _inside(node), self.home
        if not isinstance(inner, ast.Name) or inner.id in (self.name, self.partner) or home is None:
            return None
        given = [value for part in walk(home) for target, value in values_given(part) if is_named(target, inner.id)]
        stored = [part for part in walk(home) if is_named(part, inner.id) and isinstance(part.ctx, ast.Store)]
        return given[0] if len(given) == len(stored) == 1 else None

    def _row(self, node: ast.expr) -> ast.expr | None:
        """What gave a name its value together with another one: ``_, best = out.max(1)``."""
        inner = _inside(node)
        for each in walk(self.home) if self.home is not None and isinstance(inner, ast.Name) else ():
            for target, value in values_given(each):
                parts = target.elts if isinstance(target, ast.Tuple) else []
                if len(parts) == 2 and isinstance(inner, ast.Name) and is_named(parts[1], inner.id):
                    return value
        return None


def _makes_column(node: ast.expr) -> bool:
    """Whether an axis of one is put behind the rows."""
    if isinstance(node, ast.Subscript):
        return any(isinstance(each, ast.Constant) and each.value is None for each in walk(node.slice))
    text = ast.unparse(node)
    return isinstance(node, ast.Call) and text.endswith((".unsqueeze(1)", ".unsqueeze(-1)", ".view(-1, 1)"))


def _drops_column(node: ast.expr) -> bool:
    """Whether one of the classes is taken, or the only one."""
    if isinstance(node, ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
        return any(isinstance(each, ast.Constant) and type(each.value) is int for each in parts)
    ends = (".squeeze()", ".squeeze(1)", ".squeeze(-1)", ".flatten()", ".view(-1)", ".reshape(-1)")
    return isinstance(node, ast.Call) and ast.unparse(node).endswith(ends)


def _keeps_axis(call: ast.Call) -> bool:
    """Whether the axis of the classes is kept: with ``keepdim``, a third word of ``torch.max``, or for the best few."""
    is_told = any(each.arg == "keepdim" for each in call.keywords)
    is_third = any(isinstance(each, ast.Constant) and each.value is True for each in call.args)
    return is_told or is_third or last_name(call.func) == "topk"


def _does_no_more(node: ast.AST | None) -> bool:
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_method and node.func.attr in _EACH and len(node.args) < 2  # type: ignore[union-attr]


def _inside(node: ast.expr | None) -> ast.expr | None:
    """What an expression is made of number by number: ``out`` of ``(torch.sigmoid(out) > 0.5).float()``."""
    while node is not None:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and _is_number(node.comparators[0]):
            node = node.left
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _EACH:
            is_function = ast.unparse(node.func.value) in ("torch", "F", "np", "nn.functional", "torch.nn.functional")
            if is_function and len(node.args) != 1:
                return node
            node = node.args[0] if is_function else node.func.value
        else:
            return node
    return None


def _is_number(node: ast.expr) -> bool:
    node = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)
