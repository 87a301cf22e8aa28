"""Sequences that are filled up and belong to one text: what is made of each of them may be a step of that."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
from torch.nn.utils.rnn import pad_sequence

class Document(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(30, 8, padding_idx=0)
        self.places = nn.Parameter(torch.randn(6, 8))
        self.outer = {outer}
        self.out = nn.Linear({width}, 3)

    def forward(self, words):
        there = (words != 0).unsqueeze(2)
        sentences = (self.table(words) * there).sum(1) / there.sum(1)
        return self.out({read})

model = Document()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(2):
    words = pad_sequence([torch.randint(1, 30, (length,)) for length in (4, 7, 5, 6, 3, 5)], batch_first=True)
    loss = F.cross_entropy(model(words), torch.randint(0, 3, (6,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
GRU = {"outer": "nn.GRU(8, 10)", "width": "10"}
ENCODER = {"outer": "nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)", "width": "8"}


@pytest.mark.parametrize(
    "changed",
    [
        {**GRU, "read": "self.outer(sentences)[0]"},
        {**GRU, "read": "self.outer(sentences.unsqueeze(1))[0].squeeze(1)"},
        {**ENCODER, "read": "self.outer(sentences.unsqueeze(0))[0]"},
        {**ENCODER, "read": "self.outer((sentences + self.places).unsqueeze(0))[0]"},
        {"outer": "nn.Identity()", "width": "8", "read": "sentences - sentences.mean(0)"},
    ],
    ids=["a matrix", "a batch of one", "an encoder", "with places", "what they share"],
)
def test_sentences_of_one_document(changed):
    assert slugs(PROGRAM.format(**changed), after="") == []


DRAWN = """
sentences = [(torch.randint(1, 30, (3 + at % 5,)), at % 3) for at in range(18)]

def collate(batch):
    words, labels = zip(*batch)
    return pad_sequence(words, batch_first=True), torch.tensor(labels)

for words, labels in torch.utils.data.DataLoader(sentences, 6, shuffle=True, collate_fn=collate):
    loss = F.cross_entropy(model(words), labels)
"""


def test_sentences_that_a_loader_draws_are_none():
    made, trained = PROGRAM.format(**GRU, read="self.outer(sentences)[0]").split("for step in range(2):\n")
    step = trained[trained.index("    optimizer.zero_grad()") :]
    assert slugs(made + DRAWN + step, after="") == ["samples_as_one_sequence"]
