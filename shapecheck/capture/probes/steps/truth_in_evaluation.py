"""A decoder that, when it is measured, is still given steps of the answer by chance, as it was for training."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.steps.chances import Chance, chance_of
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import REDUCING, Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.user_code import expression_at, tree_of
from shapecheck.capture.recording.vocabulary import CUTS, DIFFERENCES, EQUALS, HANDS_ON, SELECTS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.applied import given_as
from shapecheck.reading.calls import all_given, calls_in
from shapecheck.reading.sources import defaults_of

_HANDS_ON = HANDS_ON | CUTS | SELECTS | frozenset(["transpose", "permute", "unbind", "narrow"])
_COMPARES = REDUCING | EQUALS | DIFFERENCES


def truth_in_evaluation(step: Step) -> Iterator[Sighting]:
    """``value = targets[:, t] if random.random() < ratio else prediction``, with gradients off."""
    asked = [root for root in step.roots if not root.graded and has_parameters(root.module)]
    if not asked:
        return
    compared = _compared(step)
    for index in range(asked[0].first, step.last):
        node = step.node(index)
        if node.graded or node.name not in SELECTS or node.spot is None or not node.parents:
            continue
        if _source(step, node.parents[0]) not in compared:
            continue
        chance = chance_of(node.spot)
        root = next((root for root in asked if root.first <= index < root.last), None)
        if chance is None or not chance.is_made_in_a_loop:
            continue
        if root is None or not _is_meant(step, root, chance):
            yield _told(step, node, chance, root)
        return


def _is_meant(step: Step, root: Root, chance: Chance) -> bool:
    """Whether the call says itself how much of the answer it takes, or another one measures without any."""
    never, call = chance.never, _call_of(root)
    if never is None or call is None or root.spot is None:
        return False
    name, value = never
    given = _given(call, chance, name)
    always = {"0.0": 1.0, "1.0": 0.0}[value]
    if given is None:
        default = dict(defaults_of(chance.function.args)).get(name)
        is_certain = isinstance(default, ast.Constant) and default.value == always
    else:
        known = [_call_of(one) for one in step.tape.roots if one.graded and type(one.module) is type(root.module)]
        texts = {ast.unparse(each) for one in known if one is not None and (each := _given(one, chance, name))}
        is_certain = given.value == always if isinstance(given, ast.Constant) else ast.unparse(given) not in texts
        # Who calls the function that measures has said how much.
        around = function_around(root.spot)
        is_certain |= around is not None and ast.unparse(given) in {each.arg for each in around.args.args}
    tree = tree_of(root.spot.code.co_filename)
    calls = calls_in(tree)
    alone = (_given(each, chance, name) for each in calls if ast.unparse(each.func) == ast.unparse(call.func))
    return is_certain or any(isinstance(each, ast.Constant) and each.value == float(value) for each in alone)


def _call_of(root: Root) -> ast.Call | None:
    found = expression_at(root.spot, ast.Call) if root.spot is not None else None
    return found if isinstance(found, ast.Call) else None


def _given(call: ast.Call, chance: Chance, name: str) -> ast.expr | None:
    """What a call of the model gives for a parameter of its forward(), where that is written out."""
    names = [each.arg for each in chance.function.args.args]
    at = names.index(name) - 1 if name in names else -1
    is_spread = any(isinstance(each, ast.Starred) for each in call.args)
    return given_as(call, name, None if is_spread else at)


def _compared(step: Step) -> set[Ref]:
    """What is held against something, outside of all models."""
    models = {at for at, root in enumerate(step.tape.roots) if has_parameters(root.module)}
    nodes = step.recorded
    return {
        _source(step, ref)
        for node in nodes
        if node.name in _COMPARES and len(node.parents) > 1 and node.root not in models
        for ref in node.parents
    }


def _source(step: Step, ref: Ref) -> Ref:
    return origin(step.tape, ref, _HANDS_ON, is_alone=True)[0]


def _told(step: Step, node: Node, chance: Chance, root: Root | None) -> Sighting:
    test = ast.unparse(chance.test)
    text = (
        f"gradients are off, and line {chance.line} still lets chance (`{test}`) choose between the prediction and "
        f"the answer: here it took a step of {step.tape.shape(node.parents[0])}, which the predictions are held "
        "against. What is measured so is better than what the model can do alone, and differs from run to run"
    )
    assert node.spot is not None
    spot = root.spot if root is not None and root.spot is not None else node.spot
    never = chance.never
    title = "the prediction as the next input whenever the model is measured"
    edits = _edits(root, chance, *never) if never is not None and root is not None else ()
    return Sighting("truth_in_evaluation", spot.span, text, node.name, (Fix(title, edits, "no"),))


def _edits(root: Root, chance: Chance, name: str, value: str) -> tuple[Edit, ...]:
    """The number as an argument of the call, where the model's own forward() takes it and it was not given."""
    call, code = _call_of(root), getattr(getattr(type(root.module), "forward", None), "__code__", None)
    if call is None or root.spot is None or code is None or not call.args:
        return ()
    if code.co_firstlineno != chance.function.lineno or code.co_name != chance.function.name:
        return ()
    file, given = root.spot.code.co_filename, _given(call, chance, name)
    if given is not None:
        return replaced_text(file, given, value)
    if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
        return ()
    last = all_given(call)[-1]
    return replaced_text(file, last, f"{ast.unparse(last)}, {name}={value}")


PROBE = Probe(
    "no answer is given to a model that is measured, by chance",
    lambda look: truth_in_evaluation(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
