"""How many samples and how many steps a script says there are: the numbers that it gives names which count these."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import Shape
from shapecheck.reading.name_words import STEPS, any_word
from shapecheck.reading.sources import Source, last_name, user_sources, walk

# So many batches are no samples.
_BATCHES = re.compile(
    r"(?<![a-z])(n|num|number_of|per|every)_?batch(?!_?size)|(?<![a-z])batch_(i|id|idx|index|no|num)(?![a-z])",
    re.IGNORECASE,
)
# A letter that is given a number may count anything.
_BATCH_SIZES = any_word("batch_?size|bsz?|batch")


def axis_named_for_samples(evidence: Evidence, sizes: Shape) -> int | None:
    """Which of the first two axes is as long as the script says a batch is; None where it says nothing, or both.

    What is asked of a tensor is no number that is told: it says no more than the line which asks.

    Args:
        evidence: The problem.
        sizes: The shape of a sequence, with axes of samples and of steps in front.
    """
    if len(sizes) < 2 or sizes[0] == sizes[1]:
        return None
    told = list(_told(evidence))
    samples = {number for name, number in told if names_samples(name)}
    steps = {number for name, number in told if STEPS.search(name) and not _BATCH_SIZES.search(name)}
    fitting = [axis for axis in (0, 1) if sizes[axis] in samples]
    if len(fitting) != 1 or sizes[fitting[0]] in steps or sizes[1 - fitting[0]] == 1:
        return None
    return fitting[0]


def names_samples(name: str) -> bool:
    """Whether a name counts samples, and neither steps nor batches."""
    is_other = any(each.search(name) is not None for each in (STEPS, _BATCHES))
    return _BATCH_SIZES.search(name) is not None and not is_other


def _told(evidence: Evidence) -> Iterator[tuple[str, int]]:
    """The whole numbers that are written for a name: of a variable, of a setting, of an argument."""
    for source in user_sources(evidence):
        for name, node in _named(source):
            number = whole_number(node)
            if name and number is not None and number > 1:
                yield name, number


def _named(source: Source) -> Iterator[tuple[str, ast.expr]]:
    for node in walk(source.tree):
        if isinstance(node, ast.Call):
            yield from ((each.arg or "", each.value) for each in node.keywords)
        elif isinstance(node, ast.Dict):
            keys = (each.value if isinstance(each, ast.Constant) else None for each in node.keys)
            yield from ((key, value) for key, value in zip(keys, node.values, strict=True) if isinstance(key, str))
        else:
            yield from ((last_name(target), value) for target, value in values_given(node))
            for arguments in (node.args,) if isinstance(node, ast.FunctionDef) else ():
                left = arguments.args[len(arguments.args) - len(arguments.defaults) :]
                yield from ((each.arg, value) for each, value in zip(left, arguments.defaults, strict=True))
