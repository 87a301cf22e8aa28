"""Guesses that are cut out of scores where probabilities have their middle, or out of probabilities at zero."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import COMPARES, CONVERTS, CUTS, EQUALS, LOGIT_LOSSES, PROBABILITIES
from shapecheck.findings import Fix

_KEEPS = CONVERTS | CUTS | frozenset(["squeeze", "unsqueeze", "cpu", "transpose", "permute", "t", "T"])
_OF_SHARES = frozenset(["binary_cross_entropy"])
_JOINS = EQUALS | frozenset(["mul", "bitwise_and", "logical_and", "bitwise_xor", "logical_xor", "sub", "bitwise_or"])
_LEAVES_OUT = frozenset(["masked_fill", "where", "add", "__setitem__", "topk", "relu"])
_HALF = 0.5
# A model, by its identity, and the how manyth of its outputs.
Output = tuple[int, int]


def cut_elsewhere(step: Step) -> Iterator[Sighting]:
    """``(logits > 0.5) == y`` where the loss takes logits, and ``(probabilities > 0) == y``."""
    tape = step.tape
    trained: dict[str, set[Output]] = {"scores": set(), "shares": set()}
    for node in tape.nodes[: step.last]:
        if node.graded and node.parents and node.name in LOGIT_LOSSES | _OF_SHARES:
            kind = "scores" if node.name in LOGIT_LOSSES else "shares"
            trained[kind] |= _outputs(tape, node.parents[0])
    for kind, outputs in trained.items():
        for root in step.roots if outputs else ():
            for at, ref in enumerate(root.outputs):
                if (id(root.module), at) not in outputs or _is_share(tape, ref) is not (kind == "shares"):
                    continue
                if kind == "shares" and _may_be_nothing(tape, ref):
                    continue
                cut = _cut(step, ref, kind)
                if cut is not None and not _is_chosen(tape, outputs, kind):
                    yield _told(cut, kind)
                    return


def _outputs(tape: Tape, ref: Ref) -> set[Output]:
    """Whose outputs a loss is given, as they are."""
    refs = {ref}
    while (node := tape.nodes[ref.node]).name in _KEEPS and node.parents:
        ref = node.parents[0]
        refs.add(ref)
    at = tape.nodes[ref.node].index
    roots = (root for root in reversed(tape.roots) if root.first <= at < root.last)
    return {(id(root.module), out) for root in roots for out, made in enumerate(root.outputs) if made in refs}


def _is_share(tape: Tape, ref: Ref) -> bool:
    return _made(tape, ref).name in PROBABILITIES


def _made(tape: Tape, ref: Ref) -> Node:
    """What made a tensor, whatever it was laid out as since."""
    return origin(tape, ref, _KEEPS)[1]


def _may_be_nothing(tape: Tape, ref: Ref) -> bool:
    """Whether choices were left out before they became probabilities: of these nothing is left, and that is asked."""
    made = _made(tape, ref)
    return bool(made.parents) and _made(tape, made.parents[0]).name in _LEAVES_OUT


def _is_chosen(tape: Tape, outputs: set[Output], kind: str) -> bool:
    """Whether what a model gives is cut at other numbers as well: the script knows its scale, and looks for a bar."""
    middle = _HALF if kind == "scores" else 0.0
    compared = [node for node in tape.nodes if node.name in COMPARES and len(node.parents) == 1 and len(node.args) > 1]
    others = [node for node in compared if isinstance(node.args[1], int | float) and float(node.args[1]) != middle]
    return any(not outputs.isdisjoint(_outputs(tape, node.parents[0])) for node in others)


def _cut(step: Step, scores: Ref, kind: str) -> Node | None:
    """Where guesses are cut out of scores, which meet what is asked for then."""
    known, cut = {scores}, dict[Ref, Node]()
    for node in step.tape.nodes[scores.node + 1 : step.last]:
        if node.index in step.to_loss and node.name not in _KEEPS:
            continue
        given = node.parents[:1]
        if given and given[0] in known:
            if node.name in _KEEPS and len(node.parents) == 1:
                known.add(node.ref)
            elif _is_cut(node, kind):
                cut[node.ref] = node
        elif any(ref in cut for ref in node.parents):
            at = next(cut[ref] for ref in node.parents if ref in cut)
            others = [ref for ref in node.parents if ref not in cut]
            if node.name in (_JOINS if kind == "scores" else EQUALS) and others and others[0] not in step.learned:
                return at
            if node.name in _KEEPS:
                cut[node.ref] = at
    return None


def _is_cut(node: Node, kind: str) -> bool:
    if node.name in COMPARES and len(node.args) > 1 and len(node.parents) == 1:
        by = node.args[1]
        return isinstance(by, int | float) and float(by) == (_HALF if kind == "scores" else 0.0)
    return node.name == "round" and kind == "scores" and len(node.args) < 2 and not node.kwargs


def _told(node: Node, kind: str) -> Sighting:
    if kind == "scores":
        text = (
            "the loss takes these numbers for scores, of which 0 is the middle; the measure cuts them at a half, which "
            "is the middle of probabilities: what is scored between the two counts as a no"
        )
        fixes = (Fix("torch.sigmoid(scores) > 0.5, or scores > 0", (), "no"),)
    else:
        text = "these numbers are probabilities, which are all above 0: each of them counts as a yes"
        fixes = (Fix("> 0.5", (), "no"),)
    return sighted("cut_elsewhere", node, text, fixes)


PROBE = Probe(
    "guesses are cut where the loss has its middle",
    lambda look: cut_elsewhere(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
