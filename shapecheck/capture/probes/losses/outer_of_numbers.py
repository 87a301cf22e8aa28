"""Predictions that left torch as a column, and meet a row of labels in numpy: each is held against all of them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.held_against import met_one_by_one, scope_of
from shapecheck.capture.instruments.tensors.pairs import spread, spreads
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.user_code import span_of
from shapecheck.findings import Fix
from shapecheck.reading.sources import last_name, names_in, parents

_OF_EACH = frozenset(["abs", "absolute", "fabs", "square", "power", "float", "astype", "asarray"])
_TURNS = frozenset(["T", "mT", "transpose", "swapaxes"])
# What makes a table of all pairs of its arguments.
_OF_PAIRS = frozenset(["outer", "pdist", "cdist", "pairwise_distances", "expand_dims", "meshgrid", "combinations"])
_REDUCES = frozenset(["mean", "sum", "average", "nanmean"])


def outer_of_numbers(look: Look) -> Iterator[Sighting]:
    """``np.mean((preds - truth) ** 2)`` of ``preds`` that are ``(n, 1)`` and ``truth`` that is ``(n,)``.

    What numpy does is not heard: both are as the script holds them behind the evaluation. It counts only in the form of
    a measure, where each number of the table goes by itself into one mean or sum.
    """
    tape = look.step.tape
    for leaving in tape.left:
        shape = tape.shape(leaving.ref)
        if len(shape) != 2 or shape[1] != 1:
            continue
        for file, at, (one, other) in met_one_by_one(leaving):
            sizes = _shape(one), _shape(other)
            if {len(size) for size in sizes} != {1, 2} or not spreads(*sizes):
                continue
            if not _is_measure(at) or _is_of_order(at) or _may_be_meant(at):
                continue
            if _are_of_other_rows(at, is_left=len(sizes[0]) == 1):
                continue
            text = (
                f"{sizes[0]} against {sizes[1]} spreads to {spread(*sizes)}: every prediction is held against every "
                "label, not against its own"
            )
            kind = (
                "every_guess_with_every_label" if isinstance(at, ast.Compare) else "every_prediction_with_every_target"
            )
            span = span_of(file, at)
            yield Sighting(kind, span, text, "", (Fix("preds.ravel()", (), "no"),))
            return


def _shape(value: object) -> tuple[int, ...]:
    """The shape of an array of numpy; nothing of anything else, which might compute something when it is asked."""
    is_array = type(value).__module__.split(".")[0] == "numpy"
    return tuple(getattr(value, "shape", ())) if is_array else ()


def _may_be_meant(at: ast.expr) -> bool:
    """Whether a name in it held another array there, or makes a table of all pairs elsewhere as well.

    A name that is given twice may have been a row before, and ``x - x.T`` says that the script asks for all pairs, as
    what is measured between two samples of a distribution does.
    """
    names, given = names_in(at), Counter[str]()
    for item in ast.walk(scope_of(at)):
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store):
            given[item.id] += 1
        is_turned = isinstance(item, ast.Attribute) and item.attr in _TURNS
        is_lifted = isinstance(item, ast.Subscript) and "None" in ast.unparse(item.slice)
        is_table = isinstance(item, ast.Attribute | ast.Subscript) and (is_turned or is_lifted)
        if is_table and names & names_in(item.value):  # type: ignore[attr-defined]
            return True
        is_of_pairs = isinstance(item, ast.Call) and last_name(item.func) in _OF_PAIRS
        if is_of_pairs and names & names_in(item):
            return True
        if item is not at and isinstance(item, ast.Compare) and _is_of_order(item) and names <= names_in(item):
            return True
    return any(given[name] > 1 for name in names)


def _are_of_other_rows(at: ast.expr, *, is_left: bool) -> bool:
    """Whether the labels were cut out of a longer row where the predictions were not: those of another time, say."""
    sides = (at.left, at.comparators[0]) if isinstance(at, ast.Compare) else (at.left, at.right)  # type: ignore[attr-defined]
    labels, predicted = sides if is_left else sides[::-1]
    cuts = _cuts(labels)
    return bool(cuts) and not cuts & _cuts(predicted)


def _cuts(at: ast.expr) -> set[str]:
    """How rows are cut in an expression, and in what its names were given in the same function."""
    known, open_parts, found = set[str](), [at], set[str]()
    given = [item for item in ast.walk(scope_of(at)) if isinstance(item, ast.Assign)]
    while open_parts:
        part = open_parts.pop()
        for item in ast.walk(part):
            if isinstance(item, ast.Subscript):
                index = item.slice.elts[0] if isinstance(item.slice, ast.Tuple) and item.slice.elts else item.slice
                is_cut = isinstance(index, ast.Slice) and (index.lower is not None or index.upper is not None)
                found |= {ast.unparse(index)} if is_cut else set()
        names = names_in(part) - known
        known |= names
        open_parts += [item.value for item in given if any(names & names_in(target) for target in item.targets)]
    return found


def _is_of_order(at: ast.expr) -> bool:
    """Whether it asks which number is larger: of pairs in the right order, or of scores beyond some limits."""
    return isinstance(at, ast.Compare) and not isinstance(at.ops[0], ast.Eq | ast.NotEq)


def _is_measure(at: ast.expr) -> bool:
    """Whether what comes out is made one number, with nothing but each number by itself on the way."""
    inside: ast.AST = at
    for up in parents(at):
        if isinstance(up, ast.Call) and last_name(up.func) in _REDUCES:
            is_method = up.func is inside and not up.args
            return (is_method or up.args == [inside]) and not up.keywords
        is_power = isinstance(up, ast.BinOp) and isinstance(up.op, ast.Pow) and up.left is inside
        is_of_each = isinstance(up, ast.Call) and last_name(up.func) in _OF_EACH
        if not (is_power or is_of_each or isinstance(up, ast.Attribute | ast.UnaryOp)):
            return False
        inside = up
    return False


PROBE = Probe(
    "no measure of numpy's holds every prediction against every label",
    outer_of_numbers,
    needs_no_run=True,
    of_collected=True,
)
