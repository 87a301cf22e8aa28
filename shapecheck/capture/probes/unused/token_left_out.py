"""A first step that is read as the summary of all, while the token that was made to stand there is put nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import nn

from shapecheck.capture.instruments.tensors.names import forward_of
from shapecheck.capture.instruments.tensors.one_item import one_step
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.capture.recording.vocabulary import ATTENTIONS, JOINS, SELECTS
from shapecheck.findings import Fix
from shapecheck.reading.sources import walk

# Every part of a model should have had its turn by then.
_STEPS = 3
_JOINS = JOINS | {"hstack", "concat", "concatenate"}


def token_left_out(step: Step) -> Iterator[Sighting]:
    """``h[:, 0]`` behind an attention, where step 0 is data, and a vector as wide as the steps is read by nobody.

    The vector must have been made to be joined with steps: it lies in front of two axes of one, or in a module that is
    never called and joins it with what it is given. Where all rows begin with the same step, that is the summary.
    """
    if len(step.tape.losses) < _STEPS:
        return
    picks = [node for node in step.of_loss if node.name in SELECTS and _is_summary(step, node)]
    for node in picks:
        width = step.tape.shape(node.parents[0])[2]
        name = next((name for name in _tokens(step, width)), None)
        if name is None:
            continue
        text = (
            f"step 0 of {step.tape.shape(node.parents[0])} is read for what an attention has made of all steps, and it "
            f"is the first step of the data; `{name}`, {width} numbers that could stand in front of them, is read by "
            "nobody and learns nothing"
        )
        fix = Fix(f"{name}, spread over the samples, in front of what the layers are given", (), "no")
        yield sighted("token_left_out", node, text, (fix,))
        return


def _is_summary(step: Step, node: Node) -> bool:
    """Whether of all that an attention has made of a sequence only step 0 is read, and that one is made of data."""
    whole = node.parents[0]
    shape = step.tape.shape(whole)
    if len(shape) != 3 or shape[1] < 2 or one_step(node, shape) != (1, 0) or whole in step.tape.escaped:
        return False
    # What is read of it otherwise may be the summary, and step 0 something else.
    readers = [other for other in map(step.node, range(whole.node + 1, step.last)) if whole in other.parents]
    above = [step.node(index) for index in ancestors(step.tape, [whole], step.first)]
    if readers != [node] or not any(other.name in ATTENTIONS for other in above):
        return False
    is_joined = any(other.name in _JOINS and _puts_one_in_front(step, other) for other in above)
    attentions = [other for other in above if other.name in ATTENTIONS]
    return not is_joined and not _begin_alike(step, attentions[0])


def _puts_one_in_front(step: Step, node: Node) -> bool:
    """Whether a join puts one step in front of several, be it made of data."""
    shapes = [step.tape.shape(ref) for ref in node.parents]
    return len({*map(len, shapes)}) == 1 and len(shapes[0]) == 3 and shapes[0][1] == 1 < node.shapes[0][1]


def _begin_alike(step: Step, attention: Node) -> bool:
    """Whether an attention is given the same first step by all samples."""
    query = step.known(attention.parents[0])
    if query is None or query.ndim < 3:
        return True
    # A whole layer of torch's works on (steps, samples, features).
    first = query[0] if attention.name == "multi_head_attention_forward" else query[..., 0, :]
    return len(first) < 2 or bool(torch.isclose(first, first[:1], atol=1e-6).all())


def _tokens(step: Step, width: int) -> Iterator[str]:
    """The vectors of a width that an optimizer holds, that no call of a model has read, and that are made for steps."""
    idle = {id(one) for held in step.tape.trained.idle if not held.is_given and (one := held.parameter()) is not None}
    read = {ref for node in step.tape.nodes if node.root >= 0 for ref in node.parents} if idle else set()
    for path, module in (item for root in step.roots for item in root.module.named_modules() if idle):
        for name, one in module._parameters.items():
            if one is None or id(one) not in idle or one.numel() != width or step.tape.known(one) in read:
                continue
            if _is_for_steps(module, path, name, one):
                yield name


def _is_for_steps(module: nn.Module, path: str, name: str, one: nn.Parameter) -> bool:
    """Whether a vector is made to be joined with steps: by its shape, or by the forward of the module that keeps it.

    What the script reads anywhere is joined in some cases, and this may be none of them.
    """
    forward = forward_of(module)
    if forward is None:
        return False
    mentioned = [item for item in walk(tree_of(type(module).forward.__code__.co_filename)) if _says(item, name)]
    kept_as = next((part for part in reversed(path.split(".")) if not part.isdigit()), "")
    if kept_as and any(_is_join(item, name) for item in ast.walk(forward)):
        return not any(_says(item, kept_as) for item in walk(tree_of(type(module).forward.__code__.co_filename)))
    return not mentioned and one.ndim == 3 and one.shape[:2] == (1, 1)


def _is_join(item: ast.AST, name: str) -> bool:
    is_call = isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in _JOINS
    return is_call and any(_says(part, name) for part in ast.walk(item))


def _says(item: ast.AST, name: str) -> bool:
    return isinstance(item, ast.Attribute) and item.attr == name and isinstance(item.ctx, ast.Load)


PROBE = Probe(
    "a first step that is read for all was put there for it",
    lambda look: token_left_out(look.step),
    turn=Turn.LAST,
)
