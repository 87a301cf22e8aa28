"""Losses that ask for what a mask has hidden, nearly everywhere: the mask is turned round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.padding.masked_scores import LOW
from shapecheck.capture.instruments.steps.asked import compared
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, Values, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix

# So many of the answers are hidden, and so few with the mask the other way round.
_MOST, _FEW = 0.8, 0.05
_FEWEST = 4


def answer_hidden(step: Step) -> Iterator[Sighting]:
    """``scores.masked_fill(allowed, -1e9)`` in front of a loss whose labels are what is allowed.

    The likelihood of a label is then as low as the number that was filled in, whatever the model says. Told where the
    labels are left by the same mask turned round.
    """
    asked = [(node, scores, labels) for node, scores, labels, is_class in compared(step) if is_class]
    if not asked:
        return
    fills = [node for node in step.of_loss if _fills(step, node)]
    fills = [node for node in fills if node.spot is not None and node.index in step.order]
    for place in dict.fromkeys(node.spot.place for node in fills if node.spot is not None):
        here = [node for node in fills if node.spot is not None and node.spot.place == place]
        behind = [one for one in asked if {node.index for node in here} & {*ancestors(step.tape, [one[1]], step.first)}]
        if not behind or _hidden(step, behind, step.run()) < _MOST:
            continue
        try:
            after = step.run_with({node.index: _turned_round(node) for node in here})
        except Exception:
            # It does not run, so it was not meant.
            continue
        if _hidden(step, behind, after) > _FEW:
            continue
        text = (
            f"of the {step.tape.shape(behind[0][1])} scores that the loss takes the classes of, those of its labels "
            "are the ones that the mask has made low, nearly all of them: their likelihood is as good as zero, "
            "whatever the model says. With the mask turned round hardly one is hidden"
        )
        fix = Fix("the mask turned round", _edits(step, here[0]), "call", "what is asked for is left")
        yield sighted("answer_hidden", here[0], text, (fix,))
        return


def _fills(step: Step, node: Node) -> bool:
    """Whether it makes some of what is learned low, by a mask."""
    if node.name == "masked_fill" and len(node.args) > 2:
        scores, mask, low = node.args[0], node.args[1], node.args[2]
    elif node.name == "where" and len(node.args) == 3:
        mask, scores, low = node.args
        if not isinstance(scores, Ref) or scores not in step.learned:
            scores, low = low, scores
    else:
        return False
    low = step.known(low) if isinstance(low, Ref) else low
    is_low = (low.numel() == 1 and float(low) < LOW) if isinstance(low, Tensor) else _is_number_below(low)
    return is_low and isinstance(scores, Ref) and scores in step.learned and isinstance(mask, Ref)


def _is_number_below(low: Any) -> bool:
    return isinstance(low, int | float) and low < LOW


def _turned_round(node: Node) -> Run:
    at = 1 if node.name == "masked_fill" else 0

    def run(*args: Any, **kwargs: Any) -> Any:
        given = list(args)
        given[at] = ~given[at].bool()
        return node.function(*given, **kwargs)  # type: ignore[misc]

    return run


def _hidden(step: Step, asked: list[tuple[Node, Ref, Ref]], values: Values) -> float:
    """The share of the labels whose likelihood is next to nothing; none where there are too few of them."""
    found = torch.cat([_likelihoods(step, *one, values) for one in asked])
    return float((found.isnan() | (found < LOW)).double().mean()) if len(found) >= _FEWEST else 0.0


def _likelihoods(step: Step, node: Node, scores: Ref, labels: Ref, values: Values) -> Tensor:
    """The logarithm of the likelihood of each label that counts."""
    of, picked = values.get(scores, step.known(scores)), values.get(labels, step.known(labels))
    if of is None or picked is None or picked.is_floating_point():
        return torch.zeros(0)
    if node.name == "gather":
        return values[node.ref].reshape(-1).cpu() if node.ref in values else torch.zeros(0)
    counted = picked != ignored_label(node)
    logarithms = of.log_softmax(1) if node.name == "cross_entropy" else of
    taken = logarithms.gather(1, picked.masked_fill(~counted, 0).unsqueeze(1)).squeeze(1)
    return taken[counted].reshape(-1).cpu()


def _edits(step: Step, node: Node) -> tuple[Edit, ...]:
    call = call_at(node)
    count = 3 if node.name == "where" else 2
    given = call.args[0] if call is not None and len(call.args) == count else None
    mask = node.args[0 if node.name == "where" else 1]
    if given is None or node.spot is None or step.tape.dtype(mask) != torch.bool:
        return ()
    return replaced_text(node.spot.code.co_filename, given, f"~{as_primary(given)}")


PROBE = Probe(
    "what a loss asks for is not hidden by a mask",
    lambda look: answer_hidden(look.step),
)
