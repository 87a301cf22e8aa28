"""Tells whether rows of zeros and ones are one-hot: by their numbers, or by what made them."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.reading.edits import expression
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name, under_methods

# What leaves each number at its place.
SAME = ("long", "int", "float", "to", "detach", "clone", "contiguous")


def marks(value: Value) -> bool:
    """Whether a tensor holds zeros and ones, as far as its least and its largest number tell."""
    return (value.facts.get("min"), value.facts.get("max")) == (0, 1)


def is_one_hot(value: Value | None) -> bool | None:
    """Whether each row, along the last axis, has a single one beside zeros; None where the numbers do not tell."""
    if value is None or "row_sum_min" not in value.facts:
        return None
    return marks(value) and value.facts["row_sum_min"] == value.facts.get("row_sum_max") == 1


def is_made_one_hot(evidence: Evidence, place: Span) -> bool:
    """Whether what made an expression gives each row a single one: ``one_hot(y)``, ``torch.eye(n)[y]``."""
    for span in spans_of(evidence, place):
        node = under_methods(expression(span.text), SAME)
        made = node.value if isinstance(node, ast.Subscript) else node
        name = last_name(made.func) if isinstance(made, ast.Call) else ""
        if name == ("eye" if isinstance(node, ast.Subscript) else "one_hot"):
            return True
    return False


def has_several_classes(target: Argument) -> bool:
    """Whether rows of zeros and ones are no one-hot: some have several ones, or none."""
    # Of more axes the last one is not that of the classes.
    return len(sizes_of(target)) == 2 and marks(target.value) and is_one_hot(target.value) is False
