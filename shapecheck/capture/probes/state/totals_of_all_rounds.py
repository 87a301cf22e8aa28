"""What is added up or collected in an evaluation, and never begun anew for the next one: rounds are told together."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shapecheck.capture.instruments.steps.made_in_round import is_given_by_round, trains_with
from shapecheck.capture.instruments.steps.rounds_begun import counts_rounds
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.user_code import Spot, span_of, tree_of
from shapecheck.capture.recording.vocabulary import ZEROS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.calls import calls_in
from shapecheck.reading.sources import (
    Loop,
    function_of_line,
    is_named,
    last_name,
    learns,
    loops_of_line,
    names_in,
    parameters,
    source_of,
    walk,
)

_COLLECTS = frozenset(["append", "extend", "update"])
_OF_LISTS = frozenset(["copy", "index", "count", "sort", "item", "tolist", "size", "shape"])
_SHOWS = frozenset(["print", "plot", "save", "dump", "log", "info", "format"])
_STORES = frozenset(["plot", "save", "savez", "savetxt", "dump"])
_EMPTIES = frozenset(["clear", "reset"])
# What makes of all items one thing, or one number.
_SUMS_UP = frozenset(
    ["cat", "concat", "concatenate", "stack", "vstack", "hstack", "tensor", "array", "asarray", "mean", "sum", "fmean",
     "median", "std", "accuracy_score", "f1_score", "roc_auc_score", "average_precision_score", "r2_score",
     "mean_squared_error", "mean_absolute_error", "confusion_matrix", "precision_score", "recall_score",
     "classification_report"]
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What one round leaves for the next.

    Args:
        name: The name of the sum or the list.
        begun: The statement in front of the rounds with which it begins.
        rounds: The loop of the rounds.
        first: The statement in these that the evaluation begins with.
    """

    name: str
    begun: ast.Assign
    rounds: Loop
    first: ast.stmt


def totals_of_all_rounds(step: Step) -> Iterator[Sighting]:
    """``right = 0`` in front of ``for epoch in range(n)``, which trains, measures, and tells ``right / total``.

    What is told after each round is then about the models of all rounds so far. What is read behind the last round, or
    item by item, may be meant so, and so may what is measured of a model as it learns, of what a round has made for
    it, or gathered to be learned.
    """
    for root in step.roots:
        if root.spot is None or root.trains:
            continue
        for spot in root.spot.with_callers():
            found = _kept(spot)
            if found is not None:
                yield _told(spot, found)
                return


def _kept(spot: Spot) -> _Kept | None:
    file = spot.code.co_filename
    source, tree = source_of(file), tree_of(file)
    loops = loops_of_line(source, spot.line)
    if tree is None or not loops or not isinstance(loops[0], ast.For):
        return None
    inner, home = loops[0], function_of_line(source, loops[0].lineno)
    if len(loops) > 1:
        rounds, around = loops[1], home or tree
        told, names = [item for item in rounds.body if item is not inner], _gathered(inner)
        ways = (_between(tree, around, rounds, inner, name, _sums_up(told, name, names)) for name in names)
        return next((found for found in ways if found is not None), None)
    return _by_caller(tree, spot, inner, home) if home is not None else None


def _by_caller(tree: ast.Module, spot: Spot, inner: ast.For, home: ast.FunctionDef) -> _Kept | None:
    """The same of lists that a function is given, which fills them, and tells of them."""
    if spot.caller is None or spot.caller.code.co_filename != spot.code.co_filename:
        return None
    source = source_of(spot.code.co_filename)
    loops = loops_of_line(source, spot.caller.line)
    around = function_of_line(source, spot.caller.line) or tree
    calls = [item for item in calls_in(loops[0]) if last_name(item.func) == home.name] if loops else []
    if len(calls) != 1:
        return None
    names = parameters(home)
    for name in (name for name in _gathered(inner) if name in names and name not in stored_in(home)):
        given = calls[0].args[names.index(name) : names.index(name) + 1]
        own = given[0].id if given and isinstance(given[0], ast.Name) else ""
        behind = [item for item in home.body if item.lineno > inner.lineno]
        statement = next((item for item in loops[0].body if calls[0] in ast.walk(item)), None)
        if own and statement is not None and _sums_up(behind, name, names):
            return _between(tree, around, loops[0], statement, own, True)
    return None


def _between(
    tree: ast.Module, around: ast.AST, rounds: Loop, first: ast.stmt, name: str, is_told: bool
) -> _Kept | None:
    """What was begun once, in front of rounds that train, and is told in them.

    Args:
        tree: The file.
        around: The function around the rounds, or the file.
        rounds: The loop of the rounds.
        first: Where the evaluation stands in them.
        name: What is added up.
        is_told: Whether all of it is told in each round.
    """
    begun = [item for item in walk(around) if isinstance(item, ast.Assign) and name in stored_in(item)]
    if not is_told or len(begun) != 1 or begun[0].lineno >= rounds.lineno or not _is_empty(begun[0]):
        return None
    is_meant = not counts_rounds(rounds) or not _learn(tree, rounds) or _is_emptied(rounds, name)
    is_meant = (
        is_meant
        or _knows_rounds(rounds, name)
        or learns(first)
        or is_given_by_round(rounds, first)
        or trains_with(rounds, {name})
    )
    return None if is_meant else _Kept(name, begun[0], rounds, first)


