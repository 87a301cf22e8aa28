"""Prompts of several lengths, and the step from which a model goes on writing: their own last one, or the filler's."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(11, 6)
        self.rnn = nn.{layer}(6, 9, batch_first=True)
        self.out = nn.Linear(9, 11)

    def forward(self, ids, state=None):
        return self.rnn(self.table(ids), state)

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    rows = pad_sequence([torch.randint(1, 11, (n,)) for n in (8, 6, 5)], batch_first=True)
    loss = F.cross_entropy(model.out(model(rows[:, :-1])[0]).mT, rows[:, 1:], ignore_index=0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

def asked():
    prompts = [torch.randint(1, 11, (n,)) for n in {lengths}]
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    return {padded}, lengths

with torch.no_grad():
    ids, lengths = asked()
    out, state = model(ids)
    last = {last}
    written = []
    for _ in range(4):
        token = {guess}
        written.append(token)
        out, state = model(token, {state})
        last = out[:, -1]
    print(torch.cat(written, 1).sum().item())
"""
PLAIN = {
    "layer": "GRU",
    "lengths": "(4, 7, 3, 5)",
    "padded": "pad_sequence(prompts, batch_first=True)",
    "last": "out[:, -1]",
    "guess": "model.out(last).argmax(-1, keepdim=True)",
    "state": "last.unsqueeze(0).contiguous()",
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"last": "out.select(1, 6)", "layer": "RNN"}, True),
        ({"last": "out[:, -1:].squeeze(1)"}, True),
        ({"last": "out[torch.arange(len(ids)), lengths - 1]"}, False),
        ({"last": "out.gather(1, (lengths - 1)[:, None, None].expand(-1, 1, 9)).squeeze(1)"}, False),
        # All of them are as long, or the filler stands in front.
        ({"lengths": "(5, 5, 5, 5)"}, False),
        ({"padded": "pad_sequence(prompts, batch_first=True, padding_side='left')"}, False),
        # It is taken for the longest prompts alone.
        ({"guess": "model.out(last)[lengths == 7].argmax(-1, keepdim=True).expand(4, 1)"}, False),
        ({"guess": "torch.where((ids[:, -1:] != 0), model.out(last).argmax(-1, keepdim=True), 2)"}, False),
        ({"guess": "torch.where((ids[:, :1] < 12), model.out(last).argmax(-1, keepdim=True), 2)"}, True),
        # What is behind the filler is held against what each prompt says itself.
        ({"last": "out[:, -1]; print(model.out(out[torch.arange(len(ids)), lengths - 1]).sum().item())"}, False),
        ({"last": "out[:, -1]; print(model.out(out[torch.arange(len(ids)), lengths - 2]).sum().item())"}, True),
        # It is looked at, and nothing is made of it.
        ({"last": "(out[:, -1] * 0, out[torch.arange(len(ids)), lengths - 1])[1]"}, False),
    ],
)  # fmt: skip
def test_writing_goes_on_from_the_last_step_of_each_prompt(change, found):
    assert slugs(PROGRAM.format(**PLAIN | change), "") == (["last_padded_step"] if found else [])


MEASURED = "(guess == torch.tensor([0, 2, 1, 1])).float().mean().item()"
CLASSES = """
from torch.nn.utils.rnn import pad_sequence

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(11, 6, padding_idx=0)
        self.rnn = nn.GRU(6, 9, batch_first=True)
        self.out = nn.Linear(9, 3)

    def steps(self, ids):
        return self.rnn(self.table(ids))[0]

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    ids = torch.randint(1, 11, (5, 8))
    loss = F.cross_entropy(model.out({trained}), torch.randint(0, 3, (5,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    ids = pad_sequence([torch.randint(1, 11, (n,)) for n in (4, 7, 3, 5)], batch_first=True)
    guess = model.out(model.steps(ids){taken}).argmax(-1)
    print({measured})
"""


@pytest.mark.parametrize(
    ("trained", "taken", "found"),
    [
        ("model.steps(ids)[:, -1]", "[:, -1]", True),
        ("model.steps(ids)[:, -1]", "[:, -1]).where(ids[:, -1:] > 0, model.out(model.steps(ids)[:, 2])", False),
        ("model.steps(ids).mean(1)", ".mean(1)", False),
        ("model.steps(ids).amax(1)", ".amax(1)", False),
    ],
)
def test_what_is_measured_is_the_last_step_of_each_sequence(trained, taken, found):
    program = CLASSES.format(trained=trained, taken=taken, measured=MEASURED)
    assert slugs(program, "") == (["last_padded_step"] if found else [])


@pytest.mark.parametrize(
    ("measured", "found"),
    [
        ("scores[1].sum().item()", False),
        ("scores[1].sum().item() + scores[2].sum().item()", True),
        ("[row.sum().item() for row in scores]", True),
    ],
)
def test_the_last_step_of_the_longest_sequence_may_be_asked(measured, found):
    program = CLASSES.format(trained="model.steps(ids)[:, -1]", taken="[:, -1]", measured=measured)
    program = program.replace("guess = ", "scores = ").replace(".argmax(-1)\n", "\n")
    assert slugs(program, "") == (["last_padded_step"] if found else [])
