"""Where h and c of an LSTM go, and a replay that never hands a kernel a state that does not fit."""

from __future__ import annotations

import pytest
import torch
from programs import slugs as found_in
from torch import nn

from shapecheck import audit
from shapecheck.capture.recording.guard import guarded, refuse_misfits


class Model(nn.Module):
    """An LSTM of which something is used."""

    def __init__(self, use, width=8):
        super().__init__()
        self.use = use
        self.lstm, self.decoder = nn.LSTM(3, 8, batch_first=True), nn.LSTM(3, 8, batch_first=True)
        self.cell, self.upper = nn.LSTMCell(3, 8), nn.LSTMCell(8, 8)
        self.one, self.two, self.linear = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(width, 5)

    def forward(self, x):
        return self.linear(self.use(self, x))


def bridged(model, x, exchanged=False):
    _, (h, c) = model.lstm(x)
    h, c = model.one(h).tanh(), model.two(c).tanh()
    return model.decoder(x, (c, h) if exchanged else (h, c))[0][:, -1]


def stacked(model, x, wrong):
    h = c = h2 = c2 = x.new_zeros(len(x), 8)
    for step in x.unbind(1):
        h, c = model.cell(step, (h, c))
        h2, c2 = model.upper(c if wrong else h, (h2, c2))
    return h2


def handed_on(model, x, exchanged):
    _, (h, c) = model.lstm(x)
    return model.decoder(x, (c, h) if exchanged else (h, c))[0][:, -1]


def kept(model, x, is_cell):
    h = c = x.new_zeros(len(x), 8)
    keep = torch.tensor([[1.0], [0.0], [1.0], [1.0]])
    for step in x.unbind(1):
        h, c = model.cell(step, (keep * h, keep * (c if is_cell else h)))
    return h


USES = [
    (lambda s, x: s.lstm(x)[1][0][-1], 8, []),
    (lambda s, x: s.lstm(x)[0][:, -1], 8, []),
    (lambda s, x: s.lstm(x)[1][1][-1], 8, ["cell_state_for_hidden"]),
    (lambda s, x: torch.cat([part[-1] for part in s.lstm(x)[1]], 1), 16, []),
    (bridged, 8, []),
    (lambda s, x: stacked(s, x, False), 8, []),
    (lambda s, x: stacked(s, x, True), 8, ["cell_state_for_hidden"]),
    (lambda s, x: handed_on(s, x, False), 8, []),
    (lambda s, x: handed_on(s, x, True), 8, ["states_exchanged"]),
    # Flags say which rows go on.
    (lambda s, x: kept(s, x, True), 8, []),
    (lambda s, x: kept(s, x, False), 8, ["hidden_state_for_cell"]),
]


@pytest.mark.parametrize(("use", "width", "slugs"), USES)
def test_h_goes_on_and_c_stays(use, width, slugs):
    torch.manual_seed(0)
    batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
    assert [found.slug for found in audit(Model(use, width), nn.CrossEntropyLoss(), batch).diagnoses] == slugs


READ = """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.cell = nn.LSTM(3, 8, batch_first=True), nn.LSTMCell(3, 8)

    def forward(self, x):
        {body}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.out = Encoder(), nn.Linear(8, 5)

    def forward(self, x):
        {taken}
        return self.out({read})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, 7, 3), torch.randint(0, 5, (6,))) for _ in range(3)]
"""
WHOLE = "c = self.encoder(x)"


def program(body, taken, read):
    return READ.format(body=body.replace("; ", "\n        "), taken=taken, read=read)


@pytest.mark.parametrize(
    ("body", "taken", "read"),
    [
        ("_, (h, c) = self.lstm(x); return c[-1]", WHOLE, "c"),
        ("out, (h_n, c_n) = self.lstm(x); return c_n.squeeze(0)", WHOLE, "c.tanh()"),
        ("_, (hidden, cell) = self.lstm(x); last = cell[-1]; return last", WHOLE, "torch.relu(c)"),
        ("_, (h, c) = self.lstm(x); return c", WHOLE, "c[0]"),
        ("_, (h, c) = self.lstm(x); return h, c", "h, c = self.encoder(x)", "c[-1]"),
        (
            "h = c = x.new_zeros(len(x), 8)\n        for one in x.unbind(1):\n"
            "            h, c = self.cell(one, (h, c))\n        return c",
            WHOLE,
            "c",
        ),
    ],
)
def test_a_cell_state_that_is_read_by_its_name_is_meant(body, taken, read):
    assert found_in(program(body, taken, read)) == []


@pytest.mark.parametrize(
    ("body", "taken", "read"),
    [
        ("_, (c, h) = self.lstm(x); return h[-1]", WHOLE, "c"),
        ("_, (_, h) = self.lstm(x); return h[-1]", WHOLE, "c"),
        ("_, state = self.lstm(x); return state[1][-1]", WHOLE, "c"),
        ("_, (h, c) = self.lstm(x); return h, c", "c, h = self.encoder(x)", "h[-1]"),
        ("_, (h, c) = self.lstm(x); return h, c", "_, last = self.encoder(x)", "last[0]"),
    ],
)
def test_a_cell_state_by_another_name(body, taken, read):
    assert found_in(program(body, taken, read)) == ["cell_state_for_hidden"]


def test_a_state_that_does_not_fit_is_refused():
    lstm = nn.LSTM(3, 8, batch_first=True)
    x, state = torch.randn(4, 7, 3), (torch.zeros(1, 4, 8), torch.zeros(1, 4, 8))
    rest = (lstm._flat_weights, True, 1, 0.0, False, False)
    refuse_misfits("lstm", (x, state, *rest, True))
    with pytest.raises(RuntimeError, match=r"^the state has another batch size than the input$"):
        guarded("lstm", torch._VF.lstm)(x, state, *rest, False)
    assert guarded("relu", torch.relu) is torch.relu
    with pytest.raises(RuntimeError, match=r"^the state has another batch size than the input$"):
        refuse_misfits("lstm", (x, state, *rest, False))
    with pytest.raises(RuntimeError, match=r"^the input has another width than the weights$"):
        refuse_misfits("lstm", (x[..., :2], state, *rest, True))
    cell = nn.GRUCell(3, 8)
    with pytest.raises(RuntimeError, match=r"^the state has another batch size than the input$"):
        refuse_misfits("gru_cell", (x[:, 0], torch.zeros(3, 8), cell.weight_ih, cell.weight_hh))
