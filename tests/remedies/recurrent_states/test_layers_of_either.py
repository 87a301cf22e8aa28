"""A state of fewer layers than the one has that takes it: which of both was made with the wrong number."""

import pytest
from mended import mended, printed

PROGRAM = """
    from types import SimpleNamespace

    TOLD = SimpleNamespace(layers=2, width=6)


    class Reader(nn.Module):
        def __init__(self, {named}):
            super().__init__()
            self.rnn = nn.GRU(3, 6{given})

        def forward(self, x):
            return self.rnn(x)[1]


    class Writer(nn.Module):
        def __init__(self, {named}):
            super().__init__()
            self.rnn = nn.GRU(3, 6, {count})

        def forward(self, x, state):
            return self.rnn(x, state)[0]


    read, write = Reader({handed}), Writer({handed})
    print(round(write(torch.rand(5, 4, 3), read(torch.rand(7, 4, 3))).sum().item(), 4))
"""


def test_a_layer_that_never_reads_how_many_layers_it_is_told_has_too_few() -> None:
    told = {"named": "layers", "handed": "TOLD.layers", "count": "layers"}
    found = mended(PROGRAM.format(**told, given=""))
    assert found.output == printed(PROGRAM.format(**told, given=", num_layers=layers"))
    assert not found.doubts


def test_a_setting_for_both_is_as_likely_wrong_as_one_layer() -> None:
    found = mended(PROGRAM.format(named="told", handed="TOLD", count="told.layers", given=""))
    assert found.output != "crashed"
    assert found.doubts


PRESETS = """
    from types import SimpleNamespace

    PRESETS = {presets}
    told = {told}


    class Reader(nn.Module):
        def __init__(self, told):
            super().__init__()
            self.rnn = nn.GRU(3, 6)

        def forward(self, x):
            return self.rnn(x)[1]


    class Writer(nn.Module):
        def __init__(self, told):
            super().__init__()
            self.rnn = nn.GRU(3, 6, {layers})

        def forward(self, x, state):
            return self.rnn(x, state)[0]


    read, write = Reader(told), Writer(told)
    print(round(write(torch.rand(5, 4, 3), read(torch.rand(7, 4, 3))).sum().item(), 4))
"""
DICTS = '{{"deep": {{"depth": {}}}, "flat": {{"depth": 1}}, "wide": {{"depth": {}}}}}'
CALLS = "dict(deep=dict(depth={}), flat=dict(depth=1), wide=dict(depth={}))"


@pytest.mark.parametrize("presets", [DICTS, CALLS])
@pytest.mark.parametrize(
    ("told", "layers"), [('PRESETS["deep"]', 'told["depth"]'), ('SimpleNamespace(**PRESETS["deep"])', "told.depth")]
)
def test_the_preset_that_is_alone_with_its_layers_is_the_likelier(presets: str, told: str, layers: str) -> None:
    found = mended(PRESETS.format(presets=presets.format(2, 1), told=told, layers=layers))
    assert found.output == printed(PRESETS.format(presets=presets.format(1, 1), told=told, layers=layers))
    assert found.doubts
    other = mended(PRESETS.format(presets=presets.format(2, 2), told=told, layers=layers), most=1)
    assert not any("preset" in fix.doubt for fix in other.diagnoses[0].fixes)
