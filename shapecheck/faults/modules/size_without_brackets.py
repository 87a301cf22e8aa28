"""A single size stands where a tuple of sizes is wanted."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.edits import expression, place_before, place_behind
from shapecheck.reading.failing import kind, says

_OTHER_WAY = "the size may be missing, and the numbers be the least and the one above the largest"
# What is told all sizes at once, and at which place.
_SIZE_AT = {"randint": 2, "full": 0, "normal": 2, "new_full": 0}


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = evidence.operation
    at = _SIZE_AT.get(kind(operation)) if operation is not None else None
    if operation is None or at is None:
        return None
    if not says(evidence, r"invalid combination of arguments", r"must be tuple of ints, ?(?:but got|not) int"):
        return None
    ways = tuple(_bracketed(evidence, at))
    because = f"{ways[0].title} is the tuple of sizes that is wanted" if ways else ""
    return Recognition(because, weight=6, candidates=ways) if ways else None


def _bracketed(evidence: Evidence, at: int) -> Iterator[Candidate]:
    """``torch.randint(0, 10, (n,))`` for ``torch.randint(0, 10, n)``; all that is told behind it as well."""
    operation = evidence.operation
    assert operation is not None
    named = [each for each in operation.arguments if each.keyword == "size"]
    told = [each for each in operation.arguments if not each.keyword and each.role != "self"]
    # With two numbers, the first is above which none lies, and the second says how many.
    two = kind(operation) == "randint" and len(told) == 2 and not named
    first = 1 if two else at
    given = named or (told[first:] if kind(operation) == "randint" else told[first : first + 1])
    if not given or not all(map(_is_size, given)) or (kind(operation) == "randint" and not _are_whole(told)):
        return
    if two and (not told[0].value.text.isdecimal() or int(told[0].value.text) < 2):
        # There is nothing to draw below this: it is the least number, and the size is missing.
        return
    begin, end = given[0].span, given[-1].span
    if begin is not None and end is not None:
        text = ", ".join(each.expression for each in given)
        changes = (Change(place_before(begin), "("), Change(place_behind(end), ",)" if len(given) == 1 else ")"))
        title = f"({text},)" if len(given) == 1 else f"({text})"
        yield Candidate(title, changes, (), 0.0, _OTHER_WAY if two else "")


def _is_size(given: Argument) -> bool:
    node = expression(given.expression)
    is_one = given.value.kind == "number" and isinstance(node, ast.Name | ast.Constant | ast.Attribute | ast.Call)
    return is_one and given.span is not None and not isinstance(getattr(node, "value", None), float)


def _are_whole(told: Sequence[Argument]) -> bool:
    return all(each.value.text.lstrip("-").isdecimal() for each in told)


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
