"""A collate function sorted one part of the batch and left the other as it was drawn."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import sees

BAD = """\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(0)
sizes = [3, 7, 4, 6, 2, 5, 4, 3, 7, 5, 6, 2]
notes = [(torch.randn(size, 4), at % 3) for at, size in enumerate(sizes)]


def together(items):
    lengths, order = torch.tensor([len(note) for note, _ in items]).sort(descending=True)
    rows = pad_sequence([items[at][0] for at in order], batch_first=True)
    return rows, lengths, torch.tensor([kind for _, kind in items])


gru, linear = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 3)
optimizer = torch.optim.SGD([*gru.parameters(), *linear.parameters()], 0.1)
for rows, lengths, kinds in DataLoader(notes, 6, collate_fn=together):
    _, state = gru(pack_padded_sequence(rows, lengths, batch_first=True))
    loss = nn.functional.cross_entropy(linear(state[-1]), kinds)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

GOOD = BAD.replace("torch.tensor([kind for _, kind in items])", "torch.tensor([kind for _, kind in items])[order]")

FAULT = Fault(
    code="SC863",
    slug="sorted_on_one_side",
    headline="the parts of a batch were not sorted together",
    why=(
        "The sequences were put in the order of their lengths, and the answers stand in the order in which the items "
        "came. Row k of one and row k of the other belong to two samples, and the loss holds them against each other."
    ),
    recognise=sees("sorted_on_one_side"),
    bad=BAD,
    good=GOOD,
    lesson="Sort the items before they are taken apart, or pick every part by the same order.",
)
