"""Batches of which a collate function, or another one, sorted one part and left the other as it was drawn."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.rows.drawn_rows import DrawnRows, drawn_rows
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.separation import probe
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, node_at, replaced_call, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import FROM_OUTSIDE, Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import is_named, names_in

_SORTS = frozenset(["sort", "topk"])
# So many rows of numbers there must be for one of them to be no chance.
_ORDERS = 256
# So many labels of so many kinds are hardly the same, in whatever order, by chance.
_ROWS, _KINDS = 8, 3
_SAME = CONVERTS | AXES_OF_ONE
_LOOKS_UP = frozenset(["__getitem__", "index_select", "embedding"])


def sorted_on_one_side(look: Look) -> Iterator[Sighting]:
    """Rows of an input and of a target that hold the same items of a batch in two orders, and meet row by row.

    Which item a row holds is known by the very tensors that were put together. Of numbers, which many items may have in
    common, it counts that all of them stand there in another order than that of the input: as they were drawn, or in
    one that pairs them with items which never had them.
    """
    step = look.step
    for source in step.inputs:
        rows = drawn_rows(step, source)
        if rows is None or rows.draw.places is None:
            continue
        for target, numbers in (*zip(step.targets, step.targets, strict=True), *_numbered(step, source, rows)):
            answers = drawn_rows(step, target)
            if answers is not None and (answers.draw.data, answers.draw.rows) != (rows.draw.data, rows.draw.rows):
                continue
            theirs = _order_of(step, numbers, answers, rows)
            if theirs is None or theirs == rows.draw.places or not _meet(step, rows, target):
                continue
            if _is_of_another_input(step, source, theirs):
                continue
            ours = rows.draw.places
            first = next(at for at, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
            is_input_sorted = [*ours] != sorted(ours)
            moved, kept = (source, target) if is_input_sorted else (target, source)
            kind = "input" if target in step.inputs else "target"
            made = {source: rows.node, target: origin(step.tape, numbers, _SAME)[1]}
            names = {ref: node.name if node.spot is not None else f"the {kind}" for ref, node in made.items()}
            text = (
                f"row {first} of the input {step.tape.shape(source)} is item {ours[first]} of the batch, and "
                f"row {first} of the {kind} {step.tape.shape(target)} belongs to another one: "
                f"{names[moved]} was given the items in an order of its own, {names[kept]} {_in_what(theirs)}"
            )
            place = made[kept] if made[kept].spot is not None else made[moved]
            fix = Fix(f"the rows of {names[kept]} in the same order", _edits(place), "no")
            yield sighted("sorted_on_one_side", place, text, (fix,))
            return


def _numbered(step: Step, source: Ref, rows: DrawnRows) -> Iterator[tuple[Ref, Ref]]:
    """Other inputs that were picked by numbers, such as those of speakers, each with these numbers.

    Who shuffles them where the rows are put together wants other numbers than those of the rows, and so does who gives
    the same ones twice: once what belongs to each row, and once what does not.
    """
    around = function_around(rows.node.spot) if rows.node.spot is not None else None
    calls = [ast.unparse(each.func) for each in ast.walk(around or ast.Pass()) if isinstance(each, ast.Call)]
    if any("shuffle" in name or "perm" in name or "sample" in name for name in calls):
        return
    found: dict[Ref, Ref] = {}
    for other in step.inputs:
        at, picked = origin(step.tape, other, _SAME)
        numbers = picked.parents[1] if picked.name in _LOOKS_UP and len(picked.parents) == 2 else at
        if other != source and len(step.tape.shape(numbers)) == 1 and numbers in step.tape.held:
            found[other] = numbers
    kinds = Counter(tuple(sorted(step.tape.held[numbers].tolist())) for numbers in found.values())
    for other, numbers in found.items():
        if kinds[tuple(sorted(step.tape.held[numbers].tolist()))] == 1:
            yield other, numbers


def _in_what(places: tuple[int, ...]) -> str:
    return "as they were drawn" if [*places] == sorted(places) else "in another one"


def _is_of_another_input(step: Step, source: Ref, places: tuple[int, ...]) -> bool:
    """Whether another input holds its items in that order: it is the one that belongs to such a target."""
    others = (drawn_rows(step, one) for one in step.inputs if one != source)
    return any(other is not None and other.draw.places == places for other in others)


def sorted_by_hand(step: Step) -> Iterator[Sighting]:
    """The same outside of a collate function: ``x[order]``, and labels in the order of the batch, or of a list.

    The order is that of numbers, such as lengths. Labels and rows were drawn together, or labels and lengths were read
    off the very same list.
    """
    for source in step.inputs:
        _, picked = origin(step.tape, source, _SAME)
        order = picked.parents[1] if picked.name == "__getitem__" and len(picked.parents) == 2 else None
        sort = step.node(order.node) if order is not None else None
        if sort is None or order is None or sort.name not in ("sort", "argsort") or not sort.parents:
            continue
        _, keys = origin(step.tape, sort.parents[0], CONVERTS)
        for target in step.targets:
            at, answers = origin(step.tape, target, _SAME)
            if step.tape.shape(at)[:1] != picked.shapes[0][:1]:
                continue
            if not _are_of_one_list(keys, answers) and not _are_drawn_together(step, picked.parents[0], target):
                continue
            if _may_leave_all(step, order) or not _meet(step, source, target):
                continue
            text = (
                f"the rows of the input {step.tape.shape(source)} were sorted, and those of the target "
                f"{step.tape.shape(target)}, which belong to them, stand as they were"
            )
            index = node_at(picked, ast.Subscript)
            by = ast.unparse(index.slice) if isinstance(index, ast.Subscript) else "order"
            is_drawn = at.node in step.tape.drawn
            fix = Fix(f"the targets by [{by}] as well", () if is_drawn else _edits(answers), "no")
            yield sighted("sorted_on_one_side", picked if is_drawn else answers, text, (fix,))
            return


def _are_drawn_together(step: Step, one: Ref, other: Ref) -> bool:
    """Whether a loader put both together of the same samples in the same order."""
    ours, theirs = drawn_rows(step, one), drawn_rows(step, other)
    if ours is None or theirs is None:
        return False
    mine, yours = ours.draw, theirs.draw
    return (mine.data, mine.rows, mine.places) == (yours.data, yours.rows, yours.places)


def _may_leave_all(step: Step, order: Ref) -> bool:
    """Whether an order leaves everything where it is, or cannot be told any more."""
    value = step.value_of_input(order)
    if value is None:
        try:
            value = replay(step.tape, [order.node])[order]
        except RuntimeError:
            return True
    return value.ndim != 1 or value.tolist() == [*range(len(value))]


def _are_of_one_list(keys: Node, answers: Node) -> bool:
    """Whether both were made of items of one list, in one run of one function, and in its own order."""
    if keys is answers or keys.spot is None or answers.spot is None or keys.spot.code is not answers.spot.code:
        return False
    lists = [_list_of(node) for node in (keys, answers)]
    return None not in lists and lists[0] == lists[1]


def _list_of(node: Node) -> str | None:
    """The list that a tensor was made of, item by item: ``rows`` in ``tensor([len(r) for r in rows])``."""
    call, around = call_at(node), function_around(node.spot) if node.spot is not None else None
    given = call.args[0] if node.name in FROM_OUTSIDE and call is not None and call.args else None
    if isinstance(given, ast.ListComp | ast.GeneratorExp) and not given.generators[0].ifs:
        given = given.generators[0].iter
    if not isinstance(given, ast.Name) or around is None or _is_changed(around, given.id):
        return None
    for item in ast.walk(around):
        value = item.value if isinstance(item, ast.Assign) else None
        names = [ast.unparse(part) for target in getattr(item, "targets", ()) for part in getattr(target, "elts", ())]
        if given.id in names and isinstance(value, ast.Call):
            first = value.args[0] if ast.unparse(value.func) == "zip" and len(value.args) == 1 else None
            whole = first.value if isinstance(first, ast.Starred) else None
            return whole.id if isinstance(whole, ast.Name) and not _is_changed(around, whole.id) else None
    return given.id


def _is_changed(around: ast.FunctionDef, name: str) -> bool:
    """Whether a list gets another value or another order in a function: one name then stands for two lists."""
    given = {each.arg for each in (*around.args.args, *around.args.kwonlyargs)}
    stored = [each for each in ast.walk(around) if is_named(each, name)]
    stores = sum(isinstance(each.ctx, ast.Store) for each in stored)
    if stores + (name in given) > 1:
        return True
    calls = [each for each in ast.walk(around) if isinstance(each, ast.Call)]
    asked = {ast.unparse(call.func.value) for call in calls if isinstance(call.func, ast.Attribute)}
    shuffled = {ast.unparse(arg) for call in calls if "shuffle" in ast.unparse(call.func) for arg in call.args}
    return name in asked | shuffled


def _order_of(step: Step, target: Ref, answers: DrawnRows | None, rows: DrawnRows) -> tuple[int, ...] | None:
    """For each row of a target the item that it belongs to, as far as it is another order than that of the input.

    None where that is not certain.
    """
    if answers is not None and answers.draw.places is not None:
        return answers.draw.places
    value, places = step.value(target).detach().cpu(), rows.draw.places
    if places is None or value.numel() != len(places) or value.is_complex():
        return None
    labels = value.flatten()
    slots = [torch.tensor(values).to(labels.dtype) for values in rows.draw.told]
    ours = [slot[list(places)] for slot in slots]
    if any(torch.equal(slot, labels) for slot in ours):
        return None
    if any(torch.equal(slot, labels) and _tells_orders(slot) for slot in slots):
        return tuple(range(len(places)))
    node = origin(step.tape, target, _SAME)[1]
    is_direct = node.function is None or node.name == "stack"
    if not is_direct or any(_follows(labels, slot) for slot in ours):
        return None
    if [*places] == sorted(places) and not _is_sorted_there(rows.node):
        # Labels alone that were shuffled, as those of a control are, were not left behind by a sort.
        return None
    return next((_places_in(labels, slot) for slot in slots if _are_the_same_but_moved(labels, slot)), None)


def _is_sorted_there(node: Node) -> bool:
    """Whether the function that put rows together sorts something, or shuffles what they are made of."""
    around, made = (function_around(node.spot), call_at(node)) if node.spot is not None else (None, None)
    own = names_in(made)
    for call in ast.walk(around) if around is not None else ():
        name = ast.unparse(call.func).rpartition(".")[2] if isinstance(call, ast.Call) else ""
        if name in ("sort", "sorted", "reverse", "argsort"):
            return True
        if isinstance(call, ast.Call) and name == "shuffle" and own & {ast.unparse(each) for each in call.args}:
            return True
    return False


def _tells_orders(numbers: Tensor) -> bool:
    """Whether numbers hardly come in the same order by chance: a few of two kinds do."""
    return bool(len(numbers.unique()) ** len(numbers) >= _ORDERS)  # type: ignore[no-untyped-call]


def _follows(labels: Tensor, numbers: Tensor) -> bool:
    """Whether labels may have been computed of numbers row by row, of which those that are alike give one label."""
    if len(numbers.unique()) == len(numbers):  # type: ignore[no-untyped-call]
        return not labels.is_floating_point() or bool((labels == labels.round()).all())
    return len({*zip(numbers.tolist(), labels.tolist(), strict=True)}) == len({*numbers.tolist()})


def _are_the_same_but_moved(labels: Tensor, numbers: Tensor) -> bool:
    """Whether the very numbers stand there, of which there are so many kinds that it is no chance."""
    is_enough = len(labels) >= _ROWS and len(labels.unique()) >= _KINDS  # type: ignore[no-untyped-call]
    return is_enough and torch.equal(labels.sort().values, numbers.sort().values)


def _places_in(labels: Tensor, numbers: Tensor) -> tuple[int, ...]:
    """For each label an item that has it."""
    free = [*enumerate(numbers.tolist())]
    found = []
    for label in labels.tolist():
        at = next(pair for pair in free if pair[1] == label)
        free.remove(at)
        found.append(at[0])
    return tuple(found)


def _meet(step: Step, source: Ref | DrawnRows, target: Ref) -> bool:
    """Whether row k of the input moves just what row k of the target moves, in some term of the loss."""
    try:
        moved = source.moves(step) if isinstance(source, DrawnRows) else probe(step, source, 0).moved
        asked = probe(step, target, 0).moved
    except Exception:
        # A target on which the shapes depend, such as lengths.
        return False
    for term in step.terms:
        pairs = list(zip(moved, asked, strict=False))
        if pairs and all(_is_same(one.get(term.ref), other.get(term.ref)) for one, other in pairs):
            return True
    return False


def _is_same(moved: Tensor | None, asked: Tensor | None) -> bool:
    if moved is None or asked is None or moved.shape != asked.shape or not moved.ndim:
        return False
    return bool(moved.any()) and bool(asked.any()) and not bool((asked & ~moved).any()) and not bool(moved.all())


def _edits(node: Node) -> tuple[Edit, ...]:
    """The edit that picks the rows by the order that the same function sorted by, where that has a name."""
    call, around = call_at(node), function_around(node.spot) if node.spot is not None else None
    items = [item for item in ast.walk(around) if getattr(item, "lineno", 0) < call.lineno] if around and call else []
    names = [name for item in items for name in _orders(item)]
    return replaced_call(node, f"{ast.unparse(call)}[{names[0]}]") if call is not None and len(names) == 1 else ()


def _orders(item: Any) -> Iterator[str]:
    """The names that a statement gives to an order, as ``sort`` and ``argsort`` say it."""
    if not isinstance(item, ast.Assign) or not isinstance(item.value, ast.Call) or len(item.targets) != 1:
        return
    called, target = item.value.func, item.targets[0]
    name = called.attr if isinstance(called, ast.Attribute) else ""
    if name == "argsort" and isinstance(target, ast.Name):
        yield target.id
    if name in _SORTS and isinstance(target, ast.Tuple) and len(target.elts) == 2:
        last = target.elts[1]
        if isinstance(last, ast.Name):
            yield last.id


PROBE = Probe(
    "all parts of a batch hold its items in one order",
    lambda look: (*sorted_on_one_side(look), *sorted_by_hand(look.step)),
)
