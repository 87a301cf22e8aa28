"""The last batch of a loader, which may be smaller than the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, with_keyword
from shapecheck.reading.failing import says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    function_at,
    home_around,
    last_name,
    loop_around,
    node_at,
    parameters,
    parents,
    user_sources,
)

_NOT_EVALUATED = "the last samples would be left out of what is evaluated"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Without the batch of one that a norm cannot take."""
    return list(drop_last(evidence, cost=0.1)) if says(evidence, r"Expected more than 1 value per channel") else []


def drop_last(evidence: Evidence, *, cost: float, full: int | None = None) -> Iterator[Candidate]:
    """Loaders that leave out an incomplete last batch: all of the script at once, and each alone.

    Training sees them in another epoch, an evaluation is then of fewer samples than it says.

    Args:
        evidence: The problem.
        cost: What it costs.
        full: How many samples a full batch has, where that is known: others' loaders are not to blame.
    """
    doubt = _NOT_EVALUATED if learns_nothing(evidence) else ""
    changes = []
    for source in user_sources(evidence):
        for call in source.calls("DataLoader"):
            if any(each.arg in ("drop_last", "batch_sampler") for each in call.keywords):
                continue
            told = argument(source.span(call), "batch_size", 1)
            size = worked_out(evidence, told) if told is not None else None
            if (full is not None and size not in (None, full)) or _is_full(evidence, size):
                continue
            change = with_keyword(source.span(call), "drop_last", "True")
            if change is not None:
                changes.append(change)
    if not changes:
        return
    for at, change in enumerate(changes):
        yield Candidate("drop_last=True", (change,), (), cost + 0.01 * at + (0.1 if len(changes) > 1 else 0.0), doubt)
    if len(changes) > 1:
        yield Candidate("drop_last=True for every loader", tuple(changes), (), cost + 0.3, doubt)


def _is_full(evidence: Evidence, size: int | None) -> bool:
    """Whether what the function that failed was given holds as many samples as a whole batch."""
    frames = [each for each in evidence.frames if each.is_user]
    function = function_at(frames[-1].span) if frames else None
    given = [frames[-1].names.get(name) for name in parameters(function)] if function is not None else []
    counts = {sizes[0] for sizes in map(sizes_of, given) if sizes}
    return size is not None and counts == {size}


def learns_nothing(evidence: Evidence) -> bool:
    """Whether what failed was called where no gradient is recorded, or in a loop that only evaluates."""
    nodes = [node_at(frame.span) for frame in evidence.frames if frame.is_user]
    if any(_is_evaluated(node) for node in nodes):
        return True
    for node in nodes:
        for up in parents(node):
            heads = [each.context_expr for each in up.items] if isinstance(up, ast.With) else []
            heads += up.decorator_list if isinstance(up, ast.FunctionDef) else []
            names = [last_name(each.func if isinstance(each, ast.Call) else each) for each in heads]
            if any(each in ("no_grad", "inference_mode") for each in names):
                return True
    return False


def _is_evaluated(node: ast.expr | None) -> bool:
    """Whether the nearest loop around a call goes back nowhere, and a model was told to evaluate in front of it."""
    loop = loop_around(node)
    home = home_around(loop)
    if loop is None or home is None or any(last_name(each.func) in ("backward", "step") for each in _calls(loop)):
        return False
    told = [each for each in _calls(home) if last_name(each.func) in ("eval", "train") and each.lineno < loop.lineno]
    return bool(told) and last_name(max(told, key=lambda each: each.lineno).func) == "eval"


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))
