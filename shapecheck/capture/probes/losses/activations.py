"""What a loss is fed: scores, probabilities or their logarithms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from shapecheck.capture.instruments.tensors.constructors import constructor_of
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.tensors.joined import is_joined, parts_of
from shapecheck.capture.instruments.tensors.likelihoods import is_distribution, is_never_negative, may_be_normalised
from shapecheck.capture.instruments.tensors.made import placed
from shapecheck.capture.instruments.trials.activation_edits import as_logarithm, taken_out
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.capture.recording.vocabulary import (
    FEATURE_LAYERS,
    LOG_PROBABILITY_LOSSES,
    REARRANGES,
    SAME_NUMBERS,
    SORTS,
    SUMS,
)
from shapecheck.findings import Edit, Fix

# What layers return that end in no activation.
_SCORES = frozenset(["linear", "conv1d", "conv2d", "conv3d", "matmul", "addmm", "bmm", "mm", "baddbmm"])
_OFTEN = 0.1
# What else comes out of layers; logarithms of densities, which may be large, are made by arithmetic.
_OF_LAYERS = frozenset(["relu", "tanh", "gelu", "dropout", "layer_norm", "batch_norm", "mean", "lstm", "gru", "add"])
# Loss -> activations that must not stand in front of it.
_TWICE = {
    "cross_entropy": ("softmax", "sigmoid", "log_sigmoid"),
    "binary_cross_entropy_with_logits": ("sigmoid", "softmax", "log_sigmoid", "log_softmax"),
    "multilabel_soft_margin_loss": ("sigmoid", "softmax"),
}

# Of what these return no logarithm is taken once more, and no logit.
_ARE_LOGARITHMS = frozenset(["log_sigmoid", "log_softmax"])
# What is asked for what it is fed with.
_FED = frozenset([*_TWICE, *LOG_PROBABILITY_LOSSES, "logsumexp", "kl_div", "binary_cross_entropy"])
_RANKS = SORTS | {"argmax", "argmin", "kthvalue", "quantile", "median", "gt", "ge", "lt", "le"}
_RUNS = "the step runs"


def activations(step: Step) -> Iterator[Sighting]:
    """Losses that are fed with something else than what they take the logarithm of, or do not."""
    if step.first == step.last:
        yield from _collected(step)
    offered: list[tuple[Edit, ...]] = []
    # An evaluation's last call may be that of its loss.
    is_trained = any(loss == step.loss for loss, _ in step.tape.losses)
    # What only ranks or picks samples has no gradient, whatever is learned of those that it picks.
    graph = graph_of(step.tape, step.loss, {}) or step.to_loss
    for node in step.nodes:
        if not node.parents:
            continue
        if node.index not in graph or not is_trained:
            yield from _measured(step, node)
            continue
        made = _maker(step, node) if node.name in _FED else None
        if made is None or (node.name in LOG_PROBABILITY_LOSSES and _is_added_to(step, node)):
            continue
        if node.name == "logsumexp" and made.name in ("softmax", "sigmoid") and _normalises(step, node):
            text = (
                f"logits are scores, of which a distribution subtracts the logsumexp itself; here they are what "
                f"{made.name} returned, between 0 and 1: whatever the layers say, all choices stay about as likely"
            )
            yield sighted("activation_twice", node, text, (Fix("probs=...", (), "no"),))
        elif node.name in _TWICE and made.name in _TWICE[node.name]:
            if _is_normalised(step, node, made):
                continue
            text = f"{_twice(node, made)}: the gradient shrinks, and the loss cannot come near zero"
            if is_joined(step, node.parents[0]):
                # What comes out of a model in parts is read by others as well: the loss can do without.
                fix = _without_its_own(step, node, made)
                if not fix.edits or fix.edits not in offered:
                    offered.append(fix.edits)
                    yield sighted("activation_twice", made, text, (fix,))
            else:
                changed = _to_change(step, node, made)
                fix = _left_out(step, made) if changed is made else _without_its_own(step, node, made)
                yield placed(step, made, sighted("activation_twice", changed, text, (fix,)))
        elif node.name in LOG_PROBABILITY_LOSSES and made.name in ("softmax", "sigmoid"):
            value = float(step.value(node.parents[0]).max())
            text = f"{node.name} takes log-probabilities, and is fed probabilities up to {value:.2g}: it has no bound"
            yield sighted("probabilities_instead_of_logarithms", made, text, _with_logarithm(step, node, made))
        elif (
            node.name in LOG_PROBABILITY_LOSSES
            and made.name in _SCORES | _OF_LAYERS
            and bool((step.value(node.parents[0]) > 1e-3).any())
        ):
            value = float(step.value(node.parents[0]).max())
            text = (
                f"{node.name} takes log-probabilities, which are never above 0, and is fed with values up to "
                f"{value:.2g}"
            )
            yield sighted("scores_instead_of_logarithms", node, text)
        elif node.name == "kl_div" and made.name == "softmax":
            text = "kl_div takes log-probabilities as its input, and is fed with what softmax returned"
            yield sighted("probabilities_instead_of_logarithms", made, text, _with_logarithm(step, node, made))
        elif node.name == "kl_div" and made.name in _SCORES and bool((step.value(node.parents[0]) > 1e-3).any()):
            value = float(step.value(node.parents[0]).max())
            text = f"kl_div takes log-probabilities, which are never above 0, and is fed with values up to {value:.2g}"
            yield sighted("scores_instead_of_logarithms", node, text)
        elif node.name == "binary_cross_entropy" and made.name == "clamp":
            yield from _of_cut_scores(step, made)
        else:
            yield from _of_probabilities(step, node)


def _is_normalised(step: Step, node: Node, made: Node) -> bool:
    """Whether what is fed are logarithms of distributions, such as those of a sigmoid and of its rest, side by side."""
    if node.name != "cross_entropy" or made.name not in _ARE_LOGARITHMS:
        return False
    return may_be_normalised(step, node.parents[0], min(1, len(step.tape.shape(node.parents[0])) - 1))


def _twice(node: Node, made: Node) -> str:
    own = "log_softmax" if node.name == "cross_entropy" else "sigmoid"
    return f"{node.name} applies its own {own}, and is fed with what {made.name} returned"


def _measured(step: Step, node: Node) -> Iterator[Sighting]:
    """The same of a loss that is only measured, as on the samples of a validation.

    What picks the probability of a class is a measure of its own: there an ``nll_loss`` of probabilities may be meant.
    """
    if node.parents[0] not in step.learned or not (node.name in _TWICE or _is_called_loss(node)):
        return
    made = _maker(step, node)
    if node.name == "nll_loss":
        is_meant = _is_added_to(step, node) or _is_turned(step, node) or _is_ranked(step, node)
        if made is not None and made.name == "softmax" and not is_meant:
            text = "nll_loss takes log-probabilities, and is fed probabilities: what is measured lies between -1 and 0"
            yield sighted("probabilities_instead_of_logarithms", made, text, _with_logarithm(step, node, made))
    elif made is not None and made.name in _TWICE[node.name]:
        if _is_normalised(step, node, made):
            return
        is_elsewhere = is_joined(step, node.parents[0]) or not _is_beside(made, node)
        changed = node if is_elsewhere else _to_change(step, node, made)
        fix = _left_out(step, made) if changed is made else _of_scores_again(node, made)
        text = f"{_twice(node, made)}: what is measured cannot come near zero, and is no loss of these scores"
        yield placed(step, made, sighted("activation_twice", changed, text, (fix,)))
    else:
        yield from _of_probabilities(step, node)


def _is_called_loss(node: Node) -> bool:
    """Whether an ``nll_loss`` is meant for one: a criterion, or what its line calls so; its negative is a measure."""
    if node.name != "nll_loss" or node.spot is None:
        return False
    statement = statement_at(node.spot.code.co_filename, node.spot.line)
    value = getattr(statement, "value", None)
    if value is None or any(map(_is_negative, ast.walk(value))):
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", value)]
    named = " ".join(ast.unparse(target).lower() for target in targets)
    return isinstance(node.module, nn.NLLLoss) or any(word in named for word in ("loss", "nll", "perplex", "ppl"))


def _is_negative(item: ast.AST) -> bool:
    if isinstance(item, ast.UnaryOp):
        return isinstance(item.op, ast.USub) and not isinstance(item.operand, ast.Constant)
    return isinstance(item, ast.BinOp) and isinstance(item.op, ast.Sub)


def _is_beside(made: Node, node: Node) -> bool:
    """Whether an activation stands in the function that measures; others call a function that is meant to guess."""
    spots = (node.spot, node.spot.caller) if node.spot is not None else ()
    return made.spot is not None and any(spot is not None and spot.code is made.spot.code for spot in spots)


def _of_scores_again(node: Node, made: Node) -> Fix:
    """What undoes an activation, for a loss whose criterion is that of training as well."""
    if made.name in _ARE_LOGARITHMS:
        return _scores_before(made)
    if node.name == "cross_entropy":
        return Fix("the logarithm of the probabilities", _fed_with(node, ".clamp_min(1e-8).log()"), "no")
    return Fix("the logit of the probabilities", _fed_with(node, ".logit(eps=1e-6)"), "no")


def _scores_before(made: Node) -> Fix:
    return Fix(f"what {made.name} was given", (), "no")


def _collected(step: Step) -> Iterator[Sighting]:
    """The same of what a whole evaluation was collected to, of which the tape knows no numbers any more."""
    tape = step.tape
    returned = {ref for root in tape.roots for ref in root.outputs}
    for node in tape.nodes[tape.evaluated_from :]:
        if node.name not in _TWICE or not node.parents or node.root >= 0:
            continue
        made = [tape.nodes[ref.node] for ref in _put_together(tape, node.parents[0]) if ref not in returned]
        names = {one.name for one in made}
        # Logarithms of distributions stay what they are in front of a cross_entropy: without numbers nothing is said.
        told = {*_TWICE[node.name]} - (_ARE_LOGARITHMS if node.name == "cross_entropy" else set())
        if len(names) == 1 and names <= told:
            text = f"{_twice(node, made[0])}: what is measured cannot come near zero, and is no loss of these scores"
            yield sighted("activation_twice", node, text, (_of_scores_again(node, made[0]),))


def _put_together(tape: Tape, ref: Ref) -> Iterator[Ref]:
    """What a tensor was put together of, behind what only moves it."""
    open_refs, seen = [ref], set[Ref]()
    while open_refs:
        at = open_refs.pop()
        node = tape.nodes[at.node]
        if at in seen:
            continue
        seen.add(at)
        if node.name in ("cat", "stack"):
            open_refs += node.parents
        elif node.name in REARRANGES and node.name != "masked_select" and node.parents:
            open_refs.append(node.parents[0])
        else:
            yield at


def _left_out(step: Step, made: Node) -> Fix:
    """The step without the activation."""
    edits = taken_out(step, made)
    return Fix(f"without the {made.name}", edits, tried(step, {made.index: lambda given, *_, **__: given}), _RUNS)


def _with_logarithm(step: Step, node: Node, made: Node) -> tuple[Fix, ...]:
    """The logarithm of a softmax, made where that is made, or where others read it as well, for the loss alone."""
    if made.name != "softmax":
        return ()

    def logarithm(*args: Any, **kwargs: Any) -> Any:
        return made.function(*args, **kwargs).log()  # type: ignore[misc]

    is_alone = _to_change(step, node, made) is made
    edits = as_logarithm(step, made) if is_alone else _fed_with(node, ".clamp_min(1e-8).log()")
    title = "log_softmax in the place of softmax" if is_alone else "the logarithm of the probabilities"
    return (Fix(title, edits, tried(step, {made.index: logarithm}) if is_alone else "no", _RUNS if is_alone else ""),)


def _is_added_to(step: Step, node: Node) -> bool:
    """Whether a number is added to what comes out, as in ``1 - p ** q``: probabilities were picked on purpose."""
    readers = step.readers(node)
    return any(reader.name in SUMS and len(reader.parents) == 1 for reader in readers)


def _is_turned(step: Step, node: Node) -> bool:
    """Whether its sign is: what is left is how likely the right class was."""
    readers = (step.node(index) for index in range(node.index + 1, step.last))
    return any(node.ref in reader.parents and reader.name in ("neg", "rsub") for reader in readers)


def _is_ranked(step: Step, node: Node) -> bool:
    """Whether it only tells which samples come first: those of the smallest probability do in either case."""
    readers = [step.node(index) for index in range(node.index + 1, step.last)]
    readers = [reader for reader in readers if node.ref in reader.parents]
    return bool(readers) and all(reader.name in _RANKS for reader in readers)


def _of_cut_scores(step: Step, made: Node) -> Iterator[Sighting]:
    """Scores that a clamp makes look like probabilities: where it cuts, no gradient comes through."""
    given = made.parents[0]
    layer = _maker(step, made)
    value = step.value(given)
    cut = float(((value < -0.01) | (value > 1.01)).double().mean())
    if layer is None or layer.name not in FEATURE_LAYERS or cut < _OFTEN:
        return
    text = (
        f"binary_cross_entropy takes probabilities, and what is cut to their range here are scores of {layer.name}, "
        f"{cut:.0%} of them outside: these count as certain, and no gradient comes back through the cut"
    )
    call = call_at(made)
    edits: tuple[Edit, ...] = ()
    if call is not None and made.spot is not None and isinstance(call.func, ast.Attribute):
        scores = call.args[0] if ast.unparse(call.func.value) == "torch" and call.args else call.func.value
        edits = replaced_text(made.spot.code.co_filename, call, f"{ast.unparse(scores)}.sigmoid()")
    yield sighted("scores_cut", made, text, (Fix("a sigmoid instead of the cut", edits, "no"),))


def _of_probabilities(step: Step, node: Node) -> Iterator[Sighting]:
    """Losses that are fed with what became probabilities by arithmetic: averages, mixtures, products of such."""
    fed = node.parents[0]
    if node.name in ("cross_entropy", "nll_loss", "kl_div"):
        shape = step.tape.shape(fed)
        if not is_distribution(step, fed, len(shape) - 1 if node.name == "kl_div" else min(1, len(shape) - 1)):
            return
        fix = Fix("the logarithm of the probabilities", _fed_with(node, ".clamp_min(1e-8).log()"), "no")
        if node.name == "cross_entropy":
            text = (
                "cross_entropy applies its own log_softmax, and each row that it is fed with is a distribution "
                "already, with nothing below 0 and the sum 1: the gradient shrinks, and the loss cannot come near zero"
            )
            yield sighted("activation_twice", node, text, (fix,))
        else:
            text = f"{node.name} takes log-probabilities, and each row that it is fed with has the sum 1: probabilities"
            yield sighted("probabilities_instead_of_logarithms", node, text, (fix,))
    elif node.name in _TWICE and is_never_negative(step, fed):
        text = (
            f"{node.name} applies its own sigmoid, and is fed with numbers from 0 to 1 that were made of "
            "probabilities alone: none is ever below 0, so nothing is ever thought less likely than a half"
        )
        fix = Fix("the logit of the probabilities", _fed_with(node, ".logit(eps=1e-6)"), "no")
        yield sighted("activation_twice", node, text, (fix,))


def _fed_with(node: Node, change: str) -> tuple[Edit, ...]:
    """The edit that hands a loss something made of what it is fed with."""
    call = call_at(node)
    if call is None or not call.args or node.spot is None:
        return ()
    given = call.args[0]
    return replaced_text(node.spot.code.co_filename, given, as_primary(given) + change)


def _without_its_own(step: Step, node: Node, made: Node) -> Fix:
    """The loss of probabilities in the place of the one that has an activation of its own."""
    if made.name in _ARE_LOGARITHMS:
        return _scores_before(made)
    if node.name != "binary_cross_entropy_with_logits":
        title = "the logarithm of the probabilities"
        return Fix(title, _fed_with(node, ".clamp_min(1e-8).log()") if node.name == "cross_entropy" else (), "no")
    if node.kwargs.get("pos_weight") is not None:
        return Fix("the scores in the place of the probabilities", (), "no")
    call, title, new = call_at(node), "F.binary_cross_entropy", "binary_cross_entropy"
    if isinstance(node.module, nn.BCEWithLogitsLoss):
        call, title, new = constructor_of(node), "nn.BCELoss", "BCELoss"
    edits: tuple[Edit, ...] = ()
    if call is not None and node.spot is not None and isinstance(call.func, ast.Attribute):
        text = f"{ast.unparse(call.func.value)}.{new}"
        edits = replaced_text(node.spot.code.co_filename, call.func, text)
    return Fix(title, edits, tried(step, {node.index: _of_probable}))


def _of_probable(given: Tensor, target: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    rest = {key: value for key, value in kwargs.items() if key in ("weight", "reduction")}
    return functional.binary_cross_entropy(given, target, *args[:1], **rest)


def _normalises(step: Step, node: Node) -> bool:
    """Whether what it was taken of is made a distribution by it."""
    both = {node.parents[0], node.ref}
    return any(node.name == "sub" and both <= set(node.parents) for node in step.nodes)


def _to_change(step: Step, node: Node, made: Node) -> Node:
    """The loss where the activation is needed beside it, for a weight or a guess in the same function; else that.

    The loss may stand in a function of its own that this one calls.
    """
    spots = (node.spot, node.spot.caller) if node.spot is not None else ()
    if made.spot is None or all(spot is None or spot.code is not made.spot.code for spot in spots):
        return made
    reached = {made.ref}
    for other in step.nodes:
        if other.index != node.index and any(parent in reached for parent in other.parents):
            if other.name not in SAME_NUMBERS:
                # Somebody else reads it.
                return node
            reached.add(other.ref)
    return made


def _maker(step: Step, node: Node) -> Node | None:
    """The operation whose numbers a loss is fed with, behind what only moves them; the first of several of one name."""
    ref = node.parents[0]
    parts = [part for part in parts_of(step, ref) if not step.is_leaf(part)]
    made = [step.node(part.node) for part in parts if part in step.learned] or [step.node(part.node) for part in parts]
    if len({maker.name for maker in made}) > 1:
        return step.node(ref.node)
    return made[0] if made else None


PROBE = Probe(
    "the loss is fed with what it takes",
    lambda look: activations(look.step),
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
)
