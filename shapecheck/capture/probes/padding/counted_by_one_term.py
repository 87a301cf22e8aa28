"""Padding that one term of the loss leaves out, and another one over the same positions counts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.left_out import LeftOut, is_declared, is_filled_behind, left_out
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.edits import Primary, as_primary, replaced_text
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import Values, ancestors
from shapecheck.capture.recording.step import REDUCING, Step, Term
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CONVERTS, REARRANGES, SOFTMAXES, TOTALS
from shapecheck.findings import Edit, Fix

_SCALES = frozenset(["neg", "mul", "div"])
_MEETS = frozenset(["sub", "rsub", "mul", "where", "cosine_similarity", "pairwise_distance"]) | REDUCING
_FORMULAS = TOTALS | _SCALES | CONVERTS | _MEETS | {"pow", "square", "abs", "add", "exp", "log", "gather"}
_ITSELF = REARRANGES | CONVERTS | {"roll", "flip"}
_HOPS, _MOST_SOURCES, _MOST_BEHIND = 5, 12, 40
_TINY = 1e-6


def counted_by_one_term(step: Step) -> Iterator[Sighting]:
    """A mean over all positions beside one that leaves out those behind the end of each sequence.

    That both are about the same positions is seen in what they are made of: other numbers in the positions that one
    leaves out move the other there, and do not move the first at all. Where the model reads anything but a filler in
    them they are no padding: labels may end before what was measured does. What is asked of padding may be meant, such
    as that it is none. What only keeps numbers small, or near to what is the same for all positions, is no loss of
    positions.
    """
    outs, told = list(left_out(step)), set[int]()
    leaving = {out.node.index for out in outs if out.node.name in CLASS_LOSSES}
    for out in outs:
        for term in step.terms:
            node = step.node(term.node)
            if node is out.node or node.index in told | leaving:
                continue
            each = _positions(step, term, out)
            if each is None or not is_filled_behind(step, out, each) or not _compares(step, term, each, out):
                continue
            moved = _moved(step, out, each)
            if moved is not None:
                told.add(node.index)
                yield _told(step, out, node, each, moved)


def _positions(step: Step, term: Term, out: LeftOut) -> Ref | None:
    """What a term adds up, as long as it has a number for each position; and of which those of padding are not zero."""
    ref = term.ref
    for _ in range(_HOPS):
        value = step.run().get(ref)
        if value is None:
            return None
        hidden = out.along(tuple(value.shape))
        if hidden is not None:
            rest = value[hidden]
            is_much = int((rest.abs() > _TINY * float(value.abs().amax())).sum()) * 2 >= rest.numel()
            return ref if value.is_floating_point() and bool(value.isfinite().all()) and is_much else None
        node = step.node(ref.node)
        learned = [parent for parent in node.parents if parent in step.learned]
        if node.name not in TOTALS | _SCALES or len(learned) != 1 or len(node.parents) > 1:
            return None
        ref = learned[0]
    return None


def _moved(step: Step, out: LeftOut, each: Ref) -> tuple[Ref, Tensor] | None:
    """What both terms are made of, with other numbers in the padding: the one that leaves it out does not move."""
    one, other = ancestors(step.tape, [Ref(out.node.index)], step.first), ancestors(step.tape, [each], step.first)
    shared = [index for index in sorted({*one} & {*other}, reverse=True) if Ref(index) in step.learned]
    tried = 0
    for index in shared:
        ref, shape = Ref(index), step.node(index).shapes[0]
        hidden = out.along(shape) if len(shape) > 1 else None
        if hidden is None or ref not in step.run() or not step.run()[ref].is_floating_point():
            continue
        tried += 1
        if tried > _MOST_SOURCES:
            break
        value = step.run()[ref].detach().clone()
        value[hidden] = value[hidden] * -0.5 + _spread_like(value[hidden])
        try:
            after = step.changed(ref, value)
        except (RuntimeError, IndexError, ValueError):
            continue
        if _only_moves(step, after, out, each):
            return ref, value
    return None


def _spread_like(rest: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(rest.shape, generator=generator).to(rest)


def _only_moves(step: Step, after: Values, out: LeftOut, each: Ref) -> bool:
    base = step.run()
    mine = Ref(out.node.index)
    if mine not in base or each not in after:
        return False
    if mine in after and bool(difference(base[mine], after[mine]).any()):
        return False
    moved = difference(base[each], after[each])
    hidden = out.along(tuple(moved.shape))
    if hidden is None:
        return False
    moved = moved.reshape(*hidden.shape, -1).any(-1)
    return not bool((moved & ~hidden).any()) and int(moved.sum()) * 2 >= int(hidden.sum())


def _compares(step: Step, term: Term, each: Ref, out: LeftOut) -> bool:
    """Whether a term compares or is one of probabilities, and what it asks of padding cannot be meant."""
    node = step.node(term.node)
    if node.name in REDUCING:
        return not (_is_meant(step, node, out) or _is_drawn_to_one_place(step, node, out))
    open_refs, seen, found = [each], set[Ref](), False
    while open_refs and len(seen) < _MOST_BEHIND:
        ref = open_refs.pop()
        made = step.node(ref.node)
        is_along = out.along(step.tape.shape(ref)) is not None
        if ref in seen or ref.node < step.first or ref not in step.learned or not is_along:
            continue
        seen.add(ref)
        if made.name in _MEETS and _is_each_along(step, made, out):
            if _is_meant(step, made, out) or _is_drawn_to_one_place(step, made, out):
                return False
            found |= not _is_of_one(step, made)
        found |= made.name in SOFTMAXES
        if made.name in _FORMULAS:
            open_refs += made.parents
    return found


def _is_each_along(step: Step, node: Node, out: LeftOut) -> bool:
    """Whether two tensors meet that have the positions, and are not one moved along itself."""
    made = {origin(step.tape, ref, _ITSELF, first=step.first)[0] for ref in node.parents[:2]}
    return len(made) > 1 and all(out.along(step.tape.shape(ref)) is not None for ref in node.parents[:2])


def _is_drawn_to_one_place(step: Step, node: Node, out: LeftOut) -> bool:
    """Whether one of two tensors that meet says the same of all positions, as the zeros of a penalty do."""
    for ref in node.parents[:2]:
        value = step.run().get(ref, step.tape.held.get(ref))
        hidden = out.along(step.tape.shape(ref))
        if value is None or hidden is None:
            continue
        rows = value.reshape(hidden.numel(), -1)
        if bool((rows == rows[:1]).all()):
            return True
    return False


def _is_of_one(step: Step, node: Node) -> bool:
    """Whether all of one operand was reckoned of what the other one is of as well: no two things are compared."""
    one, other = (_reckoned_of(step, ref) for ref in node.parents[:2])
    return bool(one and other) and (one <= other or other <= one)


def _reckoned_of(step: Step, ref: Ref) -> set[Ref]:
    """What was learned that arithmetic made a tensor of."""
    found, open_refs, seen = set[Ref](), [ref], set[Ref]()
    while open_refs and len(seen) < _MOST_BEHIND:
        at = open_refs.pop()
        node = step.node(at.node)
        if at in seen or at not in step.learned:
            continue
        seen.add(at)
        if node.name in _FORMULAS and at.node >= step.first:
            open_refs += node.parents
        else:
            found.add(at)
    return found


def _is_meant(step: Step, node: Node, out: LeftOut) -> bool:
    """Whether targets say one thing of all padding, which may be so by the task: nothing comes behind the end.

    Of words that an embedding is told to be padding nothing is so, unless a class stands for it or for the last one.
    """
    for ref in (ref for ref in node.parents[:2] if ref not in step.learned):
        value = step.known(ref)
        if value is None:
            continue
        shape = tuple(value.shape)
        hidden, last = out.along(shape), out.along(shape, out.last)
        if hidden is None or last is None or not bool((value[hidden] == value[hidden].reshape(-1)[0]).all()):
            continue
        if not is_declared(step, out):
            return True
        filler = value[hidden].reshape(-1)[0]
        before, ends, real = value[~hidden & ~last], value[last], value[~hidden]
        is_measured = value.is_floating_point() and len(real.unique()) > 2  # type: ignore[no-untyped-call]
        if not bool((before == filler).any()) and (bool((ends == filler).all()) or not is_measured):
            return True
    return False


def _told(step: Step, out: LeftOut, node: Node, each: Ref, moved: tuple[Ref, Tensor]) -> Sighting:
    count, line = int(out.hidden.sum()), out.node.spot.line if out.node.spot is not None else 0
    text = (
        f"{count} of {out.hidden.numel()} positions lie behind the end of their sequence: {out.node.name} in line "
        f"{line} {out.why}, and does not move with them; {node.name} here is taken of {tuple(step.run()[each].shape)}, "
        "all positions, and moves with other numbers in these alone"
    )
    title, edits = _edits(step, out, node, each, moved)
    fix = Fix(title, edits, "call" if edits else "no", "the padding does not count in it" if edits else "")
    return sighted("counted_by_one_term", node, text, (fix,))


def _edits(step: Step, out: LeftOut, node: Node, each: Ref, moved: tuple[Ref, Tensor]) -> tuple[str, tuple[Edit, ...]]:
    """The mean of the positions that count alone, where the labels that say so have a name there."""
    title = "the mean of the positions that count, such as each[mask].mean()"
    if out.ignored is None or node.name not in TOTALS or out.node.spot is None or node.spot is None:
        return title, ()
    call, asks = call_at(node), call_at(out.node)
    given = [*asks.args, *(item.value for item in asks.keywords if item.arg == "target")][1:2] if asks else []
    is_method = call is not None and isinstance(call.func, ast.Attribute) and not call.args and not call.keywords
    if call is None or not is_method or not given or not isinstance(given[0], Primary) or out.labels is None:
        return title, ()
    if node.spot.code is not out.node.spot.code or node.parents[0] != each or node.name != "mean":
        return title, ()
    labels = step.tape.held.get(out.labels, step.run().get(out.labels))
    if labels is None or step.tape.shape(each) != tuple(labels.shape):
        return title, ()
    if not _is_mended(step, node, labels != out.ignored, moved):
        return title, ()
    assert isinstance(call.func, ast.Attribute)
    text = f"{as_primary(call.func.value)}[{ast.unparse(given[0])} != {out.ignored}].mean()"
    return text, replaced_text(node.spot.code.co_filename, call, text)


def _is_mended(step: Step, node: Node, kept: Tensor, moved: tuple[Ref, Tensor]) -> bool:
    """Whether the mean of what the labels keep does not move with other numbers in the padding."""

    def run(values: Tensor, *_: Any, **__: Any) -> Tensor:
        return values[kept].mean()

    instead, mean = {node.index: run}, node.ref
    before, after = step.run_with(instead), step.changed(*moved, instead)
    return not bool(difference(before[mean], after[mean]).any())


PROBE = Probe(
    "no term of the loss counts what another one leaves out as padding",
    lambda look: counted_by_one_term(look.step),
    turn=Turn.LAST,
)
