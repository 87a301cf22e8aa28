"""What a sum adds up and what it takes off, as far as it is written in one statement."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.capture.recording.vocabulary import SUMS


def addends(step: Step, node: Node) -> Iterator[tuple[Ref, bool]]:
    """Each tensor that a sum adds, and whether it is taken off; the sums that it is made of are gone into.

    They are those of the same statement, which nothing but the sum reads.
    """
    open_refs = [(node.ref, False)]
    while open_refs:
        ref, is_off = open_refs.pop()
        made = step.node(ref.node)
        if not (made is node or _is_part_of(step, made, node)):
            yield ref, is_off
        elif made.name == "neg":
            open_refs.append((made.parents[0], not is_off))
        else:
            # How often the second is added may be told beside it.
            signs = {"add": (False, False), "sub": (False, True), "rsub": (True, False)}[made.name]
            given = zip(made.args[:2], signs, strict=False)
            open_refs += [(one, is_off != other) for one, other in given if isinstance(one, Ref)]


def is_sum(node: Node) -> bool:
    """Whether it adds two, or takes one off the other, each as it is."""
    return node.name in SUMS and len(node.args) == 2 and not node.kwargs


def _is_part_of(step: Step, made: Node, node: Node) -> bool:
    if not (is_sum(made) or (made.name == "neg" and made.parents)) or made.spot is None or node.spot is None:
        return False
    if made.spot.code is not node.spot.code or made.index < step.first or len(step.readers(made, to_loss=True)) != 1:
        return False
    statements = [statement_at(one.spot.code.co_filename, one.spot.line) for one in (made, node) if one.spot]
    return statements[0] is not None and statements[0] is statements[1]
