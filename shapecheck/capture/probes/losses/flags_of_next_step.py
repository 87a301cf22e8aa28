"""Values of what comes next that are cut off by a flag which says whether the step behind them ended an episode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from shapecheck.capture.instruments.rows.row_order import given_axis
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, NOISE, RANDOM, REARRANGES, SELECTS, ZEROS
from shapecheck.findings import Fix

# Of one tensor these work number by number.
_EACH = CONVERTS | frozenset(["mul", "div", "sub", "rsub", "add", "neg", "logical_not", "bitwise_not"])
_BLANKS = ZEROS | {"empty", "empty_like"}
_Items = tuple[Ref | None, ...]


@dataclass(frozen=True, slots=True)
class _LaidUp:
    """Looks up what tensors hold.

    Args:
        tape: The tape.
        known: What was looked up before.
    """

    tape: Tape
    known: dict[Ref, _Items] = field(default_factory=dict)

    def items_of(self, ref: Ref) -> _Items:
        """The tensors that one holds along its first axis, however they were scaled or turned round since.

        Args:
            ref: A ``stack``, a blank that was filled item by item, a part of one of them, one item.
        """
        if ref not in self.known:
            node = self.tape.nodes[ref.node]
            self.known[ref] = self._items(node, ref) if node.function is not None and node.parents else (ref,)
        return self.known[ref]

    def _items(self, node: Node, ref: Ref) -> _Items:
        source = node.parents[0]
        if node.name == "__setitem__":
            return self._filled(node, ref)
        if node.name in ("stack", "cat") and given_axis(node) == 0:
            return self._joined(node)
        if node.name == "unbind" and given_axis(node) == 0:
            return self._taken(node, ref, ref.out)
        if node.name in SELECTS and len(node.parents) == 1:
            return self._taken(node, ref, _index(node))
        before, after = self.tape.shape(source), node.shapes[0]
        is_as_before = node.name in _EACH and after == before
        is_without_one = node.name in AXES_OF_ONE and after[:1] == before[:1]
        is_alone = len(dict.fromkeys(node.parents)) == 1
        return self.items_of(source) if is_alone and (is_as_before or is_without_one) else (ref,)

    def _joined(self, node: Node) -> _Items:
        found: list[Ref | None] = []
        for part in node.parents:
            items = self.items_of(part)
            count = 1 if node.name == "stack" else self.tape.shape(part)[0]
            found += items if len(items) == count else [None] * count
        return tuple(found)

    def _taken(self, node: Node, ref: Ref, index: object) -> _Items:
        items = self.items_of(node.parents[0])
        if index is None:
            # An axis of one in front: the same item.
            return items if len(items) == 1 else (None,) * node.shapes[0][0]
        if len(items) < 2 or self.tape.shape(node.parents[0])[0] != len(items):
            return (ref,)
        if type(index) is int and -len(items) <= index < len(items):
            return (items[index],)
        return items[index] if isinstance(index, slice) else (ref,)

    def _filled(self, node: Node, ref: Ref) -> _Items:
        found: dict[int, Ref] = {}
        size = (node.shapes[0] or (0,))[0]
        while node.name == "__setitem__":
            index, value = node.args[1], node.args[2]
            if type(index) is not int or not isinstance(value, Ref):
                return (ref,)
            found.setdefault(index % size, value)
            node = self.tape.nodes[node.parents[0].node]
        if node.name not in _BLANKS:
            return (ref,)
        items = [self.items_of(found[at]) if at in found else () for at in range(size)]
        return tuple(item[0] if len(item) == 1 else None for item in items)


_DRAWS = RANDOM | NOISE
_DEEDS = frozenset(["multinomial", "normal"])
_FEWEST = 3
# So far a deed is looked back for what has said it.
_HOPS = 8
_Round = tuple[Ref, Ref, Ref]


def flags_of_next_step(step: Step) -> Iterator[Sighting]:
    """``rewards[t] + g * values[t + 1] * (1 - dones[t + 1])`` of flags that each step has laid up for itself.

    What was made when says it: the value is that of where the step of the reward has led, so it was made after the
    reward, and the flag was made after the value, of what was drawn since: of what was done next, or behind the next
    reward. Flags that are laid up before a step, as what the step before has said, were made before the value; and
    where an end is drawn right behind the value of where a step has led, it is that step's own.
    """
    groups: list[list[tuple[Node, Ref, list[_Round]]]] = []
    laid_up = _LaidUp(step.tape)
    for node, rewards in _added_to(step):
        found = _cut(step, laid_up, node, rewards)
        if found is not None:
            known = next((group for group in groups if node.repeats(group[0][0])), None)
            groups.append([(node, *found)]) if known is None else known.append((node, *found))
    for group in groups:
        rounds = [(flags, one) for _, flags, some in group for one in some]
        all_rewards = {reward.node for _, (reward, _, _) in rounds}
        late = [flags for flags, one in rounds if _is_late(step, *one, all_rewards)]
        # Behind the last step of all there is only what it has said itself.
        if len(late) >= max(_FEWEST, len(rounds) - 1):
            yield _told(step.node(late[0].node))
            return


def _added_to(step: Step) -> Iterator[tuple[Node, Ref]]:
    """Products outside of models, and the one thing that each is added to."""
    added: dict[Ref, list[Ref]] = {}
    for node in step.nodes:
        if node.name == "add" and len(node.parents) == 2:
            added.setdefault(node.parents[0], []).append(node.parents[1])
            added.setdefault(node.parents[1], []).append(node.parents[0])
    for node in map(step.node, sorted(step.to_loss)):
        if node.name == "mul" and len(node.parents) == 2 and node.root < 0 and len(added.get(node.ref, ())) == 1:
            yield node, added[node.ref][0]


def _cut(step: Step, laid_up: _LaidUp, node: Node, rewards: Ref) -> tuple[Ref, list[_Round]] | None:
    """The flags of a product of values and flags that is added to rewards, and all three of them round by round."""
    found = laid_up.items_of(rewards)
    for worth, flags in (node.parents, node.parents[::-1]):
        values, ends = laid_up.items_of(worth), laid_up.items_of(flags)
        if not len(values) == len(ends) == len(found):
            continue
        rounds = [
            (reward, value, end)
            for reward, value, end in zip(found, values, ends, strict=True)
            if reward is not None and value is not None and end is not None
        ]
        if rounds and all(_is_of_model(step, value) and _is_flag(step, end, flags) for _, value, end in rounds):
            return flags, rounds
    return None


def _is_of_model(step: Step, ref: Ref) -> bool:
    _, made = origin(step.tape, ref, REARRANGES, first=step.first)
    return made.root >= 0 and has_parameters(step.tape.roots[made.root].module)


def _is_flag(step: Step, ref: Ref, read: Ref) -> bool:
    """Whether what was laid up says yes or no; if it is gone, whether what was read of it does."""
    if step.node(ref.node).root >= 0:
        return False
    value = step.known(ref)
    value = step.known(read) if value is None else value
    return value is not None and are_truths(value)


def _is_late(step: Step, reward: Ref, value: Ref, flag: Ref, rewards: set[int]) -> bool:
    """Whether a flag was made of what was drawn after the value was made, which was made after the reward.

    Between value and flag another step has gone on: there is its reward, or what it did, which the flag was made of.
    When a world of plain numbers said something is not known, only when that was made a tensor.
    """
    if reward.node < flag.node < value.node:
        # The values of all steps were made at last: of one more step the flag says how it ended, behind its reward.
        later = [other for other in rewards if reward.node < other < flag.node]
        made = ancestors(step.tape, [flag], min(later) + 1) if later else []
        return any(step.node(index).name in _DRAWS for index in made)
    if not reward.node < value.node < flag.node:
        return False
    made = ancestors(step.tape, [flag], value.node + 1)
    draws = [index for index in made if step.node(index).name in _DRAWS]
    is_behind_reward = any(value.node < other < flag.node for other in rewards)
    return bool(draws) and (is_behind_reward or any(_is_deed(step, index, flag) for index in draws))


def _is_deed(step: Step, draw: int, flag: Ref) -> bool:
    """Whether something was drawn of what a model has said, and a flag is more than what was drawn."""
    _, said = origin(step.tape, flag, REARRANGES)
    if step.node(draw).name not in _DEEDS or said.index == draw:
        return False
    above = (made.root for _, made in backwards(step.tape, Ref(draw), None, _HOPS))
    return any(root >= 0 and has_parameters(step.tape.roots[root].module) for root in above)


def _told(node: Node) -> Sighting:
    text = (
        "the value of where a step has led is cut off by the flag of the step after it, which was made of what was "
        "drawn later: where an episode ends, the first value of the next one counts for it, and the step before the "
        "last one is cut off in its place"
    )
    fix = Fix("the flag of the step that has the reward", (), "no")
    return sighted("returns_over_ends", node, text, (fix,))


def _index(node: Node) -> object:
    """What is taken along the first axis; all of it where that is not said."""
    if node.name == "select":
        return node.args[2] if node.args[1:2] == (0,) and len(node.args) > 2 else slice(None)
    return node.argument(1, default=slice(None))


PROBE = Probe(
    "values are cut off by the flags of the steps that led to them",
    lambda look: flags_of_next_step(look.step),
)
