"""What one call of a model finds in it that another call has left there: a state that goes on from call to call."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import HANDS_ON, IMAGES, RECURRENT


def walked_on(step: Step, one: Root, other: Root) -> Node | None:
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


def begins_anew(step: Step, before: Step, root: Root) -> bool:
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
