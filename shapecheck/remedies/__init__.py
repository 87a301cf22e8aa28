"""What may mend an operation that was refused: one file a family of operations; nothing is tried here."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.remedies import (
    any_operation,
    as_beside,
    attention,
    attention_masks,
    axes_taken,
    batches,
    cells_indexed,
    channels_joined,
    checkpoints,
    collating,
    configured,
    contract,
    cut_beside,
    cut_graphs,
    data_set_rows,
    defaults,
    drawn,
    dtypes,
    entering,
    factors,
    flattening,
    hidden,
    idle,
    in_place,
    indexing,
    joined_rows,
    joining,
    layer_loops,
    layers,
    loss_weights,
    losses,
    making,
    maps,
    masks,
    more_returned,
    odd_samples,
    one_hot_rows,
    packing,
    padded_parts,
    read_by_steps,
    recurrent,
    resizing,
    samplers,
    single_samples,
    sizes_asked,
    squeezes,
    stacked_parts,
    state_by_parts,
    state_of_other_loop,
    steps,
    tables,
    taken_already,
    tuples,
    twice,
    unflattening,
    vectors,
    viewed_factories,
    views,
)

_FAMILIES = (
    read_by_steps,
    recurrent,
    flattening,
    unflattening,
    layers,
    channels_joined,
    drawn,
    loss_weights,
    losses,
    one_hot_rows,
    making,
    steps,
    tables,
    maps,
    masks,
    vectors,
    viewed_factories,
    joined_rows,
    joining,
    attention,
    attention_masks,
    views,
    packing,
    padded_parts,
    tuples,
    more_returned,
    hidden,
    cells_indexed,
    in_place,
    axes_taken,
    taken_already,
    indexing,
    odd_samples,
    checkpoints,
    collating,
    batches,
    configured,
    contract,
    cut_beside,
    cut_graphs,
    data_set_rows,
    twice,
    idle,
    as_beside,
    layer_loops,
    defaults,
    dtypes,
    entering,
    factors,
    resizing,
    sizes_asked,
    samplers,
    single_samples,
    squeezes,
    stacked_parts,
    state_by_parts,
    state_of_other_loop,
    any_operation,
)


def remedies(evidence: Evidence) -> list[Candidate]:
    """Every change that is worth a trial, the likeliest first.

    Each family is asked; one that cannot read the case must not cost the others their say.
    """
    found: list[Candidate] = []
    for family in _FAMILIES:
        try:
            found += family.candidates(evidence)
        except (ValueError, TypeError, IndexError, AttributeError, KeyError):
            continue
    best: dict[object, Candidate] = {}
    for item in sorted(found, key=lambda each: each.cost):
        best.setdefault(item.changes, item)
    return list(best.values())
