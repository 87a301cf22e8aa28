"""Values of what comes next that are cut off by a flag which says whether the step behind them ended an episode."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.steps.laid_up import LaidUp
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import NOISE, RANDOM, REARRANGES
from shapecheck.findings import Fix

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
    laid_up = LaidUp(step.tape)
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


def _cut(step: Step, laid_up: LaidUp, node: Node, rewards: Ref) -> tuple[Ref, list[_Round]] | None:
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


PROBE = Probe(
    "values are cut off by the flags of the steps that led to them",
    lambda look: flags_of_next_step(look.step),
)
