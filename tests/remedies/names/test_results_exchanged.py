"""The two results of a layer bear each other's names, as these, or who reads them, say."""

import pytest
from mended import mended, printed

RIGHT = {
    "the state goes in by its name": (
        "out, h = rnn(x, h)",
        "h, out = rnn(x, h)",
        "rnn, fc, h = nn.GRU(5, 6), nn.Linear(6, 3), torch.zeros(1, 4, 6)\nfor _ in range(2):\n"
        "    x = torch.randn(7, 4, 5)\n    {}\n    print(fc(out).sum().item())",
    ),
    "the pair goes in by its name": (
        "y, s = rnn(x, s)",
        "s, y = rnn(x, s)",
        "rnn, fc, s = nn.LSTM(5, 6), nn.Linear(6, 3), None\nfor _ in range(2):\n"
        "    x = torch.randn(7, 4, 5)\n    {}\n    print(fc(y).sum().item())",
    ),
    "a pair can only be second": (
        "_, (last, cell) = rnn(x)",
        "(last, cell), _ = rnn(x)",
        "rnn, fc = nn.LSTM(5, 6, batch_first=True), nn.Linear(6, 3)\nx = torch.randn(4, 7, 5)\n{}\n"
        "print(fc(last[-1]).sum().item())",
    ),
    "both names": (
        "encoder_outputs, hidden = enc(x)",
        "hidden, encoder_outputs = enc(x)",
        "enc, dec, x = nn.GRU(5, 6), nn.GRU(6, 6), torch.randn(7, 4, 5)\n{}\n"
        "print(dec(encoder_outputs[:1], hidden)[0].sum().item())",
    ),
    "steps are read of it": (
        "seen, _ = rnn(x)",
        "_, seen = rnn(x)",
        "rnn, fc = nn.LSTM(5, 6, batch_first=True), nn.Linear(6, 3)\nx = torch.randn(4, 7, 5)\n{}\n"
        "print(fc(seen[:, -1]).sum().item())",
    ),
    "a loss misses the steps": (
        "out, _ = self.rnn(x)",
        "_, out = self.rnn(x)",
        "class Tagger(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.rnn, self.fc = nn.GRU(5, 6), nn.Linear(6, 3)\n    def forward(self, x):\n        {}\n"
        "        return self.fc(out)\nscores = Tagger()(torch.randn(7, 4, 5))\n"
        "print(F.cross_entropy(scores.view(-1, 3), torch.randint(0, 3, (28,))).item())",
    ),
    "it is handed on as a state": (
        "_, h = enc(x)",
        "h, _ = enc(x)",
        "enc, dec, x = nn.GRU(5, 6, batch_first=True), nn.GRU(5, 6, batch_first=True), torch.randn(4, 7, 5)\n{}\n"
        "print(dec(torch.randn(4, 3, 5), h)[0].sum().item())",
    ),
    "weights": (
        "y, w = attend(x, x, x)",
        "w, y = attend(x, x, x)",
        "attend, x = nn.MultiheadAttention(6, 2, batch_first=True), torch.randn(4, 7, 6)\n{}\n"
        "print((x + y).sum().item(), w.shape)",
    ),
    "lengths": (
        "memory, _ = pad_packed_sequence(packed)",
        "_, memory = pad_packed_sequence(packed)",
        "from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence\n"
        "packed = pack_padded_sequence(torch.randn(7, 3, 6), [7, 4, 2])\n{}\n"
        "print(nn.Linear(6, 2)(memory).sum().item())",
    ),
}


@pytest.mark.parametrize("how", RIGHT)
def test_the_names_change_places(how):
    right, wrong, program = RIGHT[how]
    found = mended(program.format(wrong))
    assert found.output == printed(program.format(right))
    assert right in found.text
    assert not found.doubts


def test_states_may_be_those_of_all_steps():
    program = "rnn, x = nn.LSTM(5, 6), torch.randn(7, 4, 5)\n{}\nprint(states.permute(1, 0, 2).sum())"
    found = mended(program.format("_, states = rnn(x)"))
    assert found.output == printed(program.format("states, _ = rnn(x)"))


def test_of_a_pair_a_part_may_be_meant():
    program = "rnn, fc, x = nn.LSTM(5, 6), nn.Linear(6, 3), torch.randn(7, 4, 5)\n{}\nprint(fc(left).sum().item())"
    found = mended(program.format("_, left = rnn(x)"))
    assert found.doubts
    assert "left, _ = rnn(x)" in found.text


