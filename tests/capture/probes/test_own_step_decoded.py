"""Decoders that are taught with the truth: with the step before, or with the very one that they are asked for."""

from __future__ import annotations

import pytest
from programs import slugs

SERIES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.reads, self.tells = {layers}
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        {body}


SEEN, TOLD = 6, 5
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
series = torch.randn(SEEN + TOLD, 4, 3).cumsum(0)
for _ in range(3):
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
CELLS = "nn.GRUCell(3, 6), nn.GRUCell(3, 6)"
LAYERS = "nn.LSTM(3, 6), nn.LSTM(3, 6)"
LOSS = "(model(series) - series[SEEN:]).pow(2).mean()"
ROUNDS = """
h = torch.zeros(x.shape[1], 6)
for step in x[:SEEN]:
    h = self.reads(step, h)
told = []
for i in range(TOLD):
    h = self.tells({given}, h)
    told.append(self.out(h))
return torch.stack(told)
"""
WHOLE = """
_, state = self.reads(x[:SEEN])
return self.out(self.tells({given}, state)[0])
"""


def program(body, given, layers, loss=LOSS):
    body = body.format(given=given).strip().replace("\n", "\n        ")
    return SERIES.format(body=body, layers=layers, loss=loss)


@pytest.mark.parametrize(
    ("body", "layers", "own", "before"),
    [
        (ROUNDS, CELLS, "x[SEEN + i]", "x[SEEN + i - 1]"),
        (ROUNDS, CELLS, "x[SEEN:][i]", "x[SEEN - 1:][i]"),
        (WHOLE, LAYERS, "x[SEEN:]", "x[SEEN - 1:-1]"),
    ],
)
def test_a_decoder_that_is_given_its_own_target(body, layers, own, before):
    assert slugs(program(body, own, layers), "") == ["own_step_decoded"]
    assert slugs(program(body, before, layers), "") == []


BESIDE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.reads, self.tells = nn.GRU(2, 6, batch_first=True), nn.GRU(3, 6, batch_first=True)
        self.out = nn.Linear(6, 3)

    def forward(self, seen, later):
        _, state = self.reads(seen)
        before = torch.cat([torch.zeros_like(later[:, :1]), later[:, :-1]], 1)
        return self.out(self.tells({given}, {state})[0])


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    series = torch.randn(4, 17, 3).cumsum(1)
    seen, told = series[:, :12, :2].clone(), series[:, 12:].clone()
    loss = (model(seen, told.clone()) - told).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("given", "state", "found"),
    [
        ("later", "state", ["own_step_decoded"]),
        ("before", "state", []),
        # Nothing was read before: whatever it is, it tells nothing ahead.
        ("later", "0 * state", []),
        # What is drawn is a guess of the step, and a spoilt one has to be mended.
        ("later + torch.randn_like(later)", "state", []),
    ],
)
def test_what_was_read_before_may_be_an_input_of_its_own(given, state, found):
    assert slugs(BESIDE.format(given=given, state=state), "") == found


KNOWN = "x[SEEN:] * torch.tensor([0.0, 1.0, 1.0])"
FIRST = "(model(series)[..., 0] - series[SEEN:, :, 0]).pow(2).mean()"


@pytest.mark.parametrize(
    ("body", "given", "layers", "loss"),
    [
        # Of a step some numbers are known ahead, and another one is asked for.
        (WHOLE, KNOWN, LAYERS, FIRST),
        # Noise is to be taken off what is given.
        (WHOLE, "x[SEEN:] + 0.1 * torch.randn_like(x[SEEN:])", LAYERS, LOSS),
        # Nothing is handed on to the second layer: each part is told by itself.
        (WHOLE.replace(", state)", ")"), "x[SEEN:]", LAYERS, LOSS),
        # What is told is fed back.
        (ROUNDS, "told[-1] if told else x[SEEN - 1]", CELLS, LOSS),
    ],
)
def test_steps_that_may_be_given(body, given, layers, loss):
    assert slugs(program(body, given, layers, loss), "") == []


def test_one_layer_that_reads_both_parts():
    body = WHOLE.replace("self.tells", "self.reads")
    assert slugs(program(body, "x[SEEN:]", LAYERS), "") == []


CODE = """
_, state = self.reads(x[:SEEN])
code = self.tells(x[SEEN:], state)[0]
return {told}
"""


@pytest.mark.parametrize(
    ("layers", "body"),
    [
        # A code of each step, drawn around what was read of it.
        (LAYERS, "self.out(code + 0.5 * torch.randn_like(code))"),
        (LAYERS, "self.out(torch.distributions.Normal(code, 0.5).rsample())"),
        # And one of fewer numbers than the step has.
        (
            f"{LAYERS}\n        self.code, self.back = nn.Linear(6, 2), nn.Linear(2, 6)",
            "self.out(self.back(self.code(code)))",
        ),
        (LAYERS.replace("6", "2") + "\n        self.back = nn.Linear(2, 3)", "self.back(code)"),
    ],
)
def test_a_code_of_each_step_is_made_the_step_again(layers, body):
    assert slugs(program(CODE.replace("{told}", body), "", layers), "") == []


def test_what_is_narrow_beside_the_way_changes_nothing():
    layers = f"{LAYERS}\n        self.gate = nn.Linear(6, 1)"
    body = CODE.replace("{told}", "self.out(code * self.gate(code).sigmoid())")
    assert slugs(program(body, "", layers), "") == ["own_step_decoded"]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        # What is asked of the code itself, and what is asked of the prediction as well.
        ("0.1 * model.code.abs().mean()", []),
        ("0.1 * model.said.abs().mean()", ["own_step_decoded"]),
    ],
)
def test_a_code_that_is_held_small(more, found):
    body = CODE.replace("return {told}", "self.said = self.out(code)\nreturn self.said")
    body = body.replace("code =", "self.code = code =")
    assert slugs(program(body, "", LAYERS, f"{LOSS} + {more}"), "") == found
