"""A layer was made with arguments that it does not take."""

from __future__ import annotations

from difflib import get_close_matches

from shapecheck.evidence import Evidence, Operation
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import kind, made, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = made(evidence)
    if operation is None:
        return None
    takes = f"{kind(operation)} takes {', '.join(operation.parameters)}"
    unknown = says(evidence, r"unexpected keyword argument '(\w+)'")
    if unknown is not None:
        name = unknown.group(1)
        near = get_close_matches(name, operation.parameters, 1)
        return Recognition(f"there is no {name}{f', perhaps {near[0]} was meant' if near else ''}: {takes}", weight=6)
    missing = says(evidence, r"missing \d+ required (?:positional|keyword-only) arguments?: (.+)")
    if missing is not None:
        names = missing.group(1).replace("'", "")
        return Recognition(f"{names} must be given as well: {takes}", weight=6)
    twice = says(evidence, r"multiple values for (?:keyword )?argument '(\w+)'")
    if twice is not None:
        return Recognition(
            f"{twice.group(1)} is given twice, once by its place and once by its name: {takes}", weight=6
        )
    if says(evidence, r"takes .*positional arguments? but \d+ (?:positional arguments? )?.*(?:was|were) given"):
        return Recognition(f"more was given than it has places for: {_given(operation)}{takes}", weight=6)
    return None


def _given(operation: Operation) -> str:
    extra = [item.expression for item in operation.arguments if item.role.startswith("args[")]
    return f"nothing takes {', '.join(extra[:4])}; " if extra else ""


BAD = """\
import torch
from torch import nn

lstm = nn.LSTM(5, 8, batch_frist=True)
print(lstm(torch.randn(4, 7, 5))[0].shape)
"""

GOOD = BAD.replace("batch_frist", "batch_first")

FAULT = Fault(
    code="SC536",
    slug="made_with_other_arguments",
    headline="a layer was made with arguments that it does not take",
    why=(
        "Each class of layers has its own arguments, and Python takes no other: a name that is spelled otherwise, an "
        "argument of another layer (a Linear has no dropout, that is a layer of its own), one too many or too few."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="help(nn.LSTM) lists what a layer is made with.",
    messages=(
        r"__init__\(\) got an unexpected keyword argument",
        r"__init__\(\) missing \d+ required positional argument",
        r"__init__\(\) takes .*positional arguments? but \d+ were given",
        r"__init__\(\) got multiple values for argument",
    ),
)
