"""What a recurrent layer would return of a padded batch if it had been packed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import RECURRENT


def walks_through(step: Step, node: Node, padding: Padding) -> bool:
    """Whether a recurrent layer is given the padded batch as it is, and its last state is used."""
    if not _is_given(step, node, padding):
        return False
    read = _read(step)
    return Ref(node.index, 1) in read and Ref(node.index, 0) not in read


def begins_in(step: Step, node: Node, padding: Padding) -> bool:
    """Whether a layer of two directions is given the padded batch as it is, and its steps are used."""
    return _is_given(step, node, padding) and node.args[7] is True and Ref(node.index, 0) in _read(step)


def _is_given(step: Step, node: Node, padding: Padding) -> bool:
    if node.name not in RECURRENT or len(node.args) != 9 or not isinstance(node.args[3], bool):
        return False
    shape = step.tape.shape(node.parents[0])
    time = 1 if node.args[8] else 0
    sizes = tuple(padding.hidden.shape)
    return len(shape) == 3 and (shape[1 - time], shape[time]) == (sizes[1 - padding.time], sizes[padding.time])


def _read(step: Step) -> set[Ref]:
    return {parent for node in step.all_of_loss for parent in node.parents}


def packed(node: Node, padding: Padding) -> Run:
    """The same layer on the packed batch, and its output padded again."""

    def run(values: Tensor, state: Any, weights: Any, *rest: Any) -> Any:
        has_bias, layers, _, _, bidirectional, batch_first = rest
        given = pack_padded_sequence(values, padding.lengths, batch_first=batch_first, enforce_sorted=False)
        assert given.sorted_indices is not None
        assert given.unsorted_indices is not None
        many = isinstance(state, tuple | list)
        states = tuple(item.index_select(1, given.sorted_indices) for item in (state if many else (state,)))
        first = states if many else states[0]
        out, *last = node.function(  # type: ignore[misc]
            given.data, given.batch_sizes, first, weights, has_bias, layers, 0.0, False, bidirectional
        )
        whole = PackedSequence(out, given.batch_sizes, given.sorted_indices, given.unsorted_indices)
        time = values.shape[1 if batch_first else 0]
        back, _ = pad_packed_sequence(whole, batch_first=batch_first, total_length=time)
        return back, *(torch.index_select(item, 1, given.unsorted_indices) for item in last)

    return run
