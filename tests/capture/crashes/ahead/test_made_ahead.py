"""A change of what makes a model is read on with a model that is made anew, without a line of the script run."""

import gc

import pytest
import torch
from ways_ahead import crashed, ways_instead_of, ways_of

PARTS = """
    class Block(nn.Module):
        def __init__(self, width, inner=6):
            super().__init__()
            {made}

        def forward(self, x):
            return {called}
"""
MODEL = """
    class Net(nn.Module):
        def __init__(self, width):
            super(Net, self).__init__()
            self.block, self.norm = Block(width), nn.LayerNorm(8)
            self.register_buffer("scale", torch.ones(8))

        def forward(self, x):
            out = self.block(x) * self.scale
            return self.norm(out)
"""
FLAT = """
    net = Net(5)
    y = net(torch.randn(4, 7, 5))
    print(y.shape)
"""
WITHOUT_A_NAME = """
    print(Net(5)(torch.randn(4, 7, 5)).shape)
"""
TRAINED = """
    from torch.utils.data import DataLoader

    def train(model, loader):
        model.train()
        for x, y in loader:
            loss = F.mse_loss(model(x), y)
            loss.backward()

    def main():
        loader = DataLoader([(torch.randn(7, 5), torch.zeros(7, 8))] * 6, 4)
        settings = {"width": 5}
        model = Net(**settings).to("cpu")
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        train(model, loader)

    main()
"""
HELD = """
    class Trainer:
        def __init__(self, model):
            self.model = model
            self.best = 0.0

        def fit(self, batches):
            for x in batches:
                self.best = self.model(x).sum().item()

    def build():
        return Net(5).eval()

    trainer = Trainer(build())
    trainer.fit(iter([torch.randn(4, 7, 5)]))
"""
WAYS = {"flat": FLAT, "without a name": WITHOUT_A_NAME, "trained": TRAINED, "held": HELD}
MADE = {
    "two layers": (
        "self.one, self.two = nn.Linear(width, 6), nn.Linear({}, 8)",
        "self.two(self.one(x).relu())",
    ),
    "in a row": (
        "self.body = nn.Sequential(nn.Linear(width, 6), nn.ReLU(), nn.Linear({}, 8))",
        "self.body(x)",
    ),
    "in a list": (
        "self.body = nn.ModuleList()\n            self.body.append(nn.Linear(width, inner))\n"
        "            for out in (8,):\n                self.body.append(nn.Linear({}, out))",
        "self.body[1](self.body[0](x))",
    ),
    "a table": (
        "self.one = nn.Linear(width, 6)\n            self.table = nn.Parameter(torch.zeros({}, 8))",
        "self.one(x) @ self.table",
    ),
}


@pytest.mark.parametrize("used", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("parts", MADE.values(), ids=MADE)
def test_it_is_known_with_which_number_all_goes_on(parts, used):
    made, called = parts
    program = PARTS.format(made=made.format("13 - 2"), called=called) + MODEL + used
    # With the second the block goes on, and the norm behind it does not.
    assert ways_instead_of(program, "13 - 2", "inner", "inner + 1") == [True, False]


def test_a_number_that_is_handed_down_is_read_where_it_is_made():
    made, called = MADE["two layers"]
    program = PARTS.format(made=made.format("inner"), called=called) + MODEL.replace("Block(width)", "Block(width, 11)")
    assert ways_instead_of(program + FLAT, "Block(width, 11)", "Block(width, 6)", "Block(width, 7)") == [True, False]


def test_a_setting_is_read_too():
    made, called = MADE["two layers"]
    program = (
        PARTS.format(made=made.format("inner"), called=called) + MODEL + TRAINED.replace('"width": 5', '"width": 9')
    )
    assert ways_instead_of(program, '"width": 9', '"width": 5', '"width": 4') == [True, False]


def test_what_is_made_of_what_is_not_known_is_not_read():
    made, called = MADE["two layers"]
    program = PARTS.format(made=made.format("int(torch.tensor(11).item())"), called=called) + MODEL
    assert ways_instead_of(program + FLAT, "tensor(11)", "tensor(6)") == [None]


def test_nor_is_a_model_that_is_a_layer_of_torch():
    program = """
        class Own(nn.LSTM):
            def __init__(self, width):
                super().__init__(width, 6, batch_first=True)
                self.out = nn.Linear(9, 3)

            def forward(self, x):
                return self.out(super().forward(x)[0])

        print(Own(5)(torch.randn(4, 7, 5)).shape)
    """
    assert ways_instead_of(program, "9, 3", "6, 3") == [None]


SIDES = """
    LOG = []

    class Gate(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.first, self.second = nn.Linear(5, 6), nn.Linear(width, 8)
            {more}

        def forward(self, x):
            {line}
            return self.second(self.first(x))
    {methods}
    net = Gate(7)
    net(torch.randn(4, 5))
"""


@pytest.mark.parametrize(
    ("more", "line", "methods"),
    [
        ("LOG.append(1)", "LOG.append(2)", ""),
        ("self.note()", "self.note()", "    def note(self):\n            LOG.append(3)\n"),
        ("pass", "torch.nn.utils.parametrizations.weight_norm(self.first)", ""),
        ("pass", "x = torch.cond(torch.tensor(True), self.seen, self.seen, (x,))", "    def seen(self, x):\n"
         "            LOG.append(5)\n            return x + 0\n"),
        ("pass", "pass", "    def __del__(self):\n            LOG.append(6)\n"),
        ("pass", "pass", "    def __setattr__(self, name, value):\n            LOG.append(7)\n"
         "            super().__setattr__(name, value)\n"),
        ("pass", "x = x + 0 * self.second.weight.data.fill_(3.0).sum()", ""),
    ],
)  # fmt: skip
def test_nothing_of_the_script_runs_and_what_stands_ready_stays_as_it_is(more, line, methods):
    text, names, error = crashed(SIDES.format(more=more, line=line, methods=methods))
    net, log = names["net"], names["LOG"]
    before = str(net), [each.clone() for each in net.parameters()], list(log)
    ways_of(text, error, "nn.Linear(width, 8)", "nn.Linear(6, 8)")
    gc.collect()
    assert (str(net), log) == (before[0], before[2])
    assert all(map(torch.equal, before[1], net.parameters()))
