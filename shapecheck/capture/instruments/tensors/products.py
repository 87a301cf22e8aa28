"""Scores that are products of two tables which no layer holds, as of all samples of one with all of the other."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS, REARRANGES, SOFTMAXES

_PRODUCTS = frozenset(["matmul", "mm", "bmm", "einsum", "cosine_similarity", "cdist"])
_SCALED = REARRANGES | SOFTMAXES | CONVERTS | {"div", "mul", "neg", "sigmoid", "exp", "sub", "add"}


def is_of_pairs(step: Step, node: Node) -> bool:
    """Whether it reads products of two tables that no layer holds: scores of all samples of one with all of the other.

    Which of all the others belongs to a sample is no class, but what was asked for; and what many would take is made
    less of along the samples.
    """
    for _, made in backwards(step.tape, node.parents[0], _SCALED):
        if made.name in _PRODUCTS:
            return all(origin(step.tape, ref, REARRANGES)[1].kind != "parameter" for ref in made.parents)
    return False
