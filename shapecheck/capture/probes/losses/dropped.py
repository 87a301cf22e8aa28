"""Losses that a loop computes one after the other, and of which only the last is kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.tensors.pairs import predicted_in
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants, refs_above, replay
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.findings import Fix
from shapecheck.reading.sources import Loop, is_named, learns, loops_of_line, names_in, source_of

_TAKES_APART = frozenset(
    ["split", "chunk", "unbind", "tensor_split", "split_with_sizes", "select", "__getitem__", "narrow", "index_select"]
)
_DRAWS = frozenset(["rand", "randn", "randint", "normal"])


def dropped(step: Step) -> Iterator[Sighting]:
    """Single numbers, computed in one place again and again, of which the last alone reaches the loss.

    The others are no matter if what they were computed of reaches the loss all the same, as the states of a recurrent
    model do; only where whole samples are left out, or targets that nothing else is held against, there is something to
    say.
    """
    read = {ref for node in step.recorded for ref in node.parents}
    graded = predicted_in(step)
    groups: dict[tuple[object, ...], list[Node]] = {}
    for index in range(step.first, step.loss.node + 1):
        node = step.node(index)
        if node.spot is not None and Ref(index) in graded and node.graded and _is_number(node.shapes[0]):
            groups.setdefault(_key(node), []).append(node)
    above = refs_above(step.tape, step.loss, step.first)
    for nodes in groups.values():
        *others, last = nodes
        if not others or last.ref not in above:
            continue
        lost = [node for node in others if node.ref not in read and node.ref not in step.tape.escaped]
        if len(lost) != len(others):
            continue
        if last.spot is not None and _is_chosen(last.spot):
            continue
        if all(_leaves_out(step, node, above, graded) for node in lost):
            yield _told(last, len(nodes), "samples")
            return
        if _is_overwritten(last) and all(_has_own_target(step, node, last) for node in lost):
            yield _told(last, len(nodes), "targets")
            return


def _key(node: Node) -> tuple[object, ...]:
    found: list[object] = [node.name]
    spot = node.spot
    while spot is not None:
        found += [spot.code, spot.instruction]
        spot = spot.caller
    return tuple(found)


def _leaves_out(step: Step, node: Node, above: set[Ref], graded: set[Ref]) -> bool:
    """Whether it was computed of items that the loss knows nothing of: inputs of the model, or what came out of it."""
    mine = refs_above(step.tape, node.ref, step.first) - above
    for ref in mine:
        made = step.node(ref.node)
        is_apart = made.name in _TAKES_APART and all(parent in above for parent in made.parents)
        if made.kind != "parameter" and (made.function is None or made.index < step.first):
            # It was there before.
            is_apart = True
        if made.name in _DRAWS:
            is_apart = True
        if is_apart and (ref in graded or _meets_parameter(step, ref, mine)):
            return True
    return False


def _meets_parameter(step: Step, source: Ref, among: set[Ref]) -> bool:
    order = sorted({ref.node for ref in among})
    return any(step.tape.has_parameter(step.node(index)) for index in descendants(step.tape, {source}, order))


def _has_own_target(step: Step, node: Node, last: Node) -> bool:
    """Whether it holds predictions against other targets than the last one does; such a loss is made to be learned."""
    if node.name not in REDUCING or len(node.parents) < 2 or len(last.parents) < 2:
        return False
    mine, other = node.parents[1], last.parents[1]
    if mine == other or step.tape.shape(mine) != step.tape.shape(other) or node.parents[0] == last.parents[0]:
        return False
    order = ancestors(step.tape, [mine, other], step.first)
    if any(step.tape.has_parameter(step.node(index)) for index in order):
        # What a model says itself may be asked for in passing.
        return False
    try:
        values = {**step.tape.held, **replay(step.tape, order)}
    except Exception:
        # What drew the batch may lie too far back.
        return False
    return mine in values and other in values and not torch.equal(values[mine], values[other])


def _is_overwritten(node: Node) -> bool:
    """Whether each turn of a loop gives a name to a number that no line of the loop reads."""
    spot, assigned = _assignment(node)
    if spot is None or assigned is None:
        return False
    name = ast.unparse(assigned.targets[0])
    loops = loops_of_line(source_of(spot.code.co_filename), spot.line)
    used = [item for item in ast.walk(loops[0]) if is_named(item, name)] if loops else []
    return bool(loops) and not any(isinstance(item.ctx, ast.Load) for item in used)


def _told(last: Node, count: int, what: str) -> Sighting:
    spot, assigned = _assignment(last)
    each, nothing = (
        ("of other samples", "from their samples")
        if what == "samples"
        else ("against other targets", "from what they ask for")
    )
    text = (
        f"this was computed {count} times in one step, each time {each}, and only the last one reaches "
        f"backward(): the other {count - 1} were overwritten, and nothing is learned {nothing}"
    )
    fixes: tuple[Fix, ...] = ()
    if assigned is not None and spot is not None and len(assigned.targets) == 1:
        name = ast.unparse(assigned.targets[0])
        edit = replaced_text(spot.code.co_filename, assigned.value, f"{name} + {ast.unparse(assigned.value)}")
        fixes = (Fix(f"{name} = {name} + ..., with {name} = 0 before the loop", edit, "no"),)
    return Sighting("loss_of_one_sample_only", spot.span if spot is not None else None, text, last.name, fixes)


def _assignment(node: Node) -> tuple[Spot | None, ast.Assign | None]:
    """The place in the stack where the number is given a name inside a loop; the innermost place if there is none."""
    spot = node.spot
    while spot is not None:
        file = spot.code.co_filename
        statement = statement_at(file, spot.line)
        loops = loops_of_line(source_of(file), spot.line)
        if isinstance(statement, ast.Assign) and loops and isinstance(statement.targets[0], ast.Name):
            return spot, statement
        spot = spot.caller
    outer = node.spot.caller if node.spot is not None else None
    return outer or node.spot, None


def _is_number(shape: tuple[int, ...]) -> bool:
    return all(size == 1 for size in shape)


def _is_chosen(spot: Spot) -> bool:
    """Whether the loop around an instruction, or around the call of its function, chooses among its turns."""
    place: Spot | None = spot
    while place is not None:
        loops = loops_of_line(source_of(place.code.co_filename), place.line)
        if loops:
            return _draws_again(loops[0]) or _passes_over(loops[0])
        place = place.caller
    return False


def _draws_again(loop: Loop) -> bool:
    """Whether a loop ends when something fits, and no turn of it knows of the others.

    One that goes through steps or samples reads which turn it is, or goes on from what the turn before left.
    """
    if not any(isinstance(item, ast.Break | ast.Return) for item, is_asked in _own(loop.body) if is_asked):
        return False
    inside = [node for statement in loop.body for node in ast.walk(statement)]
    # Whoever is asked for the next batch remembers by himself where he is.
    apart = [node.test for node in inside if isinstance(node, ast.If)]
    apart += [node for node in inside if isinstance(node, ast.Call) and ast.unparse(node.func) == "next"]
    left = {item for node in apart for item in ast.walk(node)}
    names = [item for statement in loop.body for item in _names(statement) if item not in left]
    handed_on = {item.id for item in names if isinstance(item.ctx, ast.Store)}
    if isinstance(loop, ast.For):
        handed_on |= names_in(loop.target)
    for item in names:
        if isinstance(item.ctx, ast.Store):
            handed_on.discard(item.id)
        elif item.id in handed_on:
            return False
    return True


def _names(node: ast.AST) -> Iterator[ast.Name]:
    """The names in a statement in the order in which they are used: what is read is read before a name is given."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.For | ast.NamedExpr):
        value = node.iter if isinstance(node, ast.For) else node.value
        children = [value, *(child for child in children if child is not value)] if value is not None else children
    for child in children:
        if isinstance(child, ast.Name):
            yield child
        yield from _names(child)


def _passes_over(loop: Loop) -> bool:
    """Whether a loop that trains leaves turns out, by what they hold and not by their number."""
    if not learns(*loop.body):
        return False
    skips = [
        node
        for node, _ in _own(loop.body)
        if isinstance(node, ast.If) and any(isinstance(item, ast.Continue) for item in node.body)
    ]
    return any(not any(isinstance(item, ast.Mod) for item in ast.walk(node.test)) for node in skips)


def _own(body: list[ast.stmt], *, is_asked: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements of a loop's body without those of loops within it, and whether a condition stands in front."""
    for statement in body:
        yield statement, is_asked
        if isinstance(statement, ast.If):
            yield from _own([*statement.body, *statement.orelse], is_asked=True)
        elif isinstance(statement, ast.With):
            yield from _own(statement.body, is_asked=is_asked)
        elif isinstance(statement, ast.Try):
            yield from _own([*statement.body, *statement.orelse], is_asked=is_asked)


PROBE = Probe(
    "no sample's loss is overwritten by another's",
    lambda look: dropped(look.step),
    of_samples=True,
)
