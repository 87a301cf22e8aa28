"""A layer that the constructor makes and nobody calls, where its numbers are what is missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.applied import given_as
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import INDEX_LOSSES, RECURRENT, failed, features_taken, operand
from shapecheck.reading.layers.idle_layers import idle_layers
from shapecheck.reading.mismatches import both_ways, pair, sizes_of
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.sources import Source, class_around, node_at, source_of
from shapecheck.reading.where_made import made_or_written

_TURNED = "one of the two has fitting axes that may have to be exchanged"
_OTHERS = "another layer that nobody calls leads there as well"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The idle layer put before what refused its operand."""
    found = [*_before_loss(evidence), *_before_product(evidence), *_before_sum(evidence)]
    operation = failed(evidence, "Linear", *RECURRENT)
    if operation is None:
        return found
    item, state = operand(operation, "input"), operand(operation, "h_0", "hx")
    want = features_taken(operation)
    if item is not None and sizes_of(item)[-1:] not in ((), (want,)):
        found += _through_idle(evidence, item, want)
    if state is not None and operation.config.get("num_layers") and operand(operation, "c_0") is None:
        width = state_sizes(operation, state.role)[2]
        if sizes_of(state)[-1:] not in ((), (width,)):
            found += _through_idle(evidence, state, width)
    return found


def _before_loss(evidence: Evidence) -> list[Candidate]:
    """The head in front of a loss, where a label is larger than there are scores without it."""
    operation = failed(evidence, *INDEX_LOSSES)
    scores, labels = (operand(operation, role) for role in ("input", "target"))
    most = labels.value.facts.get("max") if labels is not None else None
    if scores is None or most is None or not sizes_of(scores) or most < sizes_of(scores)[-1]:
        return []
    made = made_or_written(evidence, scores)
    for origin in (*made[1::-1], *made[2:]):
        source = source_of(origin.span.file)
        owner = class_around(source.node_at(origin.span)) if source is not None else None
        if source is None or owner is None:
            continue
        heads = {
            name: wide
            for name, call in idle_layers(owner)
            if _size(evidence, source, call, 0, "in_features") == sizes_of(scores)[-1]
            and (wide := _size(evidence, source, call, 1, "out_features")) > most
        }
        found = []
        for name in sorted(heads, key=lambda each: heads[each]):
            change = Change(origin.span, f"self.{name}({origin.span.text})")
            step = Step("stand_in", scores.role, (*sizes_of(scores)[:-1], heads[name]))
            found.append(Candidate(change.text, (change,), (step,), 0.02, _OTHERS if len(heads) > 1 else ""))
        if found:
            return found
    return []


def _before_product(evidence: Evidence) -> Iterator[Candidate]:
    """The left factor of a product, which is not as wide as the right one is high."""
    factors = pair(failed(evidence, "matmul", "bmm", "mm"))
    if factors is not None and len(sizes_of(factors[1])) > 1 and sizes_of(factors[0]):
        left, want = factors[0], sizes_of(factors[1])[-2]
        have, wide = sizes_of(left)[-1], sizes_of(factors[1])[-1]
        if have == want:
            return
        is_turned = wide == have or sizes_of(left)[-2:-1] == (want,)
        # Another idle layer may be for the right one, to make it as high as the left one is wide.
        doubt = _TURNED if is_turned else _OTHERS if _fitting(evidence, left, want, have) else ""
        for each in _through_idle(evidence, left, want):
            yield each.doubted(doubt)


def _before_sum(evidence: Evidence) -> Iterator[Candidate]:
    """What a function was handed that adds it to something of another width, where its caller has the idle layer."""
    for item, other in both_ways(failed(evidence, "add", "add_")):
        have, want = sizes_of(item)[-1:], sizes_of(other)[-1:]
        if item.span is None or have == want or (1,) in (have, want) or not have or not want:
            continue
        for origin in evidence.chains.get(item.span, ())[:1]:
            if class_around(node_at(origin.span)) is not class_around(node_at(item.span)):
                for each in _through_idle(evidence, replace(item, span=origin.span), want[0]):
                    # What is changed stands farther out than the call that could be tried.
                    yield replace(each, trial=())


def _through_idle(evidence: Evidence, item: Argument, want: int) -> Iterator[Candidate]:
    if item.span is None:
        return
    fitting = _fitting(evidence, item, sizes_of(item)[-1], want)
    for name in fitting:
        text = f"self.{name}({item.span.text})"
        step = Step("stand_in", item.role, (*sizes_of(item)[:-1], want))
        yield Candidate(text, (Change(item.span, text),), (step,), 0.02, _OTHERS if len(fitting) > 1 else "")


def _fitting(evidence: Evidence, item: Argument, have: int, want: int) -> list[str]:
    """The idle layers of the class around an operand that lead from one width to another."""
    source = source_of(item.span.file) if item.span is not None else None
    owner = class_around(node_at(item.span))
    if source is None or owner is None:
        return []
    return [
        name
        for name, call in idle_layers(owner)
        if _size(evidence, source, call, 0, "in_features") == have
        and _size(evidence, source, call, 1, "out_features") == want
    ]


def _size(evidence: Evidence, source: Source, call: ast.Call, at: int, name: str) -> int:
    """A number of a constructor's call, as far as the source tells; 0 where it does not."""
    told = given_as(call, name, at)
    if told is None:
        return 0
    return int(worked_out(evidence, source.span(told)) or 0)