STATES = "rnn, fc, x = nn.{}, torch.randn(7, 4, 5)\n{}\nprint(fc({}).sum().item())"


@pytest.mark.parametrize(
    "program",
    [
        # A state that is called as such, and a width that is wrong.
        STATES.format("GRU(5, 6), nn.Linear(7, 3)", "_, h = rnn(x)", "h[-1]"),
        STATES.format("LSTM(5, 6), nn.Linear(7, 3)", "_, hidden = rnn(x)", "hidden[0][-1]"),
        # An output that is called like a state, as many do.
        STATES.format("GRU(5, 6), nn.Linear(7, 3)", "h, _ = rnn(x)", "h"),
    ],
)
def test_what_stands_in_order_stays(program):
    found = mended(program, most=1)
    assert all("exchanged" not in fix.title for each in found.diagnoses for fix in each.fixes)


OWN = """
    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.fc = nn.GRU(5, 6), nn.Linear(6, 3)

        def forward(self, x, hidden, labels=None):
            out, hidden = self.rnn(x, hidden)
            if labels is None:
                return self.fc(out[-1]), {early}
            return self.fc(out[-1]), hidden

    step, h = Step(), torch.zeros(1, 4, 6)
    {taken} = {model}(torch.randn(7, 4, 5), h, 1)
    print(F.cross_entropy(scores, torch.tensor([0, 1, 2, 0])).item(), h.shape)
"""


@pytest.mark.parametrize("model", ["step", "Step()"])
@pytest.mark.parametrize("early", ["hidden", "None"])
def test_what_a_module_returns_beside_a_name_is_the_other_one(model, early):
    found = mended(OWN.format(model=model, early=early, taken="h, scores"))
    assert "scores, h = " in found.text
    assert not found.doubts
    assert found.output == printed(OWN.format(model=model, early=early, taken="scores, h"))


@pytest.mark.parametrize(
    "read", ["hidden[:, -1]", "hidden.mean(1)", "hidden.transpose(1, 2)[..., 0]", "outs[-1]", "outs.squeeze(0)"]
)
def test_odd_names_that_are_read_as_what_they_hold_stay(read):
    program = f"""
    rnn, x = nn.GRU(5, 6, batch_first=True), torch.randn(4, 7, 5)
    hidden, outs = rnn(x)
    query = {read}
    print(torch.bmm(hidden, query).shape)
    """
    found = mended(program, most=1)
    assert all("exchanged" not in fix.title for each in found.diagnoses for fix in each.fixes)


BOTH_STATES = """
    class Encoder(nn.Module):
        def __init__(self, n, width):
            super().__init__()
            self.rnn = nn.{kind}(n, width, {layers})
            self.mix = nn.Linear(2 * width, 3)

        def forward(self, x):
            {names} = self.rnn(x)
            return self.mix(torch.cat({parts}, -1))

    print(Encoder(4, 5)(torch.randn(6, 7, 4)).sum().item())
"""


@pytest.mark.parametrize(
    ("layers", "parts"),
    [("2", "[hn[-1], cn[-1]]"), ("1", "(hn[0], cn[0])"), ("3", "(hn[1], cn[1])")],
)
def test_two_states_that_are_read_alike_come_as_a_pair(layers, parts):
    program = {"kind": "LSTM", "layers": layers, "parts": parts}
    found = mended(BOTH_STATES.format(names="hn, cn", **program))
    assert found.output == printed(BOTH_STATES.format(names="_, (hn, cn)", **program))
    assert not found.doubts


@pytest.mark.parametrize(
    ("kind", "names", "parts"),
    [
        ("LSTM", "out, c", "[out[-1], c[-1]]"),
        ("LSTM", "h, c", "[h[:, -1], c[0][:, -1]]"),
        ("GRU", "h, c", "[h[-1], c[-1], c[-1]]"),
    ],
)
def test_an_output_beside_a_state_is_none_of_a_pair(kind, names, parts):
    found = mended(BOTH_STATES.format(kind=kind, layers=1, names=names, parts=parts), most=1)
    assert not any(fix.title.startswith("_, (") for fix in found.diagnoses[0].fixes)
