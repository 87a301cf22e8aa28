"""Cells that a script writes itself, and what they leave for the next batch; beside averages and banks that go on."""

import pytest
from programs import slugs

CELL = """
class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.gate, self.out = nn.Linear(3, 6), nn.Linear(9, 6), nn.Linear(6, 2)
        self.state = None

    def step(self, x):
        if self.state is None:
            self.state = x.new_zeros(len(x), 6)
        share = torch.sigmoid(self.gate(torch.cat([x, self.state], 1)))
        self.state = share * self.state + (1 - share) * torch.tanh(self.read(x))
        return self.state

    def forward(self, x):
        {begin}
        for t in range(x.size(1)):
            h = self.step(x[:, t])
        self.state = self.state.detach()
        return self.out(h)


data, wanted = torch.randn(24, 5, 3), torch.randn(24, 2)
model, criterion = Cell(), nn.MSELoss()
batches = [(data[rows], wanted[rows]) for rows in {order}.split(6)]
"""
BESIDE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.mean, self.bank = torch.zeros(4), torch.randn(6, 4)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).tanh()
            {kept}
        return x


data = torch.randn(24, 4)
model, criterion = Model(), nn.MSELoss()
batches = [(data[rows], data[rows]) for rows in torch.randperm(24).split(6)]
"""


@pytest.mark.parametrize(
    ("begin", "order", "found"),
    [
        ("pass", "torch.randperm(24)", ["state_of_another_batch"]),
        ("self.state = None", "torch.randperm(24)", []),
        ("self.state = torch.zeros(len(x), 6)", "torch.randperm(24)", []),
        # Parts of one text that follow each other.
        ("pass", "torch.arange(24)", []),
    ],
)
def test_a_cell_of_the_script_s_own(begin, order, found):
    assert slugs(CELL.format(begin=begin, order=order)) == found


@pytest.mark.parametrize(
    "kept",
    [
        "self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(0); x = x - self.mean",
        "x = x + 0.1 * self.bank.mean(0); self.bank = x.detach()",
        "x = x + 0.1 * self.bank; self.bank = (0.5 * self.bank + 0.5 * x).detach()",
    ],
)
def test_what_a_model_keeps_on_purpose(kept):
    assert "state_of_another_batch" not in slugs(BESIDE.format(kept=kept))


SPIKES = """
class Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u):
        ctx.save_for_backward(u)
        return (u > 0).float()

    @staticmethod
    def backward(ctx, grad):
        return grad / (1 + ctx.saved_tensors[0].abs()) ** 2


class Neurons(nn.Module):
    def __init__(self):
        super().__init__()
        self.within, self.out = nn.Linear(6, 6, bias=False), nn.Linear(6, 3)
        self.level = self.spikes = None

    def begin(self):
        if self.level is not None:
            self.level = torch.zeros_like(self.level)
            self.spikes = {spikes}

    def forward(self, frames):
        self.begin()
        if self.level is None:
            self.level, self.spikes = torch.zeros(5, 6), torch.zeros(5, 6)
        for frame in frames:
            self.level = 0.9 * self.level + frame + self.within(self.spikes)
            self.spikes = Step.apply(self.level - 1)
        return self.out(self.spikes)


def recordings():
    y = torch.randint(0, 3, (5,))
    rate = torch.sigmoid(torch.arange(7)[:, None, None] * (y[:, None] - torch.arange(6)))
    return (torch.rand(7, 5, 6) < rate).float(), y


model, criterion = Neurons(), nn.CrossEntropyLoss()
batches = [recordings() for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("spikes", "found"),
    [("self.spikes.detach()", ["state_of_another_batch"]), ("torch.zeros_like(self.spikes)", [])],
)
def test_a_cell_whose_gradient_is_the_script_s_own(spikes, found):
    assert slugs(SPIKES.format(spikes=spikes)) == found
