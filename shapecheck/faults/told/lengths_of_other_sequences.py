"""Lengths were counted of other sequences than those that they go with."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


def together(batch):
    rows, labels = zip(*batch)
    lengths = torch.tensor([len(each) for each in labels])
    return pad_sequence(rows, batch_first=True), lengths, pad_sequence(labels, batch_first=True)


samples = [(torch.randint(1, 20, (n,)), torch.randint(4, (n // 2,))) for n in (11, 8, 5)]
ids, lengths, labels = together(samples)
gru = nn.GRU(4, 6, batch_first=True)
packed, _ = gru(pack_padded_sequence(nn.Embedding(20, 4)(ids), lengths, batch_first=True))
out, _ = pad_packed_sequence(packed, batch_first=True)
print((out * (ids != 0).unsqueeze(2)).shape)
"""

GOOD = BAD.replace("each in labels", "each in rows")

FAULT = Fault(
    code="SC551",
    slug="lengths_of_other_sequences",
    headline="lengths were counted of other sequences than those that they go with",
    why=(
        "A loss or a packing that is given lengths believes them. Counted of the labels, of the sequences "
        "before a layer with a stride, or of the other list of a pair, they are as many as wanted and say "
        "something else."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Count lengths where the sequences are padded, of the very list that is padded.",
    messages=(r"The size of tensor a .* must match the size of tensor b",),
    see="Print the longest length beside the size of the padded axis.",
    speaks_for=lambda message: -1.0,
)
