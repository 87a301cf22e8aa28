"""A state that training resets where a part of the batch says so, and an evaluation that never reads that part."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from types import CodeType

from shapecheck.capture.instruments.rows.batches import are_of_one_line
from shapecheck.capture.instruments.steps.signals_unread import Unread, unread_signal
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Root, Tape
from shapecheck.capture.recording.user_code import Spot, tree_of
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Edit, Fix


def reset_left_out(step: Step) -> Iterator[Sighting]:
    """``for x, y, fresh in loader: out, state = model(x, state)``, where training blanks the state of ``fresh``."""
    tape = step.tape
    trained = {id(root.module): root for root in tape.roots if root.graded and root.training and root.spot is not None}
    last: dict[int, Root] = {}
    suspects: dict[int, tuple[Spot, Unread]] = {}
    signals: dict[tuple[CodeType, int, CodeType, int], Unread | None] = {}
    flags: dict[int, list[frozenset[float] | None]] = {}
    for root in step.roots:
        own, before = trained.get(id(root.module)), last.get(id(root.module))
        last[id(root.module)] = root
        if own is None or before is None or root.spot is None or own.spot is None or root.graded:
            continue
        if not are_of_one_line(before, root):
            continue
        key = (root.spot.code, root.spot.instruction, own.spot.code, own.spot.instruction)
        if key not in signals:
            signals[key] = unread_signal(root.spot, own.spot)
        found = signals[key]
        if found is None or not (_is_handed if found.is_handed else _is_kept)(tape, before, root):
            continue
        suspects.setdefault(id(root.module), (root.spot, found))
        # Where the state is reset behind the call, the batch before says what this one should have begun with.
        flags.setdefault(id(root.module), []).append(_flags(before if found.is_behind else root, found))
    yield from (_told(*suspect) for module, suspect in suspects.items() if _say_when(flags[module]))


def _flags(root: Root, found: Unread) -> frozenset[float] | None:
    return next((root.flags[part] for part in found.parts if part in root.flags), None)


def _say_when(flags: list[frozenset[float] | None]) -> bool:
    """Whether a state that goes on should have begun anew in some rows, or at some time, and in others not.

    What is the same in all rows at all times says of none that it begins. Of more than two numbers nobody knows which
    of them says so.
    """
    known = [values for values in flags if values is not None]
    return len(known) == len(flags) and len(frozenset[float]().union(*known)) == 2


def _is_handed(tape: Tape, before: Root, root: Root) -> bool:
    given = (*root.inputs, *root.named.values())
    return any(origin(tape, ref, CONVERTS)[0] in before.outputs for ref in given)


def _is_kept(tape: Tape, before: Root, root: Root) -> bool:
    """Whether a call reads what the call before has made of its inputs, and was not given it."""
    made: set[Ref] = set(before.inputs)
    for index in range(before.first, before.last):
        if made & {*tape.nodes[index].parents}:
            made |= {Ref(index, out) for out in range(len(tape.nodes[index].shapes))}
    read = {ref for index in range(root.first, root.last) for ref in tape.nodes[index].parents}
    return bool((read & made) - {*before.inputs, *root.inputs})


def _told(spot: Spot, found: Unread) -> Sighting:
    reset = ast.unparse(found.reset).splitlines()
    said = f"`{reset[0]}`" if len(reset) == 1 else f"`{reset[0]} ...`"
    text = (
        f"training resets the state where the batch says so: {said} in line {found.reset.lineno} reads "
        f"`{found.signal}`. This loop goes over such batches as well and never reads that part: a sequence that begins "
        "here goes on from where another one has ended"
    )
    place = "behind" if found.is_behind else "in front of"
    fix = Fix(f"the same {place} line {found.call.lineno}", _edits(spot, found), "no")
    return Sighting("reset_left_out", spot.span, text, found.signal, (fix,))


def _edits(spot: Spot, found: Unread) -> tuple[Edit, ...]:
    """The statement of training in front of the call, where all that it reads has the same name there."""
    file, tree = spot.code.co_filename, tree_of(spot.code.co_filename)
    read = {one.id for one in ast.walk(found.reset) if isinstance(one, ast.Name)}
    bound = {one.id for one in ast.walk(found.loop) if isinstance(one, ast.Name)}
    known = {getattr(one, "name", "") for one in (tree.body if tree is not None else ())} | {"torch"}
    row = linecache.getline(file, found.call.lineno)
    if not read <= bound | known or found.call.col_offset > len(row) or row[: found.call.col_offset].strip():
        return ()
    indent = row[: found.call.col_offset]
    new = "".join(f"{indent}{line}\n" for line in ast.unparse(found.reset).splitlines())
    if found.is_behind:
        last = found.call.end_lineno or found.call.lineno
        row = linecache.getline(file, last)
        return (Edit(file, last, last, row + new),)
    return (Edit(file, found.call.lineno, found.call.lineno, new + row),)


PROBE = Probe(
    "an evaluation resets a state where training does",
    lambda look: reset_left_out(look.step),
    needs_no_run=True,
    of_followed=True,
)
