"""Softmaxes that give padding a share: over scores of other sequences, round by round, behind layers that slide."""

from __future__ import annotations

import pytest
from programs import audited, slugs

DATA = """
lengths = torch.tensor([9, 3, 6, 2, 5])
valid = torch.arange(9) < lengths[:, None]
words, labels = torch.randint(1, 12, (5, 9)) * valid, torch.tensor([0, 2, 1, 0, 2])
asked = torch.randn(5, 4, 6)
"""
MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(12, 6, padding_idx=0)
        self.slide, self.score = nn.Conv1d(6, 6, {kernel}, padding={kernel} // 2), nn.Linear(6, 1)
        self.gru, self.cell, self.out = nn.GRU(6, 6, batch_first=True), nn.GRUCell(6, 6), nn.Linear(6, 3)

    def attend(self, queries, keys, hidden=None):
        scores = queries @ keys.transpose(1, 2)
        if hidden is not None:
            scores = scores.masked_fill(hidden[:, None], -1e9)
        return scores.softmax(-1) @ keys

    def forward(self, words, lengths, asked):
        hidden = words == 0
        {body}


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    loss = F.cross_entropy(model(words, lengths, asked), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def program(body, kernel=3):
    return DATA + MODEL.format(kernel=kernel, body=body.strip().replace("\n", "\n        "))


OTHERS = """
keys, _ = self.gru(self.emb(words))
scores = asked @ keys.transpose(1, 2)
return self.out((F.softmax(scores{hide}, dim=-1) @ keys).mean(1))
"""
SLID = """
h = torch.relu(self.slide(self.emb(words).transpose(1, 2)).transpose(1, 2))
weights = self.score(h).squeeze(-1){hide}.softmax(1)
return self.out((weights[..., None] * h).sum(1))
"""
LABELLED = """
h = torch.tanh(self.slide(self.emb(words).transpose(1, 2)))
weights = (self.out.weight @ h){hide}.softmax(2)
return (weights @ h.transpose(1, 2) * self.out.weight).sum(2)
"""
ROUNDS = """
h = self.emb(words)
state = asked[:, 0]
for _ in range(3):
    weights = self.score(torch.tanh(h + state[:, None])){hide}.softmax(1)
    state = self.cell((weights * h).sum(1), state)
return self.out(state)
"""
PACKED = """
packed = nn.utils.rnn.pack_padded_sequence(self.emb(words), lengths, batch_first=True, enforce_sorted=False)
h, _ = nn.utils.rnn.pad_packed_sequence(self.gru(packed)[0], batch_first=True)
weights = self.score(torch.tanh(h)){hide}.softmax(1)
return self.out((weights * h).sum(1))
"""


@pytest.mark.parametrize(
    ("body", "hide"),
    [
        (OTHERS, ".masked_fill(hidden[:, None], -1e9)"),
        (SLID, ".masked_fill(hidden, -1e9)"),
        (LABELLED, ".masked_fill(hidden[:, None], float('-inf'))"),
        (ROUNDS, ".masked_fill(hidden[..., None], -1e9)"),
        (PACKED, ".masked_fill(hidden[..., None], -1e9)"),
    ],
)
def test_a_share_of_the_weight(body, hide):
    assert slugs(program(body.format(hide="")), "") == ["padding_attended"]
    assert slugs(program(body.format(hide=hide)), "") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[9, 3, 6, 2, 5]", "[7, 3, 6, 2, 5]"),  # No sequence reaches the end: all batches are as long.
        ("weights = self.score(h)", "h = h * ~hidden[..., None]\n        weights = self.score(h)"),
    ],
)
def test_what_slides_over_padding_that_has_no_content_behind_it(before, after):
    wide = program(SLID.format(hide=""), kernel=5)
    assert slugs(wide, "") == ["padding_attended"]
    assert slugs(wide.replace(before, after), "") == []


def test_lengths_of_a_pack_that_are_all_the_same():
    even = program(PACKED.format(hide="")).replace("[9, 3, 6, 2, 5]", "[9, 9, 9, 9, 9]")
    assert slugs(even, "") == []


LEFT_OUT = """
keys, _ = self.gru(self.emb(words))
return self.out(self.attend(asked, keys{given}).mean(1))
"""


def test_the_mask_that_a_function_is_not_given():
    found = audited(program(LEFT_OUT.format(given="")), "")
    right = LEFT_OUT.format(given=", hidden").strip().splitlines()[-1]
    assert [(slug, [edit.strip() for edit in edits]) for slug, edits in found] == [("padding_attended", [right])]
    assert slugs(program(LEFT_OUT.format(given=", hidden")), "") == []
