"""Padding that counts, and the one change that would leave it out: a mask turned round, a last step, a softmax."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.axes.standardised import STATISTICS, of_positions, statistics_beside
from shapecheck.capture.instruments.padding.attended_keys import hides_rows
from shapecheck.capture.instruments.padding.blank_windows import pools_of_blanks
from shapecheck.capture.instruments.padding.filled import BLANKED
from shapecheck.capture.instruments.padding.hidden_keys import attended_blank, hidden_for_real_steps, walks_over
from shapecheck.capture.instruments.padding.numbers_asked import numbers_asked
from shapecheck.capture.instruments.padding.padded import Padding, influence, paddings
from shapecheck.capture.instruments.padding.padding_asked import ignoring, spares
from shapecheck.capture.instruments.padding.padding_masks import Remedy, hiding, is_open, turned
from shapecheck.capture.instruments.padding.padding_named import padding_named
from shapecheck.capture.instruments.padding.pooled import pools_over
from shapecheck.capture.instruments.padding.shares import shares
from shapecheck.capture.instruments.padding.unpacked import UNPACKS, unpacked
from shapecheck.capture.instruments.steps.end_symbols import ends_with_filler
from shapecheck.capture.instruments.steps.last_steps import last_steps
from shapecheck.capture.instruments.steps.packing import begins_in, packed, walks_through
from shapecheck.capture.instruments.steps.picked import picked_wrongly
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, in_call, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Fix

_PACKED = "pack_padded_sequence(x, lengths, ...)"
_KEPT = "(h * keep).sum(1) / keep.sum(1)"
_OUTCOME = "the padding has no influence any more"


def padding_seen(step: Step) -> Iterator[Sighting]:
    """Operations through which the content of the padding reaches the loss."""
    for padding in paddings(step, made=True):
        try:
            moves = bool(influence(step, padding))
        except RuntimeError:
            continue
        for remedy in _remedies(step, padding):
            # What leaves nothing but the padding is wrong, be it that all of that says the same.
            is_mended = moves and _mends(step, remedy.counted or padding, remedy.instead)
            if is_mended or (remedy.is_exact and any_term_moved(step, step.run(), step.run_with(remedy.instead))):
                yield _told(padding, remedy, is_moved=moves)
                return
        for remedy in (*_attended_blank(step, padding), *pools_of_blanks(step, padding)) if not moves else ():
            if _moves_finitely(step, remedy.instead):
                yield _told(padding, remedy)
                return
        for other in (*ignoring(step, padding), *numbers_asked(step, padding)) if padding.is_said else ():
            if not ends_with_filler(step, padding, other.node) and spares(step, padding, other.instead):
                text = "each of them has a term of its own in the loss"
                # What stands still behind an end that the script knows may be asked for as such.
                kind = "filler_asked_for" if padding.why == BLANKED else "padding_asked_for"
                remedy = Remedy(kind, other.node, other.title, other.instead, text, edits=other.edits)
                seen = _told(padding, remedy)
                yield seen if other.place is None else replace(seen, span=other.place)
                return
        backwards = _read_backwards(step, padding) if moves else None
        if backwards is not None and _mends(step, padding, backwards.instead):
            yield _told(padding, backwards, is_moved=True)
            return


def unpacked_read(step: Step) -> Iterator[Sighting]:
    """Softmaxes and pools along the steps of what was packed, that read what stands behind its ends."""
    for node in step.of_loss:
        padding = unpacked(step, node) if node.name == UNPACKS else None
        if padding is None or not padding.depends_on_others:
            continue
        nodes = [step.node(index) for index in descendants(step.tape, {padding.source}, step.order)]
        remedies = [
            *shares(step, padding, [other for other in nodes if other.index in step.to_loss]),
            *_pools_of_ends(step, padding),
        ]
        for remedy in remedies:
            if _mends(step, remedy.counted or padding, remedy.instead):
                yield _told(padding, remedy, is_moved=True)
                return


def _pools_of_ends(step: Step, padding: Padding) -> Iterator[Remedy]:
    """Each pool over the steps, behind which the filler counts: it is larger than all that is negative."""
    pools = list(pools_over(step, padding))
    runs = {pool.node.index: pool.run for pool in pools}
    for pool, instead in [
        *((pool, {pool.node.index: pool.run}) for pool in pools),
        *((one, runs) for one in pools[:1]),
    ]:
        text = "the mean over the steps counts them as well"
        if not pool.is_mean:
            text = "the largest is taken of them as well, and the zeros that stand there win where all else is negative"
        title = _KEPT if pool.is_mean else "pad_packed_sequence(..., padding_value=float('-inf'))"
        yield Remedy("padding_pooled", pool.node, title, instead, text)


def _read_backwards(step: Step, padding: Padding) -> Remedy | None:
    """Layers of two directions, packed, where the loss leaves the padding out itself: asked behind all others."""
    nodes = [step.node(index) for index in descendants(step.tape, {padding.source}, step.order)]
    both = [node for node in nodes if node.index in step.to_loss and begins_in(step, node, padding)]
    if not both or not padding.is_said or not padding.is_behind or not padding.depends_on_others:
        return None
    text = "the backward direction of this layer begins in it, and hands on to each step what it has read there"
    runs = {node.index: packed(node, padding) for node in both}
    return Remedy("padding_read_backwards", both[0], _PACKED, runs, text)


def _told(padding: Padding, remedy: Remedy, *, is_moved: bool = False) -> Sighting:
    text = (
        f"{int(padding.hidden.sum())} of {padding.hidden.numel()} positions are padding ({padding.why}), and "
        f"{'with other content in these alone the loss moved: ' if is_moved else ''}"
        f"{remedy.text}"
    )
    outcome = "the loss asks for it no more" if remedy.kind.endswith("asked_for") else _OUTCOME
    seen = sighted(remedy.kind, remedy.node, text, (Fix(remedy.title, remedy.edits, "call", outcome),))
    return seen if remedy.place is None else replace(seen, span=remedy.place)


def _mends(step: Step, padding: Padding, instead: dict[int, Run]) -> bool:
    """Whether the padding counts no more, and what it counted for was not nothing."""
    try:
        if influence(step, padding, instead):
            return False
        return any_term_moved(step, step.run(), step.run_with(instead))
    except Exception:
        # It does not fit, so it was not meant.
        return False


def _attended_blank(step: Step, padding: Padding) -> Iterator[Remedy]:
    """Attentions over what was blanked, in front of which its content had its influence taken off."""
    nodes = [step.node(index) for index in descendants(step.tape, {padding.source}, step.order)]
    if padding.is_said and padding.depends_on_others:
        for remedy in attended_blank(step, padding, [node for node in nodes if node.index in step.to_loss]):
            hidden = _hidden(step, padding, remedy.node)
            yield replace(remedy, title=hidden.title)


def _moves_finitely(step: Step, instead: dict[int, Run]) -> bool:
    try:
        before, after = step.run(), step.run_with(instead)
    except Exception:
        return False
    is_finite = all(bool(after[term.ref].isfinite().all()) for term in step.terms)
    return is_finite and any_term_moved(step, before, after)


def _remedies(step: Step, padding: Padding) -> Iterator[Remedy]:
    nodes = [step.node(index) for index in descendants(step.tape, {padding.source}, step.order)]
    nodes = [node for node in nodes if node.index in step.to_loss]
    yield from turned(step, padding, nodes)
    if padding.is_said:
        yield from picked_wrongly(step, padding, nodes)
    if not padding.is_said or not padding.depends_on_others:
        return
    yield from hides_rows(step, padding, nodes)
    yield from shares(step, padding, nodes)
    if padding.is_behind:
        yield from last_steps(step, padding, nodes)
        through = [node for node in nodes if walks_through(step, node, padding)]
        if through:
            text = "this layer walks on through it, and its last state is used"
            runs = {node.index: packed(node, padding) for node in through}
            yield Remedy("padding_walked_through", through[0], _PACKED, runs, text)
    attention = {node.index: hiding(node, padding) for node in nodes if is_open(step, node, padding)}
    scaled = [node for node in nodes if walks_over(step, node, padding)]
    attention |= {node.index: hidden_for_real_steps(node, padding) for node in scaled}
    pools = {node.index: _masked_pool(node, padding) for node in nodes if _pools(step, node, padding)}
    text = "attention was given no mask of it"
    if attention:
        hidden = _hidden(step, padding, step.node(min(attention)))
        yield replace(hidden, instead=attention, text=text)
    if pools:
        mean = "the mean over the steps counts padding as well"
        yield Remedy("padding_pooled", step.node(min(pools)), _KEPT, pools, mean)
    statistics = [node for node in nodes if _standardises(step, node, padding)]
    if statistics:
        counted = "the mean and the deviation by which this is normalised are taken over the steps, padding included"
        runs = {at: run for node in statistics for at, run in of_positions(step, statistics_beside(step, node)).items()}
        edits = other_axis(statistics[0], -1)
        yield Remedy("padding_pooled", statistics[0], "dim=-1, for each step", runs, counted, edits=edits)
    if attention and pools:
        both = f"{text}, and what is pooled over the steps counts it as well"
        title = f"{hidden.title}, and {_KEPT}"
        yield replace(hidden, title=title, instead={**attention, **pools}, text=both, edits=())
    if attention and padding.is_behind:
        for last in last_steps(step, padding, nodes):
            title, both = f"{last.title}, and {hidden.title}", f"{last.text}, and {text}"
            lines = {edit.line for edit in (*last.edits, *hidden.edits)}
            edits = (*last.edits, *hidden.edits) if last.edits and hidden.edits and len(lines) == 2 else ()
            yield replace(last, title=title, instead={**attention, **last.instead}, text=both, edits=edits)


def _hidden(step: Step, padding: Padding, node: Node) -> Remedy:
    """An attention that is told of the padding, in the names of the script where it has some."""
    named = padding_named(step, padding, node)
    argument = f"key_padding_mask={named or 'ids == pad'}"
    if node.name == "scaled_dot_product_attention":
        return Remedy("padding_attended", node, "attn_mask=(ids != pad)[:, None, None]", {}, "")
    call = call_at(node)
    # Query, key and value stand in the call of an attention; that of a whole layer has another name for the mask.
    is_plain = (
        call is not None and len(call.args) == 3 and all(each.arg != "key_padding_mask" for each in call.keywords)
    )
    # A mask is (samples, keys), and so must the tokens be.
    is_first = getattr(node.module, "batch_first", False) is True and padding.time == 1
    edits = in_call(node, argument) if named and is_plain and is_first else ()
    return Remedy("padding_attended", node, argument, {}, "", edits=edits)


def _pools(step: Step, node: Node, padding: Padding) -> bool:
    if node.name not in ("mean", "max", "amax") or not node.parents:
        return False
    shape = step.tape.shape(node.parents[0])
    hidden = padding.like(shape) if len(shape) == 3 else None
    if hidden is None or axis_of(node, 3) != _time_in(padding, shape):
        return False
    # Of zeros, as an embedding with a padding_idx gives them, the mean is the sum over a length that never changes;
    # that is meant as often as not, if the model is not told how long each sequence is, and reads it nowhere.
    is_of_zeros = node.name == "mean" and not bool((step.value(node.parents[0]) * hidden).any())
    return not is_of_zeros or _are_lengths_unread(step, padding)


def _standardises(step: Step, node: Node, padding: Padding) -> bool:
    """Whether it is a statistic along the steps by which these are normalised themselves."""
    shape = step.tape.shape(node.parents[0]) if node.name in STATISTICS and node.parents else ()
    if len(shape) != 3 or padding.like(shape) is None or reduced_axes(step, node) != (_time_in(padding, shape),):
        return False
    return bool(statistics_beside(step, node))


def _are_lengths_unread(step: Step, padding: Padding) -> bool:
    """Whether a model was given the length of each sequence, and nobody read it."""
    read = {parent for node in step.nodes for parent in node.parents} | step.tape.escaped
    for root in step.roots:
        for ref in (*root.inputs, *root.named.values()):
            value = step.tape.held.get(ref) if ref not in read else None
            if value is not None and value.ndim == 1 and torch.equal(value, padding.lengths.to(value.dtype)):
                return True
    return False


def _masked_pool(node: Node, padding: Padding) -> Run:
    """A mean of the steps that are no padding, or the largest of them."""
    if node.name != "mean":
        return _without_padding(node, padding)

    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        hidden = padding.like(tuple(values.shape))
        assert hidden is not None
        share = (~hidden).to(values).mean(_time_in(padding, tuple(values.shape)), keepdim=True)
        return node.function(values.masked_fill(hidden, 0) / share, *args, **kwargs)  # type: ignore[misc]

    return run


def _without_padding(node: Node, padding: Padding) -> Run:
    """The same operation where padding is never the largest."""

    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        hidden = padding.like(tuple(values.shape))
        assert hidden is not None
        return node.function(values.masked_fill(hidden, float("-inf")), *args, **kwargs)  # type: ignore[misc]

    return run


def _time_in(padding: Padding, shape: tuple[int, ...]) -> int:
    return padding.time if tuple(padding.hidden.shape) == shape[:2] else 1 - padding.time


PROBE = Probe(
    "the content of padding has no influence",
    lambda look: (*padding_seen(look.step), *unpacked_read(look.step)),
)
