"""Models that are asked for what they were given and cannot just copy it: it came spoilt, or through a narrow place."""

from __future__ import annotations

from math import prod

import torch

from shapecheck.capture.instruments.steps.asked import MOVES, Own
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import DROPS, NOISE, TURNS

# What leaves few values of many, and what draws in between: a code, be it of numbers or of a distribution.
_CODES = frozenset(["argmin", "round", "sign", "floor", "gumbel_softmax", "bucketize"])
_DRAWS = NOISE | {"multinomial", "randint"}
# What puts other numbers in the place of some, or on top of all.
_SPOILS = frozenset(
    ["where", "masked_fill", "__setitem__", "index_fill", "masked_scatter", "scatter", "index_put", "lerp", "add",
     "mul", "sub", "remainder"]
)  # fmt: skip
_MAX_SEEN = 60


def is_hard_to_copy(step: Step, own: Own) -> bool:
    """Whether the input is spoilt on its way to the model, or coded within it: then the same step may be asked for."""
    predicted = [meeting.predicted for meeting in own.meetings]
    above = ancestors(step.tape, predicted, step.first)
    way = [step.node(index) for index in descendants(step.tape, {own.source}, sorted(above))]
    return _is_spoilt(step, own.source, way) or _is_coded(step, own.source, way) or _is_narrow(step, own, way)


def _is_spoilt(step: Step, source: Ref, way: list[Node]) -> bool:
    """Whether something random has a hand in what becomes of the input before it meets the first weight."""
    own = {source}
    for node in way:
        if not any(ref in own for ref in node.parents) or any(ref in step.learned for ref in node.parents):
            continue
        if node.name in DROPS or (node.name in _SPOILS and _is_drawn(step, node, own)):
            return True
        if node.name in MOVES or node.name in _SPOILS or node.name == "one_hot":
            own.add(node.ref)
    return False


def _is_coded(step: Step, source: Ref, way: list[Node]) -> bool:
    """Whether the model chooses among few values, or adds something that was drawn to what it computed."""
    learned = [node for node in way if any(ref in step.learned for ref in node.parents)]
    known = {source, *step.learned, *(node.ref for node in way)}
    return any(node.name in _CODES | _DRAWS or _is_drawn(step, node, known) for node in learned)


def _is_drawn(step: Step, node: Node, known: set[Ref]) -> bool:
    """Whether an operation reads, beside what is known, what was drawn at random for this step.

    What a module holds, such as a table of positions, was drawn once and stays.
    """
    known = known | step.inner
    earlier = max((ref.node for ref, _ in step.tape.losses if ref.node < step.first), default=-1)
    open_refs = [ref for ref in node.parents if ref not in known]
    seen: set[Ref] = set()
    while open_refs and len(seen) < _MAX_SEEN:
        ref = open_refs.pop()
        if ref not in seen:
            seen.add(ref)
            made = step.node(ref.node)
            if made.name in _DRAWS and made.index > earlier:
                return True
            open_refs += [parent for parent in made.parents if parent not in known]
    return False


def _is_narrow(step: Step, own: Own, way: list[Node]) -> bool:
    """Whether all of a step goes through half the numbers, or fewer, of what was in front, and is spread out again."""
    count = prod(step.tape.shape(own.source)[:2])
    passes = [node for node in _passes(step, own.source, way) if node.shapes[0][:1] != ()]
    # A table may be turned to score the symbols that were read from it.
    read = [[step.node(origin(step.tape, ref, TURNS)[0].node) for ref in node.parents] for node in passes]
    heads = [at for at, made in enumerate(read) if any(one.kind == "parameter" for one in made)]
    if not heads:
        return False
    # The scores of the classes are wide for another reason.
    widths = [prod(node.shapes[0]) / count for node in passes[: heads[-1]]]
    return any(
        2 * width <= min(max(widths[:at], default=0), max(widths[at + 1 :], default=0))
        for at, width in enumerate(widths)
    )


def _passes(step: Step, source: Ref, way: list[Node]) -> list[Node]:
    """The operations that everything has to go through from an input to the predictions; masks do not count."""
    inner = {source.node, *(node.index for node in way)}
    last: dict[int, int] = {}
    for node in way:
        for ref in node.parents:
            if ref.node in inner and (ref == source or step.tape.dtype(ref) != torch.bool):
                last[ref.node] = node.index
    found: list[Node] = []
    reach = last.get(source.node, -1)
    for node in way:
        if node.dtypes[:1] == (torch.bool,):
            continue
        if reach <= node.index:
            found.append(node)
        reach = max(reach, last.get(node.index, -1))
    return found
