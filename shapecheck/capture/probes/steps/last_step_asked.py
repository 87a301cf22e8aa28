"""A forecast of windows whose target is the last step that the model is given, or the first one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.asked import compared
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants, refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import FROM_OUTSIDE, Node, Ref
from shapecheck.capture.recording.user_code import expression_at, span_of, tree_of
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, HANDS_ON, MAGNITUDES, NOISE
from shapecheck.evidence import Span
from shapecheck.findings import Fix
from shapecheck.reading.sources import names_in

_FEWEST_ROWS, _FEWEST_STEPS = 4, 3
# Windows that overlap are looked for among so many of a batch.
_MOST_ROWS = 64


def last_step_asked(step: Step) -> Iterator[Sighting]:
    """Targets that are to the last digit what stands at one end of each window, which the model reads.

    That the rows are windows of one series, and not sequences of their own of which the last item is to be told, is
    known where one goes on in another.
    """
    pairs = [(node, predicted, target) for node, predicted, target, _ in compared(step)]
    if not all(_is_distance(step, node) for node, _, _ in pairs):
        return
    given = {
        above
        for root in step.roots
        for ref in (*root.inputs, *root.named.values())
        for above, _ in backwards(step.tape, ref, HANDS_ON, is_alone=True)
    }
    # What was disturbed before the model reads it is not there to be copied.
    for source in [ref for ref in step.inputs if ref in given] if pairs else ():
        value = step.value(source)
        if value.ndim not in (2, 3) or not value.is_floating_point():
            continue
        for time in (0, 1):
            rows = value if time == 1 else value.transpose(0, 1)
            if rows.shape[0] < _FEWEST_ROWS or rows.shape[1] < _FEWEST_STEPS:
                continue
            for end in (rows.shape[1] - 1, 0):
                asked = [_columns(step.value(target), rows[:, end].reshape(len(rows), -1)) for _, _, target in pairs]
                # What is held to the last step beside a target of its own is kept from jumping.
                if not all(asked) or not are_windows(rows):
                    continue
                reads = [
                    _is_read(step, source, (time, end), columns, predicted)
                    for columns, (_, predicted, _) in zip(asked, pairs, strict=True)
                ]
                is_rebuilt = _is_narrow(step, source, min(map(len, asked))) or _is_disturbed(step, pairs[0][1])
                if all(reads) and not is_rebuilt:
                    node, _, target = pairs[0]
                    yield _told(step, node, target, source, f"{'last' if end else 'first'} of the {rows.shape[1]}")
                    return


def _is_narrow(step: Step, source: Ref, count: int) -> bool:
    """Whether all goes through fewer numbers than are asked for: what cannot be rebuilt from these is out of line."""
    read = descendants(step.tape, {source}, step.order)
    return any(step.node(index).name == "linear" and step.node(index).shapes[0][-1] < count for index in read)


def _is_disturbed(step: Step, predicted: Ref) -> bool:
    """Whether numbers drawn at random have a part in the predictions: then what is asked for was not given as it is."""
    return any(step.node(index).name in NOISE for index in ancestors(step.tape, [predicted], step.first))


def _is_distance(step: Step, node: Node) -> bool:
    """Whether it is a loss, or a difference of which the size is asked, and not the direction."""
    if node.name not in ("sub", "rsub"):
        return node.name not in CLASS_LOSSES
    readers = step.readers(node, to_loss=True)
    return bool(readers) and all(
        other.name in MAGNITUDES or (other.name == "mul" and set(other.parents) == {node.ref}) for other in readers
    )


def _columns(target: Tensor, last: Tensor) -> list[int]:
    """Which columns of the last steps stand in a target, one for each of its own; nothing where one does not."""
    if target.numel() % len(last) or not target.is_floating_point() or not target.numel():
        return []
    asked = target.reshape(len(last), -1)
    if asked.shape[1] > last.shape[1] or target.shape[0] != len(last):
        return []
    found = []
    for column in asked.t():
        same = [at for at, other in enumerate(last.t()) if torch.equal(column, other)]
        if len(same) != 1 or len(column.unique()) < _FEWEST_ROWS:
            return []
        found.append(same[0])
    return found


def are_windows(rows: Tensor) -> bool:
    """Whether several rows go on in others: all steps of one but the first few begin another."""
    rows = rows[:_MOST_ROWS].reshape(*rows[:_MOST_ROWS].shape[:2], -1)
    steps, found = rows.shape[1], 0
    for late in range(1, steps - 1):
        ends, begins = rows[:, late:], rows[:, : steps - late]
        varies = (ends[:, 1:] != ends[:, :-1]).any(-1).all(-1)
        same = (ends[:, None] == begins[None]).all(-1).all(-1) & varies[:, None]
        found += int(same.any(1).sum())
    return found > 1


def _is_read(step: Step, source: Ref, at: tuple[int, int], columns: list[int], predicted: Ref) -> bool:
    """Whether each prediction moves with what it is asked for, which stands at a step along an axis."""
    value = step.value(source)
    changed = value.clone()
    place = changed.select(*at)
    place = place.unsqueeze(-1) if place.ndim == 1 else place
    spread = float(value.double().std()) or 1.0
    place[:, columns] += spread
    try:
        after = step.changed(source, changed)
    except RuntimeError:
        return False
    if predicted not in after:
        return False
    if not at[1]:
        # Of the first step little is left behind many others.
        return not torch.equal(step.run()[predicted], after[predicted])
    moved = difference(step.run()[predicted], after[predicted])
    return bool(moved.reshape(len(moved), -1).any(1).all())


def _told(step: Step, node: Node, target: Ref, source: Ref, which: str) -> Sighting:
    text = (
        f"each target is, to the last digit, what stands in the {which} steps of its window, and the "
        "predictions move with it: to copy is enough, and no later step is ever asked for"
    )
    fix = Fix("the step behind the window", (), "no")
    seen = sighted("target_not_shifted", node, text, (fix,))
    made = _made(step, target, source)
    return seen if made is None else replace(seen, span=made)


def _made(step: Step, target: Ref, source: Ref) -> Span | None:
    """Where the script cut out the items that the targets were put together of."""
    stack = step.node(target.node)
    while stack.name != "stack" and (len(stack.parents) == 1 or (stack.name == "__getitem__" and stack.parents)):
        stack = step.node(stack.parents[0].node)
    if stack.name != "stack":
        cut = step.node(target.node)
        is_cut_before = cut.name == "__getitem__" and cut.index < step.first and cut.spot is not None
        return _filled_at(stack) or (cut.spot.span if is_cut_before and cut.spot is not None else None)
    spots = [step.node(ref.node).spot for ref in stack.parents]
    if spots and spots[0] is not None and stack.spot is not None and spots[0].place == stack.spot.place:
        # The loader picked the items by itself: what they are was settled where the store was made.
        return _cut_before(step, stack.parents[0], source) or spots[0].span
    lines = {spot.span.line if spot is not None else None for spot in spots}
    return spots[0].span if len(lines) == 1 and spots[0] is not None else None


def _cut_before(step: Step, item: Ref, source: Ref) -> Span | None:
    """Where the targets of all windows were cut out of the series, from which the windows were cut as well."""
    shared = refs_above(step.tape, source)
    found: Span | None = None
    for _, node in backwards(step.tape, item, HANDS_ON, is_alone=True):
        if node.function is None:
            return _filled_at(node) or found
        is_cut = node.name == "__getitem__" and node.parents[0] in shared and node.ref not in shared
        if is_cut and node.spot is not None:
            found = node.spot.span
    return found


def _filled_at(node: Node) -> Span | None:
    """The one statement in the same function that fills the list which a tensor is made of; None if there is none."""
    call = expression_at(node.spot, ast.Call) if node.spot is not None and node.name in FROM_OUTSIDE else None
    if node.spot is None or not isinstance(call, ast.Call) or not call.args:
        return None
    file = node.spot.code.co_filename
    around = function_around(node.spot) or tree_of(file)
    names = names_in(call.args[0])
    found = [item for item in ast.walk(around) if _is_filled(item, names)] if around is not None else []
    if len(found) != 1 or not isinstance(found[0], ast.stmt):
        return None
    item = found[0]
    return span_of(file, item)


def _is_filled(item: ast.AST, names: set[str]) -> bool:
    """Whether a statement puts items into a list, one by one or all of them, or cuts them out of a series."""
    if isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(item.targets[0], ast.Name):
        # ``np.stack([...])`` of a list that is made on the spot as well, and ``series[7:]``, which holds all at once.
        made = item.value.args[0] if isinstance(item.value, ast.Call) and item.value.args else item.value
        is_cut = isinstance(item.value, ast.Subscript) and isinstance(item.value.slice, ast.Slice)
        return item.targets[0].id in names and (is_cut or isinstance(made, ast.ListComp))
    call = item.value if isinstance(item, ast.Expr) else None
    func = call.func if isinstance(call, ast.Call) else None
    is_put = isinstance(func, ast.Attribute) and func.attr == "append" and isinstance(func.value, ast.Name)
    return is_put and func.value.id in names  # type: ignore[union-attr]


PROBE = Probe(
    "no forecast is asked for the last step that it is given, or the first one",
    lambda look: last_step_asked(look.step),
)
