"""What may mend an operation that was refused: one file a family of operations; nothing is tried here."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.remedies import any_operation, contract, dtypes, in_place
from shapecheck.remedies.constructors import (
    channels_joined,
    checkpoints,
    configured,
    defaults,
    factors,
    heads_left_out,
    idle,
    layer_loops,
    layers,
    making,
    maps,
    more_returned,
    outgrown_positions,
    pools,
    read_by_steps,
    recurrent,
    resizing,
    tables,
    tables_beside,
    twice,
    unread_layers,
)
from shapecheck.remedies.masking import (
    attention,
    attention_masks,
    masks,
    masks_of_images,
    masks_of_tokens,
    padding_as_attention,
    told_length,
    turned_masks,
)
from shapecheck.remedies.names import as_beside, sizes_asked, unread_constants, unread_parameters
from shapecheck.remedies.recurrent_states import (
    cells_indexed,
    hidden,
    learned_states,
    state_by_parts,
    state_of_other_loop,
    states_for_each_batch,
    tuples,
)
from shapecheck.remedies.samples import (
    batches,
    collating,
    counted_at_hand,
    data_set_rows,
    drawn_starts,
    entering,
    laid_as_before,
    numbers_in_lists,
    odd_samples,
    samplers,
    single_samples,
)
from shapecheck.remedies.sequences import (
    packed_targets,
    packing,
    padded_parts,
    unpacked_shorter,
)
from shapecheck.remedies.shapes import (
    axes_taken,
    cut_beside,
    gathered_along,
    gathered_parts,
    indexing,
    joined_beside,
    joined_rows,
    joining,
    merged_beside,
    pooled_steps,
    squeezes,
    stacked_parts,
    steps,
    swallowed_rest,
    taken_along,
    taken_already,
    turned_maps,
    unflattening,
    vectors,
    viewed_factories,
    views,
)
from shapecheck.remedies.targets import cut_graphs, drawn, loss_weights, losses, one_hot_rows, steps_without_prediction
from shapecheck.remedies.widths import (
    flattening,
    reckoned_by_methods,
    viewed_by_formula,
    wide_as_joined,
    widths_of_loops,
)

_FAMILIES = (
    pools,
    read_by_steps,
    reckoned_by_methods,
    recurrent,
    flattening,
    gathered_along,
    gathered_parts,
    unflattening,
    layers,
    learned_states,
    channels_joined,
    drawn,
    drawn_starts,
    outgrown_positions,
    loss_weights,
    losses,
    packed_targets,
    pooled_steps,
    one_hot_rows,
    making,
    steps,
    steps_without_prediction,
    tables,
    tables_beside,
    maps,
    masks,
    masks_of_images,
    masks_of_tokens,
    vectors,
    viewed_by_formula,
    viewed_factories,
    joined_beside,
    joined_rows,
    joining,
    attention,
    attention_masks,
    told_length,
    turned_masks,
    views,
    wide_as_joined,
    widths_of_loops,
    packing,
    padded_parts,
    padding_as_attention,
    tuples,
    more_returned,
    heads_left_out,
    hidden,
    laid_as_before,
    cells_indexed,
    in_place,
    axes_taken,
    taken_along,
    taken_already,
    turned_maps,
    indexing,
    numbers_in_lists,
    odd_samples,
    checkpoints,
    collating,
    batches,
    configured,
    contract,
    counted_at_hand,
    cut_beside,
    merged_beside,
    cut_graphs,
    data_set_rows,
    twice,
    idle,
    unpacked_shorter,
    unread_constants,
    unread_layers,
    unread_parameters,
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
    swallowed_rest,
    state_by_parts,
    state_of_other_loop,
    states_for_each_batch,
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
