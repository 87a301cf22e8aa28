"""A mean or an attention over padding, in a function that was given the mask or the lengths and never reads them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from shapecheck.capture.instruments.padding.padded import Padding, influence, paddings
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.tensors.targets_of_terms import is_made_of_lengths, met_in
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, replaced_call, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step, Term
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import Spot, expression_at
from shapecheck.findings import Edit, Fix
from shapecheck.reading.definitions import parameters_taken

_MASKS = frozenset(["mask", "masks", "pad", "padding", "valid"])
_LENGTHS = frozenset(["lengths", "lens", "seqlens"])
_HIDES = frozenset(["mul", "masked_fill", "where", "__setitem__"])
_CALLERS = 3


def mask_never_read(step: Step) -> Iterator[Sighting]:
    """``kl.mean()`` of all positions in ``def loss(scores, wanted, mask)``, which says nothing more of the mask."""
    found = [(term, given) for term in step.terms if (given := _given_in_vain(step.node(term.node).spot)) is not None]
    for padding in paddings(step) if found else ():
        try:
            moved = influence(step, padding) if padding.is_said else {}
        except RuntimeError:
            continue
        for term, given in found:
            is_counted = term.ref in moved and _counts(step, term, padding, moved[term.ref])
            if is_counted and _is_meant_for_real(step, term, padding):
                yield _told(padding, step.node(term.node), *given)
                return
    yield from _attending(step)


def _attending(step: Step) -> Iterator[Sighting]:
    """``scores.softmax(1)`` over all steps in ``def forward(self, query, keys, mask)``, which says no more of the mask.

    That it is the padding of these keys is known where their scores move with what stands in the padding, each with
    what stands at its own place.
    """
    softmaxes = [node for node in step.of_loss if node.name == "softmax" and not _is_hidden_behind(step, node)]
    found = [(node, given) for node in softmaxes if (given := _given_in_vain(node.spot, callers=1)) is not None]
    for padding in (one for one in paddings(step) if one.is_said and one.is_behind) if found else ():
        if not bool((~padding.along_last()).all(-1).any()):
            # Where no sequence reaches the end all batches are as long, and each sample is read as it ever is.
            continue
        try:
            moved = influence(step, padding, goals=[node.parents[0] for node, _ in found])
        except RuntimeError:
            continue
        for node, given in found:
            scores = node.parents[0]
            hidden = _along(padding, step.tape.shape(scores), axis_of(node, len(node.shapes[0])))
            is_shared = hidden is not None and bool((step.value(node.ref)[hidden] > 0).all())
            if is_shared and hidden is not None and scores in moved and bool(moved[scores][hidden].all()):
                yield _told(padding, node, *given, is_shared=True)
                return


def _is_hidden_behind(step: Step, node: Node) -> bool:
    """Whether shares meet something that was not learned, such as the mask, where they are handed on."""
    return any(
        reader.name in _HIDES and any(ref not in step.learned for ref in reader.parents)
        for reader in step.readers(node)
    )


def _along(padding: Padding, shape: tuple[int, ...], axis: int | None) -> Tensor | None:
    """The padding in the shape of scores whose keys lie along an axis, if there are as many; samples lie in front."""
    hidden = padding.along_last()
    if not axis or (shape[0], shape[axis]) != tuple(hidden.shape):
        return None
    return hidden.view([size if at in (0, axis) else 1 for at, size in enumerate(shape)]).expand(shape)


def _counts(step: Step, term: Term, padding: Padding, moved: Tensor) -> bool:
    """Whether what is added up has numbers of the padding's own, which are not zero and move with it."""
    value = step.run()[term.ref]
    hidden = padding.like(tuple(value.shape))
    if hidden is None and value.numel() == padding.hidden.numel():
        hidden = padding.hidden.reshape(value.shape)
    elif hidden is None and value.shape[:1] == (padding.hidden.numel(),):
        # A row for each step of each sample.
        hidden = padding.hidden.reshape(-1, *(1 for _ in value.shape[1:]))
    if hidden is None:
        return False
    hidden = hidden.expand(value.shape)
    return bool((moved & hidden).any()) and 2 * int((value[hidden] != 0).sum()) > int(hidden.sum())


def _is_meant_for_real(step: Step, term: Term, padding: Padding) -> bool:
    """Whether something is asked for, and not of the padding as well: a penalty and the end of a row are for all."""
    met = met_in(step, term)
    return len(met) > 1 and not any(is_made_of_lengths(step, padding, ref) for ref in met - step.learned)


def _given_in_vain(spot: Spot | None, callers: int = _CALLERS) -> tuple[str, Spot] | None:
    """The mask or the lengths that a function around an instruction was given, and never reads."""
    for _ in range(callers):
        if spot is None or spot.caller is None:
            return None
        function, call = function_around(spot), expression_at(spot.caller, ast.Call)
        if function is None or not isinstance(call, ast.Call):
            return None
        names = parameters_taken(function)
        passed = [*names[: len(call.args)], *(word.arg for word in call.keywords if word.arg in names)]
        is_plain = not any(isinstance(one, ast.Starred) for one in call.args)
        mentioned = {item.id for item in ast.walk(function) if isinstance(item, ast.Name)}
        found = [name for name in passed if name and name not in mentioned and _says_what_is_real(name)]
        if len(found) == 1 and is_plain:
            return found[0], spot
        spot = spot.caller
    return None


def _says_what_is_real(name: str) -> bool:
    words = {*name.lower().split("_")}
    return bool(words & (_MASKS | _LENGTHS)) and not name.startswith("_") and "causal" not in words


def _told(padding: Padding, node: Node, name: str, spot: Spot, *, is_shared: bool = False) -> Sighting:
    """A mask that is not read where numbers are counted, or where shares are handed out."""
    text = (
        f"{int(padding.hidden.sum())} of {padding.hidden.numel()} positions are padding ({padding.why}), and each of "
        f"them has a {'share of' if is_shared else 'number of its own in'} this {node.name}; the function was given "
        f"`{name}` and never reads it"
    )
    is_here = not is_shared and node.spot is not None and node.spot.code is spot.code
    edits = _masked(node, name) if is_here and {*name.split("_")} == {"mask"} else ()
    title = f"scores filled with -inf where `{name}` says that there is nothing" if is_shared else ""
    title = title or (edits[0].replacement.strip() if edits else f"(values * {name}).sum() / {name}.sum()")
    return replace(sighted("mask_never_read", node, text, (Fix(title, edits, "no"),)), span=spot.span)


def _masked(node: Node, name: str) -> tuple[Edit, ...]:
    """The edit that takes the mean of what the mask keeps, of ``values.mean()``."""
    call = call_at(node)
    if call is None or call.args or call.keywords or not isinstance(call.func, ast.Attribute) or node.name != "mean":
        return ()
    return replaced_call(node, f"(({ast.unparse(call.func.value)} * {name}).sum() / {name}.sum())")


PROBE = Probe(
    "a mask that a loss or an attention is given is read",
    lambda look: mask_never_read(look.step),
    turn=Turn.LAST,
)
