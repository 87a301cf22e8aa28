"""A model that is asked for its own input: one step later, which it must not see, or in place, which it has seen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import torch

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.axes.windows import is_piece, steps_axis
from shapecheck.capture.instruments.steps.asked import MOVES, Own, changed_at, owns, shifted_owns
from shapecheck.capture.instruments.steps.causal import Remedy, remedies
from shapecheck.capture.instruments.steps.cut_off import cut_alike, cut_of, is_cut_off, picked_alike
from shapecheck.capture.instruments.steps.front_cuts import front_cuts, left_out
from shapecheck.capture.instruments.steps.hard_copies import is_hard_to_copy
from shapecheck.capture.instruments.steps.next_words import is_of_next_words
from shapecheck.capture.instruments.steps.normalised_together import normalised_together
from shapecheck.capture.instruments.steps.running import running
from shapecheck.capture.instruments.steps.scored import scored
from shapecheck.capture.instruments.steps.summaries import summaries_handed_on
from shapecheck.capture.instruments.steps.taught import taught
from shapecheck.capture.instruments.steps.writes_on import writes_on
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import any_term_moved, replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.capture.recording.vocabulary import ATTENTIONS, CELLS, RECURRENT
from shapecheck.findings import Fix
from shapecheck.reading.sources import walk

# What makes something else of each step by itself.
_EACH = frozenset(["layer_norm", "linear", "dropout", "rms_norm", "mul", "add", "relu", "gelu"])
_MIX_STEPS = ATTENTIONS | RECURRENT | frozenset(["softmax", "conv1d", "mean", "lstm_cell", "gru_cell"])


def own_targets(step: Step) -> Iterator[Sighting]:
    """Causal models that are asked for what they were given, and models that see what they are to predict."""
    for own, fewest in (*((own, 1) for own in shifted_owns(step)), *((own, 2) for own in owns(step))):
        # Who moves the input by itself may mean it: what happened is known a step later. What says another input in
        # other words moves its own only to be asked for the next of them.
        is_by_model = own.first == 1 and own.is_class and fewest == 2 and _is_decoder(step, own)
        if (own.first != 2 and not is_by_model) or len(own.asked) < 3:
            continue
        # One cut that leaves two steps out at once is meant; two of one step each are two shifts.
        cuts = front_cuts(step, own)
        is_known = len(cuts) >= (1 if is_by_model else fewest) or (own.is_class and fewest == 1)
        if is_known and _is_shifted_twice(step, own):
            yield _told_twice(step, own, cuts)
            return
    for own in owns(step):
        first = own.first
        if not len(own.asked) or (first and not _is_each_but_the_first(own)):
            continue
        cut = cut_alike(step, own)
        try:
            if first == 0 or (first > 1 and is_cut_off(step, own)):
                seen = _unshifted(step, own)
            elif cut is not None:
                seen = _unshifted(step, own, cut)
            elif first > 1:
                seen = None
            else:
                seen = _foreseen(step, own) if not own.is_changed else None
                if seen is None and _is_without_start(step, own):
                    seen = _unshifted(step, own)
        except RuntimeError:
            # The step does not run on another input.
            continue
        if seen is not None:
            yield seen
            return
    for own in chain(taught(step), scored(step)):
        try:
            seen = _foreseen(step, own)
        except RuntimeError:
            continue
        if seen is not None:
            yield seen
            return


def _is_each_but_the_first(own: Own) -> bool:
    """Whether every step is asked for, but for padding at one end.

    Words that are hidden here and there are no next steps, though the first of a row may never be hidden.
    """
    counts = own.asked.bincount()[own.first :].diff()
    return bool((counts <= 0).all()) or bool((counts >= 0).all())


def _is_without_start(step: Step, own: Own) -> bool:
    """Whether classes are asked for from the second step on, but for padding, and nothing reads the first one.

    It is the symbol that all begin with, from which the first word was to be told.
    """
    for meeting in own.meetings if own.is_class else ():
        left_out = step.value(meeting.target)[meeting.asked < 0]
        if bool((left_out != ignored_label(meeting.node)).any()):
            return False
    changed = step.changed(own.source, replaced_item(step.value(own.source), own.axis, 0))
    return own.is_class and not any_term_moved(step, step.run(), changed)


def _is_shifted_twice(step: Step, own: Own) -> bool:
    """Whether a prediction knows the steps up to its own, and is asked for the one after the next."""
    items = (0, int(own.asked.max()) - 2)
    try:
        moved = [own.moved(step, item) for item in items]
    except RuntimeError:
        return False
    return all(len(asked) and int(asked.min()) == item + 2 for asked, item in zip(moved, items, strict=True))


def _told_twice(step: Step, own: Own, cuts: list[Node]) -> Sighting:
    text = (
        f"along axis {own.axis} the prediction that knows the input up to step k is asked for step k + 2: with step k "
        "replaced, the first prediction that moved was the one of step k + 2, and step k + 1 is asked of nobody"
    )
    fix = Fix("shift once: in the data or in the model", (), "no")
    instead, edits = left_out(step, own, cuts[0]) if cuts else ({}, ())
    try:
        step.run_with(instead)
        tried = bool(edits)
    except Exception:
        # Something else relies on the cut.
        tried = False
    if tried:
        fix = replace(fix, edits=edits, verified="call", outcome="the step runs, and the next step is asked for")
    return sighted("target_shifted_twice", cuts[0] if cuts and cuts[0].spot is not None else own.node, text, (fix,))


def _foreseen(step: Step, own: Own) -> Sighting | None:
    size = step.tape.shape(own.source)[own.axis]
    items = sorted({size // 2, size - 1})
    if int(own.asked.max()) < size - 1 or not _is_read_once(step, own):
        return None
    if not any(bool((own.moved(step, item) <= item).any()) for item in items):
        return None
    for remedy in _remedies(step, own):
        try:
            after = [own.moved(step, item, remedy.instead) for item in items]
        except Exception:
            # It does not fit, so it was not meant.
            continue
        if any(len(moved) for moved in after) and all(
            bool((moved > item).all()) for moved, item in zip(after, items, strict=True)
        ):
            text = (
                f"the targets are the input one step later along axis {own.axis}, and with step k of the input "
                "replaced, predictions of step k and of earlier ones moved: the model sees what it is to predict"
            )
            fix = Fix(remedy.title, remedy.edits, "call", "no step sees a later one")
            seen = sighted(remedy.kind, remedy.node, text, (fix,))
            return seen if remedy.place is None else replace(seen, span=remedy.place)
    return None


def _remedies(step: Step, own: Own) -> Iterator[Remedy]:
    yield from remedies(step, own.source)
    yield from normalised_together(step, own.source, own.axis)
    for found in (running, summaries_handed_on):
        remedy = found(step, own)
        if remedy is not None:
            yield remedy


def _is_read_once(step: Step, own: Own) -> bool:
    """Whether the model gets the input by one way only: what encodes all of it and decodes it again sees it rightly."""
    way = _above(step, own)
    moved, shortened, reached, readers = {own.source}, set(), {own.source}, 0
    mixes: set[bool] = set()
    size = step.tape.shape(own.source)[own.axis]
    order = descendants(step.tape, {own.source}, sorted(way))
    known = {own.source, *map(Ref, order)}
    for index in order:
        node = step.node(index)
        outs = {Ref(index, out) for out in range(len(node.shapes))}
        reached |= outs
        if any(parent in moved for parent in node.parents):
            if node.name in MOVES:
                moved |= outs
            elif node.dtypes[:1] != (torch.bool,) and not _is_past_layers(step, node, known):
                # A mask of it says where there is something, and not what.
                readers += 1
        is_short = any(parent in shortened for parent in node.parents)
        if is_short or (node.name in ("__getitem__", "narrow") and size - 1 in node.shapes[0]):
            shortened |= outs
        if node.name in _MIX_STEPS:
            mixes.add(is_short)
        is_attention = node.name == "multi_head_attention_forward" and node.args[1] in reached
        if is_attention and not _is_made_step_by_step(step, node.args[0], node.args[1], way):
            return False
    # One layer over all steps and another over all but the last are an encoder and a decoder.
    return readers == 1 and len(mixes) < 2


def _is_past_layers(step: Step, node: Node, known: set[Ref]) -> bool:
    """Whether it leads the input past layers, step by step, and is added to what they made of it in the same shape."""
    is_alone = node.name == "conv1d" and step.tape.shape(node.parents[1])[-1] == 1
    added = step.readers(node) if is_alone else [node]
    if len(added) != 1 or added[0].name != "add" or len(added[0].parents) != 2:
        return False
    is_whole = all(step.tape.shape(parent) == added[0].shapes[0] for parent in added[0].parents)
    return is_whole and all(parent in known for parent in added[0].parents)


def _is_made_step_by_step(step: Step, query: Ref, key: Ref, way: set[int]) -> bool:
    """Whether the query of an attention is what its keys are, or was made of that by what mixes no steps."""
    if query == key:
        return True
    nodes = [step.node(query.node), step.node(key.node)]
    is_moved_alike = nodes[0].name == nodes[1].name and nodes[0].args[1:] == nodes[1].args[1:]
    if is_moved_alike and nodes[0].name in MOVES and all(node.parents for node in nodes):
        return _is_made_step_by_step(step, nodes[0].parents[0], nodes[1].parents[0], way)
    made = [parent for parent in nodes[0].parents if parent.node in way]
    if nodes[0].name not in _EACH or len(made) != 1:
        return False
    return _is_made_step_by_step(step, made[0], key, way)


def _unshifted(step: Step, own: Own, cut_both: Node | None = None) -> Sighting | None:
    """A model in which each step knows the earlier ones and itself, and is asked for itself.

    Args:
        step: The step.
        own: What is asked for.
        cut_both: What leaves out the first predictions, where the targets have lost as many.
    """
    last = int(own.asked.max())
    is_whole = last == step.tape.shape(own.source)[own.axis] - 1
    is_meant = is_whole and own.is_class and _is_to_go_on(step, own)
    if last < 2 or _are_rows_end_to_end(step, own):
        return None
    is_hard = is_hard_to_copy(step, own) if is_meant or cut_both is not None else False
    if not (is_cut_off(step, own) or ((is_meant or cut_both is not None) and not is_hard)):
        return None
    steps = sorted(set(own.asked.tolist()))
    for item in sorted({steps[0], steps[len(steps) // 2], last}):
        moved = own.moved(step, item)
        sees_itself, knows_earlier = bool((moved == item).any()), item == last or bool((moved > item).any())
        if not sees_itself or not knows_earlier or bool((moved < item).any()):
            return None
    text = (
        f"each prediction knows the steps of the input up to its own along axis {own.axis}, and its target is that "
        "step: with step k of the input replaced, the prediction of step k moved. To copy is enough; the next step is "
        "never learned"
    )
    if cut_both is not None:
        fix = Fix("scores[:, :-1] against targets[:, 1:] along time", (), "no")
        return sighted("target_not_shifted", cut_both, text, (fix,))
    if own.first == 1:
        # The target leaves out the symbol that all begin with, as it should: what the model is given does so as well.
        given = map(step.node, descendants(step.tape, {own.source}, sorted(_above(step, own))))
        told = next((node for node in given if node.name in MOVES and node.spot is not None), own.node)
        fix = Fix("give it the step before, and the first one to begin with", (), "no")
        return sighted("target_not_shifted", told, text, (fix,))
    fix = Fix("scores[:-1] against targets[1:] along time", (), "call", "no step sees what it is asked for")
    target = own.meetings[0].target
    cut = cut_of(step.tape, target) if target != own.source else None
    if cut is None and own.is_changed:
        # The line that makes the target of the input; what is given to the model as well was there before.
        made = None if _is_in_model(step, own) else changed_at(step, target)
        cut = made if made is not None and made.index not in _above(step, own, first=0) else None
    elif cut is None:
        cut = picked_alike(step.tape, target, own.source)
    return sighted("target_not_shifted", own.node if cut is None or cut.spot is None else cut, text, (fix,))


def _is_in_model(step: Step, own: Own) -> bool:
    """Whether the model was given the targets and holds its predictions against them itself: the shift is its own."""
    root = step.tape.roots[own.node.root] if own.node.root >= 0 else None
    if root is None or not has_parameters(root.module):
        return False
    given = {*root.inputs, *root.named.values()}
    return all(any(ref in given for ref, _ in backwards(step.tape, one.target, MOVES)) for one in own.meetings)


def _are_rows_end_to_end(step: Step, own: Own) -> bool:
    """Whether all was put into one row, and shifted there by a step: the steps stand along the other axis then."""
    rows, columns = step.tape.shape(own.source)[:2]
    after = torch.arange(1, rows * columns) // columns
    if own.axis or any(meeting.asked.shape != after.shape for meeting in own.meetings):
        return False
    return all(bool(((meeting.asked == after) | (meeting.asked < 0)).all()) for meeting in own.meetings)


def _above(step: Step, own: Own, first: int | None = None) -> set[int]:
    """What the predictions are made of, since the step began or since another node."""
    predicted = [meeting.predicted for meeting in own.meetings]
    return set(ancestors(step.tape, predicted, step.first if first is None else first))


def _is_to_go_on(step: Step, own: Own) -> bool:
    """Whether something says that the model is made to say what comes next."""
    if _is_generator(step, own) or _is_of_a_text(step, own) or _is_decoder(step, own):
        return True
    return is_of_next_words(step, own, _above(step, own))


def _is_decoder(step: Step, own: Own) -> bool:
    """Whether a layer starts from what was made of another input, or looks there: it is to say that in other words."""
    for node in (step.node(index) for index in _above(step, own)):
        others = (
            node.parents[1:] if node.name in RECURRENT | CELLS else node.parents[1:2] if node.name in ATTENTIONS else ()
        )
        for ref in (ref for ref in others if ref in step.learned):
            read = {parent for index in ancestors(step.tape, [ref], step.first) for parent in step.node(index).parents}
            if own.source not in read and read.intersection(step.inputs):
                return True
    return False


def _is_of_a_text(step: Step, own: Own) -> bool:
    """Whether the classes that go in are pieces of one longer series, which goes on behind each: that is the answer."""
    is_known = steps_axis(step.tape, own.source) == own.axis or is_piece(step.tape, own.source, own.axis)
    return is_known and not own.is_changed and not step.tape.dtype(own.source).is_floating_point


def _is_generator(step: Step, own: Own) -> bool:
    """Whether the later steps are hidden by a mask, or the script goes on from what the model says."""
    way = _above(step, own)
    if any(step.node(index).name in ATTENTIONS for index in way):
        return True
    if any(step.node(index).name in ("softmax", "masked_fill") for index in way):
        return True
    tree = tree_of(own.node.spot.code.co_filename) if own.node.spot is not None else None
    calls = [item.func for item in walk(tree) if isinstance(item, ast.Call)]
    is_drawn = any(isinstance(call, ast.Attribute) and call.attr in ("multinomial", "Categorical") for call in calls)
    return is_drawn or (tree is not None and writes_on(tree))


PROBE = Probe(
    "a next-step model is asked for what it has not seen",
    lambda look: own_targets(look.step),
)
