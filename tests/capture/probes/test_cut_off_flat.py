"""Series whose end is cut off from what goes in and from what is asked for, flattened before they meet the loss."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
rows = torch.randint(0, 9, (5, 7))
emb, rnn, out = nn.Embedding(9, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)
model = nn.ModuleList([emb, rnn, out])
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    x = rows[:, :-1]
    y = {asked}
    loss = F.cross_entropy(out(rnn(emb(x))[0]).{flat}, y.{flat_too})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
FLAT = [("flatten(0, 1)", "flatten()"), ("reshape(-1, 9)", "reshape(-1)"), ("view(30, 9)", "contiguous().view(-1)")]


@pytest.mark.parametrize(("flat", "flat_too"), FLAT)
def test_the_cut_is_told_whatever_shape_the_targets_have_at_the_loss(flat, flat_too):
    program = PROGRAM.format(asked="rows[:, :-1]", flat=flat, flat_too=flat_too)
    assert slugs(program, "") == ["target_not_shifted"]
    assert lines_told(program, "") == ["y = rows[:, :-1]"]


@pytest.mark.parametrize(("flat", "flat_too"), FLAT)
def test_what_is_asked_for_otherwise_is_left_alone(flat, flat_too):
    parts = {"flat": flat, "flat_too": flat_too}
    assert slugs(PROGRAM.format(asked="rows[:, 1:]", **parts), "") == []
    # What reads a row from both ends may be asked for the row itself.
    both = PROGRAM.replace("nn.GRU(8, 8, batch_first=True)", "nn.GRU(8, 4, batch_first=True, bidirectional=True)")
    assert slugs(both.format(asked="rows[:, :-1]", **parts), "") == []
