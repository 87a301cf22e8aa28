"""State that an epoch begins with as the one before has left it, although it begins at the beginning of the data."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.steps.carried_on import carried_states
from shapecheck.capture.instruments.steps.kept_states import kept_names
from shapecheck.capture.instruments.steps.resets import may_begin_anew
from shapecheck.capture.instruments.steps.rounds_begun import Rounds, rounds_around
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, span_of
from shapecheck.capture.recording.vocabulary import HANDS_ON
from shapecheck.findings import Edit, Fix


def state_of_last_round(step: Step, before: Step | None) -> Iterator[Sighting]:
    """``state = None`` in front of ``for epoch in range(n): for x, y in pieces: out, state = model(x, state)``.

    That it goes on from piece to piece is meant. Behind the last one comes the first one again, and it is read with the
    state of the end. Whoever makes the state new within the rounds, be it on a condition, knows where it begins.
    """
    if before is None:
        return
    for node, ref in carried_states(step, before):
        names = _kept(step, before, ref)
        found = rounds_around(node.spot, is_kept=bool(names)) if node.spot is not None else None
        if found is None or any(may_begin_anew(file, name) for file in _files(node.spot) for name in names):
            return
        yield _told(node, found)
        return


def _kept(step: Step, before: Step, ref: Ref) -> set[str]:
    return kept_names(step, [node for _, node in backwards(step.tape, ref, HANDS_ON, first=before.first)])


def _files(spot: Spot | None) -> set[str]:
    return {each.code.co_filename for each in spot.with_callers()} if spot is not None else set()


def _told(node: Node, found: Rounds) -> Sighting:
    file = node.spot.code.co_filename if node.spot is not None else ""
    name = ", ".join(f"`{one}`" for one in found.states) or "the state that the model keeps"
    text = (
        f"the loop in line {found.inner.lineno} goes over the same data from its beginning in each round of that in "
        f"line {found.outer.lineno}, and {name} is never made new in there: each round but the first begins with the "
        "state of the end of the data"
    )
    seen: ast.stmt = found.made[0] if len(found.made) == 1 else found.inner
    span = span_of(file, seen, linecache.getline(file, seen.lineno).strip())
    fix = Fix(f"the same in front of line {found.inner.lineno}", _edits(file, found), "no")
    return Sighting("state_of_another_batch", replace(span, end_line=span.line), text, "", (fix,))


def _edits(file: str, found: Rounds) -> tuple[Edit, ...]:
    """What makes the state in front of the rounds, once more in front of the inner loop."""
    row, made = linecache.getline(file, found.inner.lineno), found.made[0] if len(found.made) == 1 else None
    indent = row[: found.inner.col_offset]
    if made is None or indent.strip() or not all(_stands_alone(one) for one in ast.walk(made.value)):
        return ()
    return (Edit(file, found.inner.lineno, found.inner.lineno, f"{indent}{ast.unparse(made)}\n{row}"),)


def _stands_alone(item: ast.AST) -> bool:
    return not isinstance(item, ast.Await | ast.NamedExpr | ast.Lambda)
