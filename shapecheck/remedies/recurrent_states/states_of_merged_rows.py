"""A state laid out (samples, parts, hidden) beside rows that hold all parts of all samples: merged too."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import CELLS, failed, number, operand, shape
from shapecheck.reading.recurrent.recurrent_calls import state_roles
from shapecheck.reading.sizes.size_texts import size_of_layer

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``state.reshape(-1, state.size(-1))`` where the input has as many rows as both first axes of the state together.

    In another round of a loop the state is what the cell gave, which this leaves as it is.
    """
    operation = failed(evidence, *CELLS)
    given = shape(operation, "input") or ()
    if operation is None or len(given) != 2:
        return []
    changes, steps = dict[Change, None](), []
    roles = state_roles(operation)
    for role in roles:
        item, have = operand(operation, role), shape(operation, role) or ()
        width = number(operation, "hidden_size")
        is_merged = len(have) == 3 and have[2] == width and have[0] * have[1] == given[0] and 1 not in have[:2]
        if item is None or item.span is None or not is_merged:
            return []
        own = f"{item.expression}.size(-1)" if item.expression.isidentifier() else ""
        text = own or size_of_layer(operation, item.span, "hidden_size") or str(width)
        changes[suffixed(item.span, f".reshape(-1, {text})")] = None
        steps.append(Step("reshape", role, (-1, width)))
    if len(changes) != len(roles) or not changes:
        return []
    return [Candidate(", ".join(each.text for each in changes), tuple(changes), tuple(steps), _COST)]
