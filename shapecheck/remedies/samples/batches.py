"""The last batch of a loader, which may be smaller than the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.failing import says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, node_at, parents, user_sources
from shapecheck.remedies.moves import made_or_written
from shapecheck.remedies.names.sizes import handed_size
from shapecheck.remedies.names.written_sizes import written_sizes

NOT_EVALUATED = "the last samples would be left out of what is evaluated"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Without the batch of one that a norm cannot take."""
    return list(drop_last(evidence, cost=0.1)) if says(evidence, r"Expected more than 1 value per channel") else []


def drop_last(evidence: Evidence, *, cost: float) -> Iterator[Candidate]:
    """Loaders that leave out an incomplete last batch: all of the script at once, and each alone.

    Training sees them in another epoch, an evaluation is then of fewer samples than it says.
    """
    doubt = NOT_EVALUATED if _learns_nothing(evidence) else ""
    changes = []
    for source in user_sources(evidence):
        for call in source.calls("DataLoader"):
            if any(each.arg in ("drop_last", "batch_sampler") for each in call.keywords):
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


def _learns_nothing(evidence: Evidence) -> bool:
    """Whether what failed was called where no gradient is recorded: in a block of that kind, or a function of it."""
    for node in [node_at(frame.span) for frame in evidence.frames if frame.is_user]:
        for up in parents(node):
            heads = [each.context_expr for each in up.items] if isinstance(up, ast.With) else []
            heads += up.decorator_list if isinstance(up, ast.FunctionDef) else []
            names = [last_name(each.func if isinstance(each, ast.Call) else each) for each in heads]
            if any(each in ("no_grad", "inference_mode") for each in names):
                return True
    return False


def of_this_batch(evidence: Evidence, item: Argument, rows: int, *, cost: float) -> Iterator[Candidate]:
    """What a factory made for a number of samples that it was told: for as many as the batch at hand has."""
    for origin in made_or_written(evidence, item):
        written = written_sizes(origin.span, evidence)
        if written:
            sizes = (rows, *sizes_of(item)[1:])
            yield from handed_size(evidence, written[0], rows, (Step("set_size", item.role, sizes),), cost=cost)
            return
