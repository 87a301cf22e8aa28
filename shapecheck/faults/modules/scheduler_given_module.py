"""A scheduler of the learning rate is given a model, or its parameters, and not the optimizer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.applied import given_as
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import replaced
from shapecheck.reading.failing import OPTIMIZERS, says
from shapecheck.reading.script_classes import failed_line
from shapecheck.reading.sources import Source, home_around, known_at, last_name, walk

_SEVERAL = "there are several optimizers"
_HOLDS_ONE = "what is given may hold an optimizer of its own"


def _recognise(evidence: Evidence) -> Recognition | None:
    line = failed_line(evidence) if says(evidence, r"is not an Optimizer") is not None else None
    if line is None:
        return None
    call = next((each for each in line[1] if _makes_scheduler(each)), None)
    given = given_as(call, "optimizer", 0) if isinstance(call, ast.Call) else None
    if given is None:
        return None
    held = evidence.held.get(ast.unparse(given))
    is_other = isinstance(given, ast.Name | ast.Attribute) and (
        held is None or (held.kind == "other" and held.type != "generator")
    )
    ways = tuple(_optimizers(line[0], given, _HOLDS_ONE if is_other else ""))
    because = f"{line[0].span(given).text} is no optimizer, and it is the optimizer that has a learning rate"
    return Recognition(because, weight=9, candidates=ways, place=line[0].span(given))


def _makes_scheduler(node: ast.AST) -> bool:
    """Whether a call makes a scheduler, by its name."""
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    return name.endswith(("LR", "Plateau", "Restarts", "Scheduler", "WarmUp", "Warmup")) or "schedul" in name.lower()


def _optimizers(source: Source, given: ast.expr, doubt: str) -> Iterator[Candidate]:
    """The optimizers that stand above, by their names."""
    home = home_around(given) or source.tree
    names = [
        ast.unparse(target)
        for line in walk(home)
        for target, value in values_given(line)
        if isinstance(value, ast.Call) and last_name(value.func) in OPTIMIZERS and value.lineno < given.lineno
    ]
    names = [each for each in names if each.partition(".")[0] in known_at(given)]
    for name in dict.fromkeys(names):
        text = f"{ast.unparse(given)} -> {name}"
        unsure = _SEVERAL if len(set(names)) > 1 else doubt
        yield Candidate(text, (replaced(source.span(given), name),), (), 0.0, unsure)


BAD = """\
import torch
from torch import nn

model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(model, step_size=2)
optimizer.step()
scheduler.step()
"""

GOOD = BAD.replace("StepLR(model,", "StepLR(optimizer,")

FAULT = Fault(
    code="SC937",
    slug="scheduler_given_module",
    headline="a scheduler is given something else than the optimizer",
    why=(
        "A scheduler changes the learning rate, and that is kept by the optimizer. It is made with the optimizer, "
        "which was made with the parameters."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="StepLR(optimizer, step_size=10): model, then optimizer, then scheduler.",
    messages=(r"\w+ is not an Optimizer",),
)
