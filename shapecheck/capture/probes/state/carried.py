"""Hidden state that one batch leaves for the next, although the batches have nothing to do with each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.rows.drawn_apart import are_drawn_apart, are_made_apart
from shapecheck.capture.instruments.rows.picked_in_no_order import are_picked_in_no_order
from shapecheck.capture.instruments.steps.begun_anew import begun_anew
from shapecheck.capture.instruments.steps.carried_on import STATES, carried_by_hand, carried_by_layers
from shapecheck.capture.instruments.steps.kept_states import kept_names
from shapecheck.capture.instruments.steps.resets import is_begun_anew, resetters
from shapecheck.capture.instruments.steps.shifts import shifts
from shapecheck.capture.instruments.steps.state_of_last_round import state_of_last_round
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root, Tape
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.capture.recording.vocabulary import CELLS, HANDS_ON, RANDOM
from shapecheck.findings import Edit, Fix

_HOPS = 12
_TURNS = frozenset(["transpose", "permute", "movedim", "t", "T", "mT", "swapaxes", "rearrange"])


def carried(step: Step, before: Step | None) -> Iterator[Sighting]:
    """State that a recurrent layer starts from and that the step before has made of its own, shuffled, batch."""
    if before is None:
        return
    is_shuffled = _is_shuffled(step, before) or are_picked_in_no_order(step, before)
    how = "are drawn in random order" if is_shuffled else "hold sequences that were made one by one"
    for node, ref in carried_by_layers(step, before):
        if is_shuffled or _is_kept_and_apart(step, before, ref):
            text = (
                f"the state that this layer starts from was made by the batch before, and the batches {how}: each "
                "sequence goes on from where an unrelated one ended"
            )
            spot = _handed_on(step, before, node, ref)
            fixes = _reset_instead(step, before, ref, spot) if spot is not None else ()
            seen = sighted("state_of_another_batch", node, text, fixes)
            yield seen if spot is None else replace(seen, span=spot.span)
        else:
            yield from _unlike_elsewhere(step, before, node, ref)
        return
    for node, ref in carried_by_hand(step, before):
        if not is_shuffled and not _is_kept_and_apart(step, before, ref):
            return
        text = (
            "the numbers that this cell starts from were made by the same line for the batch before, and the batches "
            f"{how}: each sequence goes on from where an unrelated one ended"
        )
        # Where it is cut off from the step that made it, it is kept for the next one.
        kept = [one for _, one in backwards(step.tape, ref, HANDS_ON) if one.name == "detach"]
        yield sighted("state_of_another_batch", kept[-1] if kept else node, text)
        return
    for node in _remembered(step, before) if is_shuffled else ():
        text = (
            "each row is joined here with what the model made of the same row of the batch before, and the batches are "
            "drawn in random order: each sequence remembers an unrelated one"
        )
        yield sighted("state_of_another_batch", node, text)
        return


def _remembered(step: Step, before: Step) -> Iterator[Node]:
    """What a model joins, row by row, with what it made of the rows of the step before, such as a memory of states.

    A bank of negatives lies along the samples, and belongs to none of them.
    """
    for node in step.nodes:
        if node.name != "cat" or node.root < 0 or node.index not in step.to_loss or len(node.parents) < 2:
            continue
        axis = node.argument(1, "dim", default=0)
        sizes = [step.tape.shape(ref) for ref in node.parents]
        if not isinstance(axis, int) or axis % len(node.shapes[0]) == 0 or len(node.shapes[0]) < 3:
            continue
        mine = [ref for ref in node.parents if ref.node >= step.first and ref in step.learned]
        for ref, size in zip(node.parents, sizes, strict=True):
            _, made = origin(step.tape, ref, HANDS_ON)
            is_kept = before.first <= made.index < step.first and made.root >= 0 and made.function is not None
            if not mine or not is_kept or size[0] < 2:
                continue
            way = ancestors(step.tape, [made.ref], before.first)
            behind = {part for index in way for part in step.node(index).parents}
            if any(one in behind and step.tape.shape(one)[:1] == size[:1] for one in before.inputs):
                yield node


def _is_kept_and_apart(step: Step, before: Step, ref: Ref) -> bool:
    """Whether a module keeps a state for itself, nothing ever begins it anew, and the batches were made up apart.

    Whoever lets it begin anew, or hands it on in the open, knows that it is carried.
    """
    shape = step.tape.shape(ref)
    rows = shape[-2] if len(shape) > 1 else None
    is_made_apart = len(shape) > 1 and are_made_apart(step, before, _rows_of(shape)) and not shifts(step)
    if not is_made_apart and not are_drawn_apart(step, before, rows):
        return False
    passed = [node for _, node in backwards(step.tape, ref, STATES, first=before.first)]
    names = kept_names(step, passed)
    files = {node.spot.code.co_filename for node in passed if node.spot is not None}
    return bool(names) and not any(is_begun_anew(file, name) for file in files for name in names)


def _rows_of(shape: tuple[int, ...]) -> int:
    """How many rows a state has: they lie behind the layers where a recurrent layer has made it."""
    return shape[0] if len(shape) == 4 else shape[-2]


def _unlike_elsewhere(step: Step, before: Step, node: Node, ref: Ref) -> Iterator[Sighting]:
    """The same of sequences that have one answer each, where another loop of the script begins each of them anew."""
    backward = next((spot for loss, spot in step.tape.losses if loss == step.loss), None)
    call, made = node.spot, _first_passed(step, before, ref)
    while call is not None and backward is not None and call.code is not backward.code:
        call = call.caller
    if call is None or backward is None or not _has_one_answer(step, node):
        return
    found = begun_anew(call, backward)
    if found is None:
        return
    loop, fresh = found
    place = made.spot if made is not None else None
    while place is not None and not (place.code is call.code and loop.lineno <= place.line <= (loop.end_lineno or 0)):
        place = place.caller
    text = (
        f"each sequence has one answer, and the state that it is read from is what the one before has left; in line "
        f"{fresh.lineno} the state begins anew for each of them: what is trained is not what is asked there"
    )
    fix = Fix(ast.unparse(fresh), _in_its_place(place, fresh), "no")
    yield replace(sighted("state_of_another_batch", node, text, (fix,)), span=(place or call).span)


def _reset_instead(step: Step, before: Step, ref: Ref, spot: Spot) -> tuple[Fix, ...]:
    """The method that begins a state anew, where a method is called that hands it on."""
    statement = statement_at(spot.code.co_filename, spot.line)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.args or call.keywords:
        return ()
    passed = [node for _, node in backwards(step.tape, ref, HANDS_ON, first=before.first)]
    files = {node.spot.code.co_filename for node in passed if node.spot is not None}
    known = {name for file in files for kept in kept_names(step, passed) for name in resetters(file, kept)}
    known = {name for name in known if name != call.func.attr and _takes_nothing(step, name)}
    if len(known) != 1:
        return ()
    new = f"{ast.unparse(call.func.value)}.{known.pop()}()"
    return (Fix(new, replaced_text(spot.code.co_filename, call, new), "no"),)


def _takes_nothing(step: Step, name: str) -> bool:
    """Whether a model has a method of this name that is called without arguments."""
    found = [getattr(type(root.module), name, None) for root in step.roots]
    return any(method is not None and method.__code__.co_argcount == 1 for method in found)


def _in_its_place(place: Spot | None, fresh: ast.stmt) -> tuple[Edit, ...]:
    """The edit that lets the state begin anew where it was handed on, as the same object is asked for elsewhere."""
    handed = statement_at(place.code.co_filename, place.line) if place is not None else None
    if place is None or not isinstance(handed, ast.Expr) or not isinstance(fresh, ast.Expr):
        return ()
    one, other = handed.value, fresh.value
    if not isinstance(one, ast.Call) or not isinstance(other, ast.Call) or one.args or other.args:
        return ()
    objects = [item.func.value for item in (one, other) if isinstance(item.func, ast.Attribute)]
    if len(objects) < 2 or ast.dump(objects[0]) != ast.dump(objects[1]):
        return ()
    return replaced_text(place.code.co_filename, one, ast.unparse(other))


def _has_one_answer(step: Step, node: Node) -> bool:
    """Whether a layer reads several steps of each sequence, and the loss has one term for each of these."""
    sizes = step.tape.shape(node.ref)
    if node.name in CELLS:
        count = sum(other.module is node.module and other.name == node.name for other in step.nodes)
        rows = sizes[0] if len(sizes) == 2 else 1
    elif len(sizes) == 3 and isinstance(node.args[3], bool):
        rows, count = sizes[:2] if node.args[8] else sizes[1::-1]
    else:
        return False
    return count > 1 and bool(step.terms) and all(step.value(term.ref).numel() == rows for term in step.terms)


def _first_passed(step: Step, before: Step, ref: Ref) -> Node | None:
    """What the step before made, and first handed it on."""
    passed = [node for _, node in backwards(step.tape, ref, HANDS_ON, first=before.loss.node + 1)]
    return passed[-2] if len(passed) > 1 else None


def _handed_on(step: Step, before: Step, node: Node, state: Ref) -> Spot | None:
    """Where the user's code takes what the step before left; a state that the model keeps for itself is taken there."""
    if node.root < 0:
        return node.spot
    root = step.tape.roots[node.root]
    first = _first_passed(step, before, state)
    if first is not None and first.index < root.first and first.spot is not None:
        return _called_from(root, first.spot)
    ref, _ = origin(step.tape, state, HANDS_ON, first=before.loss.node + 1)
    return _call_of(root, node) if ref in root.inputs else node.spot


