"""Names of classes that are read back in another order than the one by which the targets were numbered."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.tensors.pairs import operands
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.namings import Names
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.user_code import Spot, span_of, statement_at, tree_of
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CONVERTS, SOFTMAXES
from shapecheck.findings import Fix
from shapecheck.reading.sources import names_in

_TAUGHT = CLASS_LOSSES | {"binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss"}
_MADE = frozenset(["tensor", "as_tensor", "__setitem__"])
_REORDERS = frozenset(["index_select", "gather", "take_along_dim", "flip", "roll"])
_TAKES = frozenset(["int", "list"])
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_FAR, _MOST_LOSSES = 4000, 4

_Read = tuple[str, Names, ast.expr, str]


def read_back_by_other_names(step: Step) -> Iterator[Sighting]:
    """``[CLASSES[i] for i in scores.argmax(1)]`` where the targets were numbered by a sorted copy of the names.

    The same names have to be in both, each with one number, and one of both has them sorted: a list of answers to the
    classes may hold their names as well. Whoever has a second order for other labels than those of the loss, as of a
    text and its translation, reads each back by the one that its targets were numbered by; and a model that the loss
    does not train has an order of its own.
    """
    tape = step.tape
    read = list(_read_back(step))
    taught = _taught(tape, step.last) if read else {}
    for spot, head, (called, names, item, file) in read:
        others = [
            (other, by)
            for other, (by, heads) in taught.items()
            if {*other} == {*names} and head & heads and sorted(names) in ([*names], [*other])
        ]
        if others and names not in taught:
            yield _told(spot, (called, names, item, file), *others[0])
            return


def _taught(tape: Tape, last: int) -> dict[Names, tuple[str, set[Ref]]]:
    """The names in the orders by which targets were numbered, what these are called, and which heads were taught so."""
    found: dict[Names, tuple[str, set[Ref]]] = {}
    losses = [node for node in tape.nodes[:last] if node.name in _TAUGHT and node.graded and len(node.parents) > 1]
    for loss in losses[:_MOST_LOSSES]:
        columns = tape.shape(loss.parents[0])[1:]
        seen = set[tuple[object, int]]()
        way = ancestors(tape, [loss.parents[1]], max(0, loss.index - _FAR))
        for ref in (loss.parents[1], *(ref for at in way for ref in (tape.nodes[at].ref, *tape.nodes[at].parents))):
            node = tape.nodes[ref.node]
            if node.name in _MADE and node.spot is not None and (key := (node.spot.code, node.spot.line)) not in seen:
                seen.add(key)
                read = _numbered(tape, node.spot)
                for called, names, *_ in read:
                    if len(names) in columns:
                        found.setdefault(names, (called, set()))[1].update(_head(tape, loss.parents[0], loss.index))
    return found


def _head(tape: Tape, scores: Ref, end: int) -> set[Ref]:
    """The parameters that scores were made with last."""
    for at in reversed(ancestors(tape, [scores], max(0, end - _FAR))):
        held = {ref for ref in tape.nodes[at].parents if tape.nodes[ref.node].kind == "parameter" or ref in tape.bare}
        if held:
            return held
    return set()


def _numbered(tape: Tape, spot: Spot) -> list[_Read]:
    """What the statement at a spot, or the one that made the list it reads, takes the numbers of names from."""
    file = spot.code.co_filename
    statement = statement_at(file, spot.line)
    items = [*ast.walk(statement)] if statement is not None else []
    found = [read for item in items if (read := _number_of_name(tape, spot, item)) is not None]
    if not found and statement is not None:
        given = {name for item in items if isinstance(item, ast.Call) for name in names_in(*item.args)}
        made = [
            other
            for other in ast.walk(function_around(spot) or tree_of(file) or statement)
            if isinstance(other, ast.Assign) and names_in(*other.targets) & given and other is not statement
        ]
        parts = [item for other in made for item in ast.walk(other.value)] if len(made) == 1 else []
        found = [read for item in parts if (read := _number_of_name(tape, spot, item)) is not None]
    return found


def _number_of_name(tape: Tape, spot: Spot, item: ast.AST) -> _Read | None:
    """``names.index(name)`` or ``table[name]``."""
    holder = None
    if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr == "index":
        holder = item.func.value
    elif isinstance(item, ast.Subscript) and isinstance(item.ctx, ast.Load):
        holder = item.value
    called = ast.unparse(holder) if isinstance(holder, ast.Name | ast.Attribute) else ""
    names = tape.namings.of(spot, called) if called else None
    if names is None or not isinstance(item, ast.expr):
        return None
    return called, names, item, spot.code.co_filename


def _read_back(step: Step) -> Iterator[tuple[Node, set[Ref], _Read]]:
    """Where numbers of the likeliest classes get names, or meet numbers of names, and the head that scored them."""
    for node in step.recorded:
        if _is_likeliest(step.tape, node) and node.spot is not None:
            columns = step.tape.shape(node.parents[0])
            head = _head(step.tape, node.parents[0], node.index)
            yield from ((node, head, read) for read in _named(step.tape, node) if len(read[1]) in columns)
        pair = operands(node) if node.name == "eq" and node.index not in step.to_loss else None
        for guess, label in (pair, pair[::-1]) if pair is not None else ():
            _, chosen = origin(step.tape, guess, CONVERTS)
            _, made = origin(step.tape, label, CONVERTS)
            if _is_likeliest(step.tape, chosen) and made.name in _MADE and made.spot is not None:
                head = _head(step.tape, chosen.parents[0], chosen.index)
                yield from ((made, head, read) for read in _numbered(step.tape, made.spot))


def _is_likeliest(tape: Tape, node: Node) -> bool:
    """Whether it chooses one class a row."""
    if node.name not in ("argmax", "max") or not node.parents:
        return False
    ndim = len(tape.shape(node.parents[0]))
    if node.argument(1, "dim", "axis") not in ((1, -1) if ndim > 1 else (None, 0, -1)):
        return False
    _, scored = origin(tape, node.parents[0], CONVERTS | SOFTMAXES, is_alone=True)
    parts = scored.index_parts[1:] if scored.name == "__getitem__" else ()
    # Else the columns may well have been put into the other order.
    return scored.name not in _REORDERS and not any(isinstance(part, Ref | list) for part in parts)


def _named(tape: Tape, node: Node) -> Iterator[_Read]:
    """``names[i]`` for the numbers that are chosen here, or for what they are called by, one by one in a loop."""
    spot, call = node.spot, call_at(node)
    around = function_around(spot) or tree_of(spot.code.co_filename) if spot is not None else None
    if spot is None or call is None or around is None:
        return
    statement = statement_at(spot.code.co_filename, spot.line)
    choices = _Choices(_place(call), frozenset())
    if isinstance(statement, ast.Assign) and choices.has(statement.value):
        choices = replace(choices, names=frozenset(names_in(*statement.targets)))
    for item in _indexed(around, choices):
        if (read := _number_of_name(tape, spot, item)) is not None:
            yield read


def _indexed(around: ast.AST, chosen: _Choices) -> Iterator[ast.Subscript]:
    """What is read by the numbers that are chosen, each name meant as in its own loop or comprehension."""
    loops = around.generators if isinstance(around, _COMPREHENSIONS) else (around,)
    for loop in (loop for loop in loops if isinstance(loop, ast.comprehension | ast.For)):
        chosen = replace(chosen, names=chosen.names | _one_by_one(loop.target, loop.iter, chosen))
    if isinstance(around, ast.Subscript) and chosen.has(around.slice):
        yield around
    for part in ast.iter_child_nodes(around):
        if not isinstance(part, ast.FunctionDef):
            yield from _indexed(part, chosen)


def _one_by_one(target: ast.expr, source: ast.expr, chosen: _Choices) -> set[str]:
    """What a loop calls each of the numbers that are chosen, be it beside others."""
    called = source.func.id if isinstance(source, ast.Call) and isinstance(source.func, ast.Name) else ""
    if isinstance(source, ast.Call) and isinstance(target, ast.Tuple) and called in ("zip", "enumerate"):
        pairs = zip(target.elts[called == "enumerate" :], source.args, strict=False)
        return {name for part, given in pairs for name in _one_by_one(part, given, chosen)}
    return {target.id} if isinstance(target, ast.Name) and chosen.has(source) else set()


@dataclass(frozen=True, slots=True)
class _Choices:
    """What stands for the likeliest classes.

    Args:
        call: Where the call stands that chooses them.
        names: What they are called.
    """

    call: tuple[int | None, ...]
    names: frozenset[str]

    def has(self, item: ast.expr) -> bool:
        """Whether it is they, converted or cut, and not what a table has for them."""
        while not isinstance(item, ast.Name):
            if _place(item) == self.call:
                return True
            if isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id in _TAKES and item.args:
                item = item.args[0]
            elif isinstance(item, ast.Call):
                item = item.func
            elif isinstance(item, ast.Subscript | ast.Attribute):
                item = item.value
            else:
                return False
        return item.id in self.names


def _place(item: ast.expr) -> tuple[int | None, ...]:
    return item.lineno, item.col_offset, item.end_lineno, item.end_col_offset


def _told(node: Node, read: _Read, taught: Names, by: str) -> Sighting:
    called, names, item, file = read
    wrong = next(at for at, name in enumerate(taught) if names[at] != name)
    text = (
        f"the targets of the loss are numbered by {by}, where class {wrong} is {taught[wrong]!r}; here the numbers are "
        f"those of {called}, where class {wrong} is {names[wrong]!r}. A guess that is right counts as wrong"
    )
    span = span_of(file, item)
    seen = sighted("measured_by_other_numbers", node, text, (Fix(f"one order of the names, that of {by}", (), "no"),))
    return replace(seen, span=span)


PROBE = Probe(
    "classes are read back by the names that numbered the targets",
    lambda look: read_back_by_other_names(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
