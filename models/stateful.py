"""Batches of a long text in which row i continues row i of the batch before."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor

from shapecheck import DataError


class StatefulBatches:
    """Cuts a text into ``batch_size`` long rows and walks along all of them at once.

    For the text ``abcdefghijklm`` with ``batch_size=2`` and ``seq_length=3``::

        row 0:  abc | def        the first batch is (abc, ghi), the second (def, jkl):
        row 1:  ghi | jkl        row 0 goes on with row 0, and row 1 with row 1

    Only so may the hidden state of one batch be the start of the next: state ``i`` belongs to the text of row ``i``.
    With shuffled windows it would belong to another place of the text. At the end of a row the next epoch begins at its
    start again, and the state must be forgotten: it has read the end, not what comes before the start.

    Args:
        labels: (num_characters,), int64.
        batch_size: Rows.
        seq_length: Steps of a batch; the last batch may be shorter.

    Raises:
        DataError: The text is shorter than a step for each row and one character more, or a size is below 1.

    >>> import torch
    >>> batches = StatefulBatches(torch.arange(13), batch_size=2, seq_length=3)
    >>> [inputs.tolist() for inputs, _ in batches]
    [[[0, 1, 2], [6, 7, 8]], [[3, 4, 5], [9, 10, 11]]]
    >>> [targets.tolist() for _, targets in batches]
    [[[1, 2, 3], [7, 8, 9]], [[4, 5, 6], [10, 11, 12]]]
    """

    def __init__(self, labels: Tensor, batch_size: int, seq_length: int) -> None:
        if batch_size < 1 or seq_length < 1:
            raise DataError(f"expected sizes of at least 1, got batch_size={batch_size} and seq_length={seq_length}")
        row_length = (len(labels) - 1) // batch_size
        if row_length < 1:
            raise DataError(
                f"the text has {len(labels)} characters: expected at least {batch_size + 1}, "
                f"one for each of the {batch_size} rows and one to predict"
            )
        used = row_length * batch_size
        # The target of a character is the one after it: the same text, shifted by one.
        self.inputs = labels[:used].view(batch_size, row_length)  # (batch_size, row_length)
        self.targets = labels[1 : used + 1].view(batch_size, row_length)  # (batch_size, row_length)
        self.seq_length = seq_length

    def __len__(self) -> int:
        """How many batches there are."""
        return math.ceil(self.inputs.shape[1] / self.seq_length)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Each batch: labels of what is read, and of what comes next.

        Shape:
            - inputs: (batch_size, seq_length), int64 in [0, num_classes)
            - targets: (batch_size, seq_length), int64 in [0, num_classes)
        """
        for start in range(0, self.inputs.shape[1], self.seq_length):
            steps = slice(start, start + self.seq_length)
            yield self.inputs[:, steps], self.targets[:, steps]  # (batch_size, seq_length) each
