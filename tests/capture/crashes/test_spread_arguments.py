"""What a caller wrote for arguments that a function only hands on."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Timed(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, {given}):
            return self.inner({handed})

    rnn, x = Timed(nn.{layer}(4, 6)), torch.randn(5, 3, 4)
    start = {start}
    print(rnn({call})[0].sum().item())
"""


@pytest.mark.parametrize(
    ("given", "handed", "call"),
    [
        ("*args", "*args", "x, start"),
        ("x, *others, **options", "x, *others, **options", "x, hx=start"),
    ],
)
@pytest.mark.parametrize(
    ("layer", "wrong", "right"),
    [
        ("LSTM", "torch.zeros(1, 3, 6)", "(torch.zeros(1, 3, 6), torch.zeros(1, 3, 6))"),
        ("GRU", "torch.zeros(2, 3, 6)", "torch.zeros(1, 3, 6)"),
    ],
)
def test_the_caller_is_changed(given, handed, call, layer, wrong, right):
    names = {"given": given, "handed": handed, "call": call, "layer": layer}
    found = mended(PROGRAM.format(start=wrong, **names), most=1)
    assert found.output == printed(PROGRAM.format(start=right, **names))


TWICE = """
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(4, 6, batch_first=True, bidirectional=True)

        def encode(self, x):
            outputs, hidden = self.rnn(x)
            return outputs, {hidden}

        def forward(self, *args):
            return self.encode(*args)

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(4, 6, batch_first=True)

        def decode(self, x, memory, hidden):
            return self.rnn(x + memory.mean(1, keepdim=True)[..., :4], hidden)

        def forward(self, x, *args, **options):
            return self.decode(x, *args, **options)

    class Timed(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, *args, **options):
            return self.inner(*args, **options)

    encoder, decoder = Timed(Encoder()), Timed(Decoder())
    x, y = torch.randn(3, 7, 4), torch.randn(3, 5, 4)
    memory, hidden = encoder(x)
    print(decoder(y, memory, hidden)[0].sum().item())
"""


def test_a_value_is_followed_through_all_that_hands_it_on():
    found = mended(TWICE.format(hidden="hidden"), most=1)
    assert found.output == printed(TWICE.format(hidden="hidden.sum(0, keepdim=True)"))
    assert any("sum(0, keepdim=True)" in line for line in _changed(found.diagnoses[0]))


def test_what_the_function_changes_on_the_way_is_not_what_was_given():
    names = {"given": "*args", "handed": "*args", "call": "x, start", "layer": "GRU"}
    program = PROGRAM.format(start="torch.zeros(2, 3, 6)", **names)
    program = program.replace(
        "return self", "args = args[:1] + tuple(each[:1, :1] for each in args[1:])\n            return self"
    )
    assert all("start =" not in line for found in mended(program, most=1).diagnoses for line in _changed(found))


def _changed(found):
    return [edit.replacement for fix in found.fixes for edit in fix.edits]
