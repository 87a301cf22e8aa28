"""Steps that the loss leaves out, and a measure counts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.crashes.scopes import own_nodes
from shapecheck.capture.instruments.axes.classes import (
    KEEPS_CLASSES,
    Classes,
    Known,
    above,
    ignored_label,
    measured_classes,
)
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import span_of, tree_of, unparsed
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CUTS, EQUALS, GUESSES
from shapecheck.findings import Fix
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import names_in

_MOVES = CUTS | frozenset(["squeeze", "unsqueeze", "transpose", "permute", "t", "T"])
# A guess that is filled with the label where nothing is asked is right there, and counts all the same.
_FILLS = frozenset(["masked_fill", "__setitem__", "mul"])
# A sum is kept, and added to what is divided.
_HOPS = 3
_CONVERTS = KEEPS_CLASSES | CUTS | frozenset(["squeeze", "bool"])


def padding_measured(step: Step, known: Known | None = None) -> Iterator[Sighting]:
    """A share of right guesses, out of all labels, with those in it that the loss was told to ignore, or picks not."""
    classes = measured_classes(step, known or {})
    for node in step.recorded if classes else ():
        if node.name not in EQUALS or len(node.parents) != 2 or node.index in step.to_loss:
            continue
        for guess, labels in (node.parents, node.parents[::-1]):
            item = _scores_of(step, guess, classes)
            share = _share_of(step, node) if item is not None and labels not in step.learned else None
            value = step.known(labels)
            if item is None or share is None or value is None:
                continue
            left_out = int((value == item.ignored).sum())
            if 0 < left_out < value.numel():
                text = (
                    f"{left_out} of the {value.numel()} labels are {item.ignored}, which the loss ignores; the share "
                    "of right guesses is taken of all of them"
                )
                call = _count_of_all(node) if share.name == "sum" else None
                yield _told(share, call, item.ignored, text)
                break
            hidden = 0 if item.mask is None or item.mask.numel() != value.numel() else int((~item.mask).sum())
            if 0 < hidden < value.numel():
                text = (
                    f"{hidden} of the {value.numel()} labels are padding by the mask by which the loss picks those "
                    "that it looks at; the share of right guesses is taken of all of them"
                )
                yield _told(share, _count_of_all(node) if share.name == "sum" else None, None, text)
                break


def losses_measured(step: Step) -> Iterator[Sighting]:
    """The sum of a loss that ignores some labels, over the number of all labels."""
    for node in step.recorded:
        labels = step.known(node.parents[1]) if node.name in CLASS_LOSSES and len(node.parents) > 1 else None
        total = _total_of(step, node) if labels is not None else None
        call = _divisor(total, node) if total is not None else None
        if labels is None or total is None or call is None:
            continue
        ignored = ignored_label(node)
        left_out = int((labels == ignored).sum())
        if 0 < left_out < labels.numel():
            text = (
                f"{left_out} of the {labels.numel()} labels are {ignored}, which the loss ignores; its sum is "
                "divided by the number of all of them"
            )
            yield _told(total, call, ignored, text)


def _total_of(step: Step, loss: Node) -> Node | None:
    """Where losses of single labels are summed up to one number."""
    if loss.kwargs.get("reduction") == "sum":
        return loss
    made = loss.ref
    for index in range(loss.index + 1, step.last if loss.kwargs.get("reduction") == "none" else 0):
        node = step.node(index)
        if made in node.parents:
            if node.name not in CUTS:
                return node if node.name == "sum" and not node.shapes[0] else None
            made = Ref(index)
    return None


def _divisor(total: Node, loss: Node) -> ast.Call | None:
    """The number of all labels by which the function divides this sum, or what it adds up of such sums."""
    if total.spot is None or loss.spot is None:
        return None
    call = _count_of_all(loss if loss.spot.code is total.spot.code else total)
    if call is None:
        return None
    around = function_around(total.spot) or tree_of(total.spot.code.co_filename)
    nodes = list(own_nodes(around)) if around is not None else []
    if not any(node is call for node in nodes):
        return None
    sums, counts = (_given_names(nodes, text) for text in (total.spot.span.text.strip(), ast.unparse(call)))
    for node in nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            of, by = (ast.unparse(side) for side in (node.left, node.right))
            is_sum = unparsed(total.spot.span.text) in of or bool(sums & names_in(node.left))
            if is_sum and (ast.unparse(call) in by or by in counts):
                return call
    return None


def _given_names(nodes: list[ast.AST], text: str) -> set[str]:
    """The names that are given an expression, or that it is added to, and those that are given these."""
    text, found = unparsed(text), set[str]()
    for _ in range(_HOPS):
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if text in ast.unparse(node.value) or found & names_in(node.value):
                    found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def _scores_of(step: Step, guess: Ref, classes: dict[Ref, Classes]) -> Classes | None:
    """What the losses say of the scores that a guess is the likeliest class of."""
    _, node = origin(step.tape, guess, _CONVERTS | _MOVES | _FILLS, first=step.first)
    if node.name == "where" and node.index >= step.first:
        kept = [item for item in node.args[1:3] if isinstance(item, Ref)]
        return next((found for item in kept if (found := _scores_of(step, item, classes)) is not None), None)
    if node.name not in GUESSES or not node.parents:
        return None
    return next((classes[ref] for ref, _ in above(step, node.parents[0], 0) if ref in classes), None)


def _share_of(step: Step, node: Node) -> Node | None:
    """The mean over all that a comparison says, or its sum where the script counts all; None if some are left out."""
    said = {node.ref}
    for index in range(node.index + 1, step.last):
        other = step.node(index)
        if not said & set(other.parents):
            continue
        if other.name in ("mean", "sum") and len(other.shapes[0]) == 0:
            return other if other.name == "mean" or _count_of_all(node) is not None else None
        if other.name not in _CONVERTS:
            return None
        said.add(Ref(index))
    return None


def _told(share: Node, call: ast.Call | None, ignored: int | None, text: str) -> Sighting:
    """What is told, at the line where all are counted, if that is another one."""
    title = f"the share of those with labels != {ignored} alone"
    if ignored is None:
        title = "the share of those that the mask keeps alone"
    if call is None or not isinstance(call.func, ast.Attribute) or share.spot is None:
        return sighted("padding_measured", share, text, (Fix(title, (), "no"),))
    file = share.spot.code.co_filename
    counted = ast.unparse(call)
    text_of_rest = f"({ast.unparse(call.func.value)} != {ignored}).sum().item()"
    edits = replaced_text(file, call, text_of_rest) if ignored is not None else ()
    seen = sighted("padding_measured", share, text, (Fix(title, edits, "no"),))
    return replace(seen, span=span_of(file, call, counted))


def _count_of_all(node: Node) -> ast.Call | None:
    """Where the function counts all numbers of something that is compared: ``labels.numel()``."""
    if node.spot is None:
        return None
    around = function_around(node.spot) or tree_of(node.spot.code.co_filename)
    # What is compared, or of a loss what it is given last: the labels.
    compared = expression(node.spot.span.text)
    if isinstance(compared, ast.Call):
        compared = next(
            (call.args[-1] for call in ast.walk(compared) if isinstance(call, ast.Call) and call.args), None
        )
    said = {ast.unparse(part) for part in ast.walk(compared or ast.Pass())}
    for call in ast.walk(around) if around is not None else ():
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in ("numel", "nelement")
            and ast.unparse(call.func.value) in said
        ):
            return call
    return None


PROBE = Probe(
    "no measure counts what the loss leaves out",
    lambda look: (*padding_measured(look.step, look.classes), *losses_measured(look.step)),
    in_evaluation=True,
)
