"""Positions that were taken where a part of the axis was meant, as what reads the result tells."""

import pytest
from mended import mended, printed

IN_A_BRANCH = """
    class Net(nn.Module):
        def __init__(self, k, short):
            super().__init__()
            self.k, self.short = k, short
            self.rnn = nn.GRU(3, 3, batch_first=True)

        def forward(self, x):
            out, _ = self.rnn(x)
            if self.short:
                tail = out[:, -self.k:]
            else:
                tail = out[:, -1]
            return tail

    net = Net(4, False)
    pred = net(torch.randn(5, 9, 3))
    print(F.mse_loss(pred[:, :, 0], torch.randn(5, 4)).shape)
"""
BY_A_FUNCTION = """
    def forecast(series, layer):
        y = layer(series.transpose(1, 2)).transpose(1, 2)
        return y[:, -1, :]

    pred = forecast(torch.randn(5, 9, 3), nn.Linear(9, 9))[:, -4:, :]
    print(F.mse_loss(pred, torch.randn(5, 4, 3)).shape)
"""
STEP_BY_STEP = """
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 6, batch_first=True)

        def forward(self, x):
            out, _ = self.rnn(x)
            return out[:, -1, :]

    decoder, total = Decoder(), 0
    out = decoder(torch.randn(4, 7, 3))
    for t in range(3):
        total = total + out[:, t, :].sum()
    print(total.shape)
"""
TAKEN_TWICE = """
    def encode(x, rnn):
        out, _ = rnn(x)
        return out[:, -1, :]

    out = encode(torch.randn(4, 7, 3), nn.LSTM(3, 6, batch_first=True))
    print(nn.Linear(6, 2)(out[:, -1, :]).sum().shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (IN_A_BRANCH, "tail = out[:, -self.k:]"),
        (BY_A_FUNCTION, "return y"),
        (STEP_BY_STEP, "return out"),
        (TAKEN_TWICE, "print(nn.Linear(6, 2)(out).sum().shape)"),
    ],
)
def test_the_axis_is_kept_where_it_is_read(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert found.output == "torch.Size([])\n"
    assert not found.doubts


def test_without_a_word_on_the_steps_it_is_in_doubt():
    program = """
    def flat(out):
        b, t, d = out.shape
        return out.reshape(b, t * d)

    out = nn.LSTM(3, 6, batch_first=True)(torch.randn(4, 7, 3))[0][:, -1]
    print(flat(out).shape)
    """
    found = mended(program)
    assert found.changed == ["print(flat(out.unsqueeze(0)).shape)"]
    assert found.doubts == ["another axis than that of the samples may be the one that is missing"]


def test_what_others_call_too_is_in_doubt():
    program = """
    def last(rnn, x):
        out, _ = rnn(x)
        return out[:, -1, :]

    rnn, head, x = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 2), torch.randn(4, 7, 3)
    print(head(last(rnn, x)).shape)
    print(last(rnn, x)[:, -3:, :].shape)
    """
    found = mended(program)
    assert found.changed == ["return out"]
    assert found.doubts == ["others who call the function may want what it returns as it is"]


def test_the_steps_before_the_last_are_no_pattern_for_it():
    program = """
    def parts(out):
        before, last = out[:, :-1, :], out[:, -1, :]
        return before.sum() + last[:, 0, :].sum()

    print(parts(torch.randn(4, 7, 3)))
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("last = out[:, :-1, :], out[:, :-1, :]" in fix.edits[0].replacement for fix in fixes)


BESIDE = """
    class Rates(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.mix = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 2)

        def forward(self, x):
            out = self.rnn(x)[0]
            {line}
            mean = self.mix(out[:, -4:].mean(1))
            {read}
            return mean.sum() + now.sum()

    print(Rates()(torch.randn(5, 9, 3)).shape)
"""


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("now = out[:, -1]", "now = now[:, :, 0]"),
        ("begun, now = out[:, 0], out[:, -1]", "n, t, d = now.shape"),
        ("now = out[:, -1]", "n, t, d = now.size()"),
    ],
)
def test_a_part_that_something_else_takes_is_in_doubt(line, read):
    assert mended(BESIDE.format(line=line, read=read)).doubts


@pytest.mark.parametrize(
    ("returned", "is_sure"), [("out[:, -self.k:], x", True), ("out[:, -self.k:].flatten(1)", False)]
)
def test_a_part_that_is_returned_otherwise_is_a_pattern_where_it_is_returned_as_it_is(returned, is_sure):
    at, end = IN_A_BRANCH.index("            if self.short"), IN_A_BRANCH.index("            return tail")
    program = f"""{IN_A_BRANCH[:at]}            if self.short:
                return {returned}
            return out[:, -1]
{IN_A_BRANCH[end:].removeprefix("            return tail")}"""
    assert bool(mended(program).doubts) is not is_sure


AHEAD = """
class Ahead(nn.Module):
    def __init__(self, steps):
        super().__init__()
        self.rnn, self.head = nn.GRU(3, 8, batch_first=True), nn.Linear(8, steps)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


steps, first = 4, -1
net, x, y = Ahead(steps), torch.randn(6, 9, 3), torch.randn(6, 12, 3)
made = net(x)
made = made[:, -{steps}:, first:]
print(F.mse_loss(made, y[:, -{steps}:, first:]).item())
"""


@pytest.mark.parametrize("steps", ["steps", "4"])
def test_an_axis_that_is_missing_behind_the_one_that_is_cut_at_its_size(steps):
    program = AHEAD.format(steps=steps)
    found = mended(program)
    assert found.output == printed(program.replace("made = net(x)", "made = net(x).unsqueeze(-1)"))
