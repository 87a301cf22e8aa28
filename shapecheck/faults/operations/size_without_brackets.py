"""A single size stands where a tuple of sizes is wanted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.edits import expression, replaced
from shapecheck.reading.failing import kind, says

# What is told all sizes at once, and at which place.
_SIZE_AT = {"randint": 2, "full": 0, "normal": 2, "new_full": 0, "randint_like": 2}


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = evidence.operation
    at = _SIZE_AT.get(kind(operation)) if operation is not None else None
    if operation is None or at is None:
        return None
    if not says(evidence, r"invalid combination of arguments", r"must be tuple of ints, ?(?:but got|not) int"):
        return None
    ways = tuple(_bracketed(evidence, at))
    return Recognition(f"{ways[0].title[1:-2]} is one number", weight=6, candidates=ways) if ways else None


def _bracketed(evidence: Evidence, at: int) -> Iterator[Candidate]:
    """``torch.randint(0, 10, (n,))`` for ``torch.randint(0, 10, n)``; all that is told behind it as well."""
    operation = evidence.operation
    assert operation is not None
    named = [each for each in operation.arguments if each.keyword == "size"]
    told = [each for each in operation.arguments if not each.keyword and each.role != "self"]
    # With two numbers, the first is above which none lies, and the second says how many.
    two = kind(operation) == "randint" and len(told) == 2 and not named
    given = named or told[1 if two else at :][:1]
    for each in given:
        node = expression(each.expression)
        is_one = each.value.kind == "number" and isinstance(node, ast.Name | ast.Constant | ast.Attribute | ast.Call)
        if each.span is not None and is_one and not isinstance(getattr(node, "value", None), float):
            text = f"({each.expression},)"
            yield Candidate(text, (replaced(each.span, text),), (), 0.0)


BAD = """\
import torch

labels = torch.randint(0, 5, 16)
print(labels.shape)
"""

GOOD = BAD.replace("16)", "(16,))")

FAULT = Fault(
    code="SC923",
    slug="size_without_brackets",
    headline="a single size stands where a tuple of sizes is wanted",
    why=(
        "torch.zeros and torch.randn take sizes one by one; torch.randint, torch.full and torch.normal have other "
        "numbers beside them and take the sizes as one tuple, also where it is a single one: (n,)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="torch.randint(low, high, (n,)): brackets and a comma make a tuple of one size.",
    messages=(
        r"randint\(\) received an invalid combination of arguments",
        r"argument 'size'.* must be tuple of ints, ?(but got|not) int",
    ),
)
