"""A model that keeps its state and is called twice in a step: a second view goes on from where the first one ended."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from itertools import combinations

from shapecheck.capture.instruments.rows.views import are_of_one_kind, are_views
from shapecheck.capture.instruments.steps.resets import resetters
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.capture.recording.vocabulary import HANDS_ON, IMAGES, RECURRENT
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import function_of_line, last_name, source_of, walk


def left_by_a_view(step: Step, before: Step | None) -> Iterator[Sighting]:
    """Two calls over whole sequences of the same samples, of which the second begins with the state of the first.

    The step itself begins anew: the script knows that its sequences have nothing to do with each other. Pieces of one
    sequence are other numbers; what a call was given of what the one before has said may well go on from there.
    """
    if before is None:
        return
    calls = [root for root in step.roots if step.first <= root.first < root.last and root.spot is not None]
    if len(calls) < 2 or not _begins_anew(step, before, calls[0]):
        return
    for one, other in combinations(calls, 2):
        if one.module is not other.module or not (are_views(step, one, other) or are_of_one_kind(step, one, other)):
            continue
        made = _walked_on(step, one, other)
        if made is not None and _are_asked_apart(step, one, other):
            yield _told(other, made)
            return


def _are_asked_apart(step: Step, one: Root, other: Root) -> bool:
    """Whether the loss reads what each call returned, and not only what the second one made of the first."""
    held = {step.loss, *(term.ref for term in step.terms)}
    way = {index for index in ancestors(step.tape, held, step.first) if not other.first <= index < other.last}
    read = {parent for index in way for parent in step.node(index).parents if index >= one.last}
    return all(not read.isdisjoint(root.outputs) for root in (one, other))


def _told(root: Root, made: Node) -> Sighting:
    assert root.spot is not None
    line = made.spot.line if made.spot is not None else 0
    text = (
        f"the state that the model keeps, made in line {line}, is read by this call as the call before it in the same "
        "step has left it: one view of the samples goes on from where another one ended, although each step begins anew"
    )
    reset = _reset(root, made)
    title = f"{reset} before this call" if reset else "let the state begin anew before this call"
    fix = Fix(title, _inserted(root, reset), "no")
    return Sighting("state_of_another_batch", root.spot.span, text, type(root.module).__name__, (fix,))


def _reset(root: Root, made: Node) -> str:
    """How the function that calls a model lets its state begin anew elsewhere; nothing where it does not."""
    if root.spot is None or made.spot is None:
        return ""
    source = source_of(root.spot.code.co_filename)
    names = {name for spot in made.spot.with_callers() for name in _stored(spot)}
    files = {made.spot.code.co_filename, root.spot.code.co_filename}
    known = {each for file in files for name in names for each in resetters(file, name)}
    around = (function_of_line(source, root.spot.line) or source.tree) if source is not None else None
    found = {
        ast.unparse(item)
        for item in walk(around)
        if isinstance(item, ast.Expr) and isinstance(item.value, ast.Call) and last_name(item.value.func) in known
    }
    return found.pop() if len(found) == 1 else ""


def _stored(spot: Spot) -> set[str]:
    """The attributes that the function of an instruction gives a value, as a whole or item by item."""
    function = function_of_line(source_of(spot.code.co_filename), spot.line)
    stored = (item for item in walk(function) if isinstance(item, ast.Attribute | ast.Subscript))
    targets = [item for item in stored if isinstance(item.ctx, ast.Store)]
    return {last_name(item.value if isinstance(item, ast.Subscript) else item) for item in targets}


def _inserted(root: Root, reset: str) -> tuple[Edit, ...]:
    """The edit that puts a statement in front of that of a call, where that begins a line of its own."""
    spot = root.spot
    statement = statement_at(spot.code.co_filename, spot.line) if spot is not None else None
    if not reset or spot is None or statement is None or not isinstance(statement, ast.Assign | ast.Expr):
        return ()
    row = linecache.getline(spot.code.co_filename, statement.lineno).rstrip("\n")
    space = row[: statement.col_offset]
    if space.strip() or statement.lineno != spot.line or len(space) != len(row) - len(row.lstrip()):
        return ()
    return (Edit(spot.code.co_filename, statement.lineno, statement.lineno, f"{space}{reset}\n{row}"),)


def _walked_on(step: Step, one: Root, other: Root) -> Node | None:
    """What made the state with which a call ends and another one begins, if each of them walks over steps by itself.

    That it is a state is seen in that the same instruction has made it of the one before, several times within the
    first call, and goes on so in the second. Who hands it on in the open, or cuts it off in between, knows of it.
    """
    for ref in _found(step, one, other):
        made = step.tape.nodes[ref.node]
        if made.name in IMAGES or not _is_walked(step, one, made) or not step.tape.shape(ref):
            continue
        if any(node.repeats(made) for node in _behind(step, {ref}, other)):
            return made
    return None


def _begins_anew(step: Step, before: Step, root: Root) -> bool:
    """Whether a call reads nothing that the models have made in the step before."""
    known = range(before.first, step.first)
    read = (ref for index in range(root.first, root.last) for ref in step.tape.nodes[index].parents)
    return not any(ref.node in known and _is_made_by_model(step, ref) for ref in read)


def _is_made_by_model(step: Step, ref: Ref) -> bool:
    node = step.tape.nodes[ref.node]
    return node.root >= 0 and node.function is not None and node.kind == "operation"


def _found(step: Step, one: Root, other: Root) -> list[Ref]:
    """What a call has made of its inputs, and another one reads without having been given it."""
    made = _made_of(step, one)
    handed = {*other.inputs, *other.named.values()}
    read = [ref for index in range(other.first, other.last) for ref in step.tape.nodes[index].parents]
    return [ref for ref in dict.fromkeys(read) if ref in made and ref not in handed]


def _made_of(step: Step, root: Root) -> set[Ref]:
    given = {*root.inputs, *root.named.values()}
    return {out for node in _behind(step, given, root) for out in node.outs}


def _behind(step: Step, sources: set[Ref], root: Root) -> Iterator[Node]:
    """What a call makes of some tensors; what is only made in their image holds nothing of them."""
    reached = {*sources}
    for node in step.tape.nodes[root.first : root.last]:
        if node.name not in IMAGES and not reached.isdisjoint(node.parents):
            reached |= {*node.outs}
            yield node


def _is_walked(step: Step, root: Root, made: Node) -> bool:
    """Whether a call goes from step to step with what a node made: by one instruction again and again, or one layer."""
    while made.name in HANDS_ON and made.parents and made.parents[0].node >= root.first:
        made = step.tape.nodes[made.parents[0].node]
    if made.name in RECURRENT:
        sizes = made.shapes[0]
        return len(sizes) == 3 and sizes[1 if made.argument(8, "batch_first", default=False) is True else 0] > 1
    turns = (node for node in step.tape.nodes[root.first : made.index] if node.repeats(made))
    first = next((node for node in turns if node.module is made.module), None)
    return first is not None and any(node is made for node in _behind(step, {*first.outs}, root))


PROBE = Probe(
    "no view of samples starts from the state that another view has left",
    lambda look: left_by_a_view(look.step, look.before),
)
