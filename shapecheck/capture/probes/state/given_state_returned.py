"""Models that return the state which they were given, in the place of the one that their layer has made of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.steps.rounds import states_of
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root, refs_in
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.capture.recording.vocabulary import CELLS, HANDS_ON, RECURRENT
from shapecheck.findings import Fix
from shapecheck.reading.sources import items_of

_CHANGES = frozenset(["mul", "where", "masked_fill", "__setitem__", "index_select", "sub"])


def given_state_returned(step: Step) -> Iterator[Sighting]:
    """``out, new = self.rnn(x, state); return out, state``, and whoever calls it hands on what came back.

    A layer that is told the same of a whole sequence in each call is given what was made of that. Here what it starts
    from is what the call before was given, and the new state is read by nobody.
    """
    before: dict[int, Root] = {}
    for root in sorted(step.tape.roots, key=lambda root: root.first):
        if root.last < 0 or root.last > step.last:
            continue
        last, before[id(root.module)] = before.get(id(root.module)), root
        if last is None or root.first < step.first or last.training != root.training:
            continue
        for node in map(step.node, range(root.first, root.last)):
            state = _start(step, node, root)
            if state is None or not _is_lost(step, node, root) or not _returns(step, last, state):
                continue
            if node.module is not None and _is_same_layer(step, last, node) and _is_handed_on(last):
                text = (
                    f"the layer starts from the state {step.tape.shape(state)} that the call before has returned, and "
                    "that one has returned what it was given itself: the state that the layer makes of it is read by "
                    "nothing, and nothing is remembered from call to call"
                )
                fix = Fix("return the state that the layer returns", (), "no")
                yield sighted("state_not_handed_on", node, text, (fix,))
                return


def _start(step: Step, node: Node, root: Root) -> Ref | None:
    """The input of a model that its layer starts from, and that it returns as well."""
    if node.name not in RECURRENT | CELLS or len(node.args) < 2:
        return None
    given = {*root.inputs, *root.named.values()}
    # The numbers of samples in a packed sequence are in the second place, before its state.
    places = node.args[1:3] if node.name in RECURRENT and not isinstance(node.args[3], bool) else node.args[1:2]
    for ref in refs_in(places):
        first, _ = origin(step.tape, ref, HANDS_ON, first=root.first, is_alone=True)
        if first in given and _is_returned(step, root, first):
            return first
    return None


def _is_returned(step: Step, root: Root, state: Ref) -> bool:
    return any(origin(step.tape, out, HANDS_ON, first=root.first, is_alone=True)[0] == state for out in root.outputs)


def _returns(step: Step, last: Root, state: Ref) -> bool:
    """Whether a state is what a call before returned of what it was given, at most with rows that begin anew."""
    at, _ = origin(step.tape, state, HANDS_ON | _CHANGES, first=last.first)
    return at in {*last.inputs, *last.named.values()} and _is_returned(step, last, at)


def _is_lost(step: Step, node: Node, root: Root) -> bool:
    """Whether nothing is made of the state that a layer returns, and the model does not return it."""
    states = set(states_of(node)) if node.name in RECURRENT else set()
    if not states or states & set(root.outputs) or states & step.tape.escaped:
        return False
    return not any(states & set(step.node(index).parents) for index in range(node.index + 1, len(step.tape.nodes)))


def _is_handed_on(root: Root) -> bool:
    """Whether a statement gives a name to what comes back that it has called the model with: ``y, h = model(x, h)``."""
    statement = statement_at(root.spot.code.co_filename, root.spot.line) if root.spot is not None else None
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return False
    given = [*statement.value.args, *(keyword.value for keyword in statement.value.keywords)]
    back = {ast.unparse(item) for target in statement.targets for item in items_of(target)}
    return any(ast.unparse(item) in back for item in given)


def _is_same_layer(step: Step, last: Root, node: Node) -> bool:
    return any(step.node(index).module is node.module for index in range(last.first, last.last))


PROBE = Probe(
    "a model that hands on a state returns the new one",
    lambda look: given_state_returned(look.step),
    needs_no_run=True,
)
