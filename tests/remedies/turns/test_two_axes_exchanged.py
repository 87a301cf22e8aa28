"""Two axes exchanged: what goes along the steps tells which of two tensors lies as it was meant."""

import pytest
from mended import mended, printed

ATTENTION = """
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.w, self.u, self.v = nn.Linear(8, 6), nn.Linear(8, 6), nn.Linear(6, 1)

        def forward(self, query, keys):
            scores = self.v(torch.tanh(self.w(query){added} + self.u(keys)))
            return (scores.softmax({axis}) * keys).sum(dim={axis})

    steps, state = nn.GRU(5, 8)(torch.randn({sizes}, 5))
    print(round(Attention()(state[-1], steps).sum().item(), 4))
"""


@pytest.mark.parametrize("sizes", ["4, 7", "7, 4"])
def test_a_sum_along_axis_1_leaves_open_which_layer_or_axis_is_wrong(sizes):
    assert mended(ATTENTION.format(sizes=sizes, axis=1, added=".unsqueeze(1)"), most=1).doubts


@pytest.mark.parametrize("sizes", ["4, 7", "7, 4"])
def test_a_sum_along_axis_0_tells_that_the_steps_are_first(sizes):
    found = mended(ATTENTION.format(sizes=sizes, axis=0, added=".unsqueeze(1)"), most=1)
    assert found.output == printed(ATTENTION.format(sizes=sizes, axis=0, added=".unsqueeze(0)"))
    assert not found.doubts


POSITIONS = """
    class Positions(nn.Module):
        def __init__(self, width, longest{asked}):
            super().__init__()
            self.along = {along}
            t, k = torch.arange(longest)[:, None], torch.arange(width)
            self.register_buffer("table", torch.sin(t / 9.0 ** (k / width)).unsqueeze({put}))

        def forward(self, x):
            return x + {taken}

    {layers}
    x = torch.randn(4, 9, 6)
    print(round(({read}).std(1).sum().item(), 4))
"""
OWN = {"asked": ", batch_first=True", "along": "1 if batch_first else 0"}
FIXED = {"asked": "", "along": "1"}
TAKEN = [
    "self.table[:x.size(self.along)]",
    "self.table[:x.shape[self.along]]",
    "self.table[: x.size(self.along), :, :]",
]


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize(
    ("given", "layers", "read"),
    [
        (OWN, "positions = Positions(6, 30)", "positions(x)"),
        (OWN, "positions = Positions(6, 30, True)", "positions(x)"),
        (OWN, "positions = Positions(6, longest=9)", "positions(x)"),
        (FIXED, "lstm = nn.LSTM(6, 5, batch_first=True)", "lstm(Positions(6, 30)(x))[0]"),
    ],
)
def test_what_has_a_row_for_each_step_is_turned_to_where_the_steps_lie(given, layers, read, taken):
    program = POSITIONS.format(put=1, taken=taken, layers=layers, read=read, **given)
    right = POSITIONS.format(put=1, taken=f"{taken}.transpose(0, 1)", layers=layers, read=read, **given)
    found = mended(program)
    assert found.output == printed(right)
    assert not found.doubts


@pytest.mark.parametrize("given", [FIXED, {"asked": ", batch_first=None", "along": "1"}])
def test_where_no_layer_says_how_the_samples_lie_it_is_in_doubt(given):
    program = POSITIONS.format(put=1, taken=TAKEN[0], layers="", read="Positions(6, 30)(x)", **given)
    assert all(fix.doubt for fix in mended(program, most=1).diagnoses[0].fixes)


MASKED = """
    def blank(scores, mask):
        return scores.masked_fill({mask}, 0.0)

    torch.manual_seed(1)
    scores, real = torch.randn(4, 6), torch.rand(6, 4) > 0.3
    out = blank(scores, real)
    print(round(out.sum().item(), 4){behind})
"""


@pytest.mark.parametrize("mask", ["~mask", "mask", "mask == 0"])
@pytest.mark.parametrize(
    ("behind", "is_sure"),
    [
        ("", True),
        (", real.shape", True),
        (", (scores * real.t()).mean().item()", True),
        (", real.reshape(-1).sum()", False),
        (", [float(row.float().mean()) for row in real]", False),
    ],
)
def test_what_others_read_too_is_turned_in_doubt(mask, behind, is_sure):
    found = mended(MASKED.format(mask=mask, behind=behind))
    assert bool(found.doubts) is not is_sure


IMAGE = """
    image = torch.rand({sizes})
    middle = torch.rand({channels})
    lowest = (image{turn} - middle.view({channels}, 1, 1)).amin((1,))
    print([round(each, 4) for each in lowest.flatten().tolist()])
"""


def test_an_image_meets_its_channels_with_its_rows_and_columns_as_they_are():
    program = IMAGE.format(sizes="5, 4, 3", channels=3, turn="")
    found = mended(program)
    assert found.output == printed(IMAGE.format(sizes="5, 4, 3", channels=3, turn=".permute(2, 0, 1)"))
    assert not found.doubts


def test_what_has_more_than_the_channels_of_an_image_is_turned_in_doubt():
    fixes = mended(IMAGE.format(sizes="5, 4, 7", channels=7, turn=""), most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if fix.title.startswith("image"))
