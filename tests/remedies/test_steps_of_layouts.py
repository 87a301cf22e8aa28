"""A step taken along the samples of a layer that was told the batch is first."""

import pytest
from mended import mended, printed

DECODED = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc, self.dec = nn.GRU(5, 6, batch_first=True), nn.GRU(5, 6, batch_first=True)

        def forward(self, x, y):
            steps, h = self.enc(x)
            return self.dec(y, {state}.unsqueeze(0))[0]


    print(round(Net()(torch.randn(3, 7, 5), torch.randn(3, 4, 5)).sum().item(), 4))
"""


@pytest.mark.parametrize(("wrong", "right"), [("steps[-1]", "steps[:, -1]"), ("steps.mean(0)", "steps.mean(1)")])
def test_the_state_of_a_decoder_is_of_its_samples(wrong, right):
    found = mended(DECODED.format(state=wrong))
    assert found.output == printed(DECODED.format(state=right))
    assert not found.doubts


def test_the_state_of_the_last_layer_stays():
    found = mended(DECODED.format(state="h[-1][:2]"), most=1)
    assert not any("h[:, -1]" in fix.title for fix in found.diagnoses[0].fixes)


BUILT = """
    class Base(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = self.build(), nn.Linear(6, 4)

        def last(self, out):
            return {last}

        def forward(self, x):
            return self.head(self.last(self.rnn(x)[0]))


    class Short(Base):
        def build(self):
            return nn.GRU(5, 6, batch_first=True)


    class Deep(Base):
        def build(self):
            return nn.RNN(5, 6, num_layers=2{first})


    x, y = torch.randn(3, 7, 5), torch.tensor([0, 3, 1])
    print(round(F.cross_entropy(Short()(x), y).item(), 4))
"""


def test_what_methods_build_and_are_handed_is_followed():
    found = mended(BUILT.format(last="out[-1]", first=", batch_first=True"))
    assert found.output == printed(BUILT.format(last="out[:, -1]", first=", batch_first=True"))
    assert not found.doubts


def test_layers_that_are_told_otherwise_decide_nothing():
    found = mended(BUILT.format(last="out[-1]", first=""), most=1)
    assert not any("out[:, -1]" in fix.title for fix in found.diagnoses[0].fixes)


CARRIED = """
    class Pilot(nn.Module):
        def __init__(self):
            super().__init__()
            self.core, self.act = nn.{kind}(5, 6, batch_first=True), nn.Linear(6, 2)

        def move(self, seen, carried):
            {call}
            return self.act({state}), carried


    pilot, x, wanted = Pilot(), torch.randn(4, 7, 3), torch.randn(4, 7, 2)
    loss, moved, carried = 0.0, torch.zeros(4, 2), None
    for t in range(7):
        moved, carried = pilot.move(torch.cat([x[:, t], moved], dim=1).unsqueeze(1), carried)
        loss = loss + F.mse_loss(moved, wanted[:, t])
    print(round(loss.item(), 4))
"""
ONE, BOTH = "carried = self.core(seen, carried)[1]", "_, carried = self.core(seen, carried)"


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("kind", "call", "wrong", "right"),
    [
        ("LSTM", ONE, "carried[0][:, -1]", "carried[0][-1]"),
        ("LSTM", BOTH, "carried[0][:, 0]", "carried[0][0]"),
        ("LSTM", BOTH, "carried[0].mean(1)", "carried[0].mean(0)"),
        ("GRU", ONE, "carried[:, -1]", "carried[-1]"),
        ("GRU", BOTH, "carried[:, -1, :]", "carried[-1]"),
    ],
)
def test_of_a_state_that_is_carried_a_layer_is_taken(kind, call, wrong, right):
    found = mended(CARRIED.format(kind=kind, call=call, state=wrong))
    assert not found.doubts
    assert found.output == printed(CARRIED.format(kind=kind, call=call, state=right))


def test_of_a_pair_that_is_kept_a_layer_is_taken():
    kept = CARRIED.replace("{call}", "_, self.kept = self.core(seen, carried)").replace(", carried\n", ", self.kept\n")
    found = mended(kept.format(kind="LSTM", state="self.kept[0][:, -1]"))
    assert not found.doubts
    assert found.output == printed(kept.format(kind="LSTM", state="self.kept[0][-1]"))


def test_an_item_of_a_single_state_is_no_state():
    found = mended(CARRIED.format(kind="GRU", call=BOTH, state="carried[0][:3]"), most=1)
    assert not any("carried[0][-1]" in fix.title for fix in found.diagnoses[0].fixes)
