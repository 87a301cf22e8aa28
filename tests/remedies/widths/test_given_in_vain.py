"""Layers that give back the width they take, where a size that is told and read nowhere is the one that is wanted."""

import pytest
from mended import mended, printed

HELPER = """
    class Encoder(nn.Module):
        def __init__(self, width, wide, depth):
            super().__init__()
            self.rnn = nn.GRU(3, width, depth)
            self._make_bridge(width, wide, depth)

        def _make_bridge(self, took, gives, depth):
            self.depth = depth
            self.bridge = nn.Linear(took * depth, {wanted} * depth)

        def forward(self, x):
            last = self.rnn(x)[1].transpose(0, 1).flatten(1)
            return torch.tanh(self.bridge(last)).view(x.size(1), self.depth, -1).transpose(0, 1).contiguous()


    encoder, decoder = Encoder(6, 10, 2), nn.GRU(3, 10, 2)
    print(round(decoder(torch.rand(5, 4, 3), encoder(torch.rand(7, 4, 3)))[0].sum().item(), 4))
"""
CONSTRUCTOR = """
    class Encoder(nn.Module):
        def __init__(self, seen, took, gives):
            super().__init__()
            self.rnn = nn.LSTM(seen, took)
            self.h, self.c = nn.Linear(took, {wanted}), nn.Linear(took, {wanted})

        def forward(self, x):
            _, (h, c) = self.rnn(x)
            return self.h(h), self.c(c)


    encoder, decoder = Encoder(3, 6, gives=10), nn.LSTM(3, 10)
    print(round(decoder(torch.rand(5, 4, 3), encoder(torch.rand(7, 4, 3)))[0].sum().item(), 4))
"""
ATTRIBUTE = """
    class Net(nn.Module):
        def __init__(self, took, gives):
            super().__init__()
            self.took, self.gives = took, gives
            self.read, self.say = nn.GRU(3, took), nn.GRU(3, 10)
            self.bridge = nn.Linear(self.took, self.{wanted})

        def forward(self, x):
            return self.say(x, self.bridge(self.read(x)[1]))[0]


    print(round(Net(6, 10)(torch.rand(5, 4, 3)).sum().item(), 4))
"""
SETTINGS = """
    from types import SimpleNamespace
    told = SimpleNamespace(took=6, gives=10)
    read, say = nn.Linear(3, told.took), nn.Linear(10, 2)
    bridge = nn.Linear(told.took, told.{wanted})
    print(round(say(bridge(read(torch.rand(4, 3)))).sum().item(), 4))
"""
TABLE = """
    told = {{"took": 6, "gives": 10}}
    read, say = nn.Linear(3, told["took"]), nn.GRU(10, 2)
    bridge = nn.Linear(told["took"], told["{wanted}"])
    print(round(say(bridge(read(torch.rand(5, 4, 3))))[0].sum().item(), 4))
"""


CONSTANTS = """
    TOOK, GIVES = 6, 10
    bridge, say = nn.Linear(TOOK, {wanted}), nn.GRU(3, 10)
    print(round(say(torch.rand(5, 4, 3), bridge(torch.rand(1, 4, 6)))[0].sum().item(), 4))
"""
BLOCKS = """
    def block(took, gives):
        return nn.Sequential(nn.Conv2d(took, {wanted}, 1), nn.ReLU())

    net = nn.Sequential(block(3, 8), block(8, 4), nn.Conv2d(4, 2, 1))
    print(round(net(torch.rand(5, 3, 6, 6)).sum().item(), 4))
"""
ONE_LAYER = """
    class Encoder(nn.Module):
        def __init__(self, seen, took, gives):
            super().__init__()
            self.out = nn.Linear(seen, {wanted})

        def forward(self, x):
            return self.out(x)


    read, say = Encoder(3, 6, 10), nn.Linear(10, 2)
    print(round(say(read(torch.rand(4, 3))).sum().item(), 4))
"""


def test_a_layer_may_be_missing_where_none_gives_back_what_it_takes() -> None:
    assert mended(ONE_LAYER.format(wanted="took")).doubts


@pytest.mark.parametrize("program", [HELPER, CONSTRUCTOR, ATTRIBUTE, SETTINGS, TABLE, CONSTANTS, BLOCKS])
def test_what_was_told_in_vain_is_what_the_layer_gives(program: str) -> None:
    took, gives = ("TOOK", "GIVES") if program is CONSTANTS else ("took", "gives")
    found = mended(program.format(wanted=took))
    assert found.output == printed(program.format(wanted=gives))
    assert gives in "".join(found.changed)
    assert not found.doubts


@pytest.mark.parametrize("program", [ATTRIBUTE, TABLE])
def test_another_number_is_not_taken_for_it(program: str) -> None:
    # What is told is not what is wanted: nothing is known of it.
    found = mended(program.format(wanted="took").replace("(6, 10)", "(6, 11)").replace('"gives": 10', '"gives": 11'))
    assert "gives)" not in "".join(found.changed)


@pytest.mark.parametrize("name", ["patience", "log_every", "num_layers"])
def test_what_counts_no_width_by_its_name_is_none_for_sure(name: str) -> None:
    found = mended(SETTINGS.format(wanted="took").replace("gives", name), most=1)
    assert found.doubts or f"told.{name})" not in found.changed[0]