def _gathered(inner: ast.For) -> list[str]:
    """The names that a loop adds to, other than what counts its turns."""
    found: list[str] = []
    for item in (part for block in inner.body for part in ast.walk(block)):
        if isinstance(item, ast.AugAssign) and isinstance(item.op, ast.Add) and isinstance(item.target, ast.Name):
            found += [item.target.id] if not isinstance(item.value, ast.Constant) else []
        call = item.value if isinstance(item, ast.Expr) else None
        function = call.func if isinstance(call, ast.Call) else None
        if isinstance(function, ast.Attribute) and function.attr in _COLLECTS and isinstance(function.value, ast.Name):
            found.append(function.value.id)
    return list(dict.fromkeys(found))


def _is_empty(begun: ast.Assign) -> bool:
    """Whether all that a statement gives is zero, or holds nothing yet, as what measures does that was just made."""
    parts = begun.value.elts if isinstance(begun.value, ast.Tuple) else [begun.value]
    return all(
        (isinstance(part, ast.Constant) and part.value == 0)
        or (isinstance(part, ast.List) and not part.elts)
        or (isinstance(part, ast.Call) and (last_name(part.func) in ZEROS or last_name(part.func)[:1].isupper()))
        for part in parts
    )


def _learn(tree: ast.Module, rounds: Loop) -> bool:
    """Whether a model is trained in each round, there or in a function that is called there."""
    if learns(rounds):
        return True
    called = {last_name(call.func) for call in calls_in(rounds)}
    return any(isinstance(item, ast.FunctionDef) and item.name in called and learns(item) for item in walk(tree))


def _is_emptied(rounds: Loop, name: str) -> bool:
    """Whether anything in the rounds takes back what was added up, or hands it to somebody who may."""
    for item in ast.walk(rounds):
        if isinstance(item, ast.Delete) and name in names_in(item):
            return True
        targets = item.targets if isinstance(item, ast.Assign) else []
        if any(isinstance(target, ast.Subscript) and name in names_in(target) for target in targets):
            return True
        function = item.func if isinstance(item, ast.Call) else None
        if isinstance(function, ast.Attribute) and function.attr in _EMPTIES and name in names_in(function.value):
            return True
    return False


def _knows_rounds(rounds: Loop, name: str) -> bool:
    """Whether something is made of all that was added up and of the number of the round: of so many rounds it is."""
    numbers = stored_in(rounds.target) if isinstance(rounds, ast.For) else set[str]()
    for item in ast.walk(rounds):
        is_text = isinstance(item, ast.BinOp) and isinstance(item.left, ast.Constant | ast.JoinedStr)
        is_of_it = isinstance(item, ast.Call) and name in names_in(item.func)
        if is_of_it or (isinstance(item, ast.BinOp | ast.Subscript) and not is_text):
            names = names_in(item)
            if name in names and names & numbers:
                return True
    return False


def _sums_up(block: list[ast.stmt], name: str, names: list[str]) -> bool:
    """Whether statements divide by a sum or divide it, or make one thing of all that was collected.

    So does who is given two of such lists, and what measures itself and is asked for anything. What is put away as it
    is, is told of nobody.
    """
    parts = [part for one in block for part in ast.walk(one)]
    stores = [item for item in parts if isinstance(item, ast.Call) and last_name(item.func) in _STORES]
    stored_as_is = {id(given) for item in stores for given in item.args}
    for item in (part for part in parts if id(part) not in stored_as_is):
        is_asked = isinstance(item, ast.Attribute) and isinstance(item.ctx, ast.Load) and is_named(item.value, name)
        if is_asked and item.attr not in _COLLECTS | _OF_LISTS:  # type: ignore[attr-defined]
            return True
        given = _plain(*item.args) if isinstance(item, ast.Call) and last_name(item.func) not in _SHOWS else set[str]()
        if name in given and len({*names} & given) > 1:
            return True
        if isinstance(item, ast.BinOp) and isinstance(item.op, ast.Div) and name in _plain(item.left, item.right):
            return True
        if isinstance(item, ast.Call) and last_name(item.func) in _SUMS_UP and name in _plain(*item.args):
            return True
    return False


def _plain(*given: ast.expr) -> set[str]:
    """The names that are read as they are: ``losses[-1]`` is one item, and not all."""
    names = set[str]()
    for one in given:
        own = [item for item in ast.walk(one) if isinstance(item, ast.Subscript)]
        cut = {id(item) for each in own for item in ast.walk(each.value)}
        names |= {item.id for item in ast.walk(one) if isinstance(item, ast.Name) and id(item) not in cut}
    return names


def _told(spot: Spot, found: _Kept) -> Sighting:
    file = spot.code.co_filename
    text = (
        f"`{found.name}` begins in front of the rounds in line {found.rounds.lineno}, and each of these adds what the "
        "evaluation has measured: what is told after a round is about the models of all rounds so far, and not about "
        "that which there is now"
    )
    row = linecache.getline(file, found.first.lineno)
    indent, made = row[: found.first.col_offset], ast.unparse(found.begun)
    edits = (Edit(file, found.first.lineno, found.first.lineno, f"{indent}{made}\n{row}"),)
    fix = Fix(f"{made}, in front of line {found.first.lineno}", edits if not indent.strip() else (), "no")
    span = span_of(file, found.begun)
    return replace(Sighting("counted_over_epochs", span, text, "", (fix,)), span=replace(span, end_line=span.line))


PROBE = Probe(
    "what an evaluation adds up begins anew with it",
    lambda look: totals_of_all_rounds(look.step),
    needs_no_run=True,
    in_evaluation=True,
    turn=Turn.LAST,
)
