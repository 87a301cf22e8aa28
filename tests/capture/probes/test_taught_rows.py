"""Rows of a decoder that is taught: the model reads the very sequences that the loss asks for."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

torch.manual_seed(0)
WORDS = 15


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(WORDS, 8, padding_idx=0)
        self.encoder, self.decoder = nn.Linear(8, 10), nn.GRUCell(8, 10)
        self.out = nn.Linear(10, WORDS)

    def forward(self, source, target):
        state = self.encoder(self.table(source).sum({time}))
        scores = []
        for step in range(target.size({time}) - 1):
            state = self.decoder(self.table(target{column}), state)
            scores.append(self.out(state))
        return {stacked}


def sentences():
    rows = [torch.randint(1, WORDS, (length,)) for length in (4, 7, 5, 6, 3)]
    return pad_sequence(rows{first}), pad_sequence([row.flip(0) for row in rows]{first})


model = Translator()
optimizer = torch.optim.Adam(model.parameters())
for step in range(2):
    source, target = sentences()
    scores = model(source, target)
    loss = cross_entropy({rows}, {asked}, ignore_index=0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(round(loss.item(), 4))
"""
TIME_FIRST = {
    "first": "",
    "time": "0",
    "column": "[step]",
    "stacked": "torch.stack(scores)",
    "rows": "scores.reshape(-1, WORDS)",
    "asked": "target[1:].reshape(-1)",
}
SAMPLES_FIRST = {
    "first": ", batch_first=True",
    "time": "1",
    "column": "[:, step]",
    "stacked": "torch.stack(scores, 1)",
    "rows": "scores.reshape(-1, WORDS)",
    "asked": "target[:, 1:].reshape(-1)",
}
WRONG = {
    "labels turned": (TIME_FIRST, {"asked": "target[1:].t().reshape(-1)"}),
    "scores turned": (TIME_FIRST, {"rows": "scores.transpose(0, 1).reshape(-1, WORDS)"}),
    "stacked beside the samples": (TIME_FIRST, {"stacked": "torch.stack(scores, dim=1)"}),
    "samples in front and labels turned": (SAMPLES_FIRST, {"asked": "target[:, 1:].t().reshape(-1)"}),
    "samples in front and scores behind": (SAMPLES_FIRST, {"stacked": "torch.stack(scores)"}),
}
RIGHT = {
    "time in front": (TIME_FIRST, {}),
    "samples in front": (SAMPLES_FIRST, {}),
    "both turned": (
        TIME_FIRST,
        {"rows": "scores.transpose(0, 1).reshape(-1, WORDS)", "asked": "target[1:].t().reshape(-1)"},
    ),
    "classes in the middle": (TIME_FIRST, {"rows": "scores.permute(1, 2, 0)", "asked": "target[1:].t()"}),
    "in turn": (SAMPLES_FIRST, {"stacked": "torch.stack(scores).transpose(0, 1)"}),
}


@pytest.mark.parametrize(("form", "changed"), WRONG.values(), ids=WRONG)
def test_scores_and_labels_of_another_order(form, changed):
    program = PROGRAM.format(**form | changed)
    assert slugs(program, after="") == ["rows_in_another_order"]
    assert next(iter(changed.values())) in lines_told(program, after="")[0]


@pytest.mark.parametrize(("form", "changed"), RIGHT.values(), ids=RIGHT)
def test_scores_and_labels_of_one_order(form, changed):
    assert slugs(PROGRAM.format(**form | changed), after="") == []


TAGGER = """
from torch.nn.utils.rnn import pad_sequence

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.gru, self.out = nn.Embedding(15, 8), nn.GRU(8, 10{first}), nn.Linear(10, 4)

    def forward(self, words):
        return self.out(self.gru(self.table(words))[0]).permute(0, 2, 1)

rows = [torch.randint(1, 15, (length,)) for length in (4, 7, 5, 6, 3)]
model = Tagger()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(2):
    words = pad_sequence(rows{padded})
    loss = F.cross_entropy(model(words), (words % 4).masked_fill(words == 0, -100))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("padded", "first", "expected"),
    [
        (", batch_first=True", "", ["recurrent_along_batch"]),
        ("", ", batch_first=True", ["recurrent_along_batch"]),
        (", batch_first=True", ", batch_first=True", []),
        ("", "", []),
    ],
)
def test_whole_sequences_are_filled_up_so_it_is_known_where_they_lie(padded, first, expected):
    assert slugs(TAGGER.format(padded=padded, first=first), after="") == expected