def _called_from(root: Root, spot: Spot) -> Spot:
    """Where the user's code has a model do something, if it is done in one of its methods."""
    methods = {
        getattr(value, "__code__", None)
        for module in root.module.modules()
        for kind in type(module).__mro__
        for value in vars(kind).values()
    }
    while spot.code in methods and spot.caller is not None:
        spot = spot.caller
    return spot


def _call_of(root: Root, node: Node) -> Spot | None:
    """The instruction that calls a model, as far as it is known."""
    forwards = {getattr(type(module).forward, "__code__", None) for module in root.module.modules()}
    spot, found = node.spot, node.spot
    while spot is not None:
        if spot.code in forwards and spot.caller is not None:
            found = spot.caller
        spot = spot.caller
    return found


def _is_shuffled(step: Step, before: Step) -> bool:
    """Whether the inputs were picked by random numbers, and anew since the step before.

    What is cut out of the same picked rows, segment by segment, goes on.
    """
    tape = step.tape
    given = [ref for ref in step.inputs if origin(tape, ref, HANDS_ON)[1].root < 0]
    found = [(ref, node) for ref in given if (node := _drawn(tape, ref)) is not None]
    last = {node.index for ref in before.inputs if (node := _drawn(tape, ref)) is not None}
    return bool(found) and all(node.index not in last or _are_rows_of(tape, ref, node) for ref, node in found)


def _are_rows_of(tape: Tape, ref: Ref, drawn: Node) -> bool:
    """Whether a tensor is some rows, whole ones, of what was put into random order once along its first axis."""
    rows, *rest = tape.shape(ref)
    path = [node.name for _, node in backwards(tape, ref, HANDS_ON, first=drawn.index + 1)]
    is_first = len(drawn.args) > 1 and (isinstance(drawn.args[1], Ref) or drawn.args[1] == 0)
    is_whole = drawn.shapes[0][1:] == tuple(rest) and rows < drawn.shapes[0][0]
    return not drawn.collated and is_first and is_whole and not _TURNS & set(path)


def _drawn(tape: Tape, source: Ref) -> Node | None:
    """What put rows together that random numbers had picked."""
    open_refs, seen = [(source, 0)], set()
    while open_refs:
        ref, hops = open_refs.pop()
        node = tape.nodes[ref.node]
        if node.collated and tape.is_shuffled:
            return node
        if node.name in RANDOM and hops:
            return _picked(tape, source)
        if ref.node not in seen and hops < _HOPS:
            seen.add(ref.node)
            open_refs += [(parent, hops + 1) for parent in node.parents]
    return None


def _picked(tape: Tape, source: Ref) -> Node | None:
    """Where a random tensor came in as the index that items were picked by, not as their content."""
    seen: set[int] = set()
    open_refs = [source]
    while open_refs:
        ref = open_refs.pop()
        node = tape.nodes[ref.node]
        index = node.parents[1:] if node.name in ("__getitem__", "index_select") else ()
        if index and any(made.name == "randperm" for _, made in backwards(tape, index[-1], None, _HOPS)):
            return node
        if ref.node not in seen and node.parents and len(seen) < 200:
            seen.add(ref.node)
            open_refs.append(node.parents[0])
    return None


def _seen(step: Step, before: Step | None) -> Iterator[Sighting]:
    """What is unrelated from batch to batch is told, or else what is from round to round."""
    found = [*carried(step, before)]
    yield from found or state_of_last_round(step, before)


PROBE = Probe(
    "no state is carried into an unrelated batch",
    lambda look: _seen(look.step, look.before),
)
