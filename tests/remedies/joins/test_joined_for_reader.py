"""Steps beside what there is once for each sample: the layer that reads the join says how wide it is."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self, hidden=6, extra=4):
            super().__init__()
            self.text = nn.LSTM(3, hidden, batch_first=True)
            self.meta = nn.Linear(2, extra)
            self.head = nn.Linear(hidden + extra, 5)

        def forward(self, text, meta):
            out, _ = self.text(text)
            m = self.meta(meta)
            both = torch.cat([out, m], dim=1)
            return self.head(both)

    scores = Net()(torch.randn(7, 9, 3), torch.randn(7, 2))
"""
OF_SAMPLES = NET + "    print(F.cross_entropy(scores, torch.randint(0, 5, (7,))).shape)\n"
OF_STEPS = NET + "    print(F.cross_entropy(scores.transpose(1, 2), torch.randint(0, 5, (7, 9))).shape)\n"
LAST, SPREAD = "out[:, -1], m", "out, m.unsqueeze(1).expand(-1, out.size(1), -1)"


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (OF_SAMPLES, f"both = torch.cat([{LAST}], dim=1)"),
        (OF_SAMPLES.replace("dim=1)\n", "1)\n"), f"both = torch.cat([{LAST}], 1)"),
        (OF_STEPS.replace("dim=1)\n", "dim=2)\n"), f"both = torch.cat([{SPREAD}], dim=2)"),
        (OF_STEPS.replace("dim=1)\n", "dim=-1)\n"), f"both = torch.cat([{SPREAD}], dim=-1)"),
        # What keeps the width stands between the two, or nothing does.
        (OF_SAMPLES.replace("self.head(both)", "self.head(F.relu(both))"), f"both = torch.cat([{LAST}], dim=1)"),
        (
            OF_SAMPLES.replace("both = ", "return self.head(").replace("dim=1)\n", "dim=1))\n", 1),
            f"return self.head(torch.cat([{LAST}], dim=1))",
        ),
        (
            OF_SAMPLES.replace("nn.Linear(hidden + extra, 5)", "nn.Sequential(nn.Linear(hidden + extra, 5))"),
            f"both = torch.cat([{LAST}], dim=1)",
        ),
        # Time first.
        (
            OF_SAMPLES.replace(", batch_first=True", "").replace("(7, 9, 3)", "(9, 7, 3)"),
            "both = torch.cat([out[-1], m], dim=1)",
        ),
    ],
)
def test_the_features_are_joined_where_the_reader_is_as_wide_as_both(program, changed):
    found = mended(program, most=1)
    assert found.changed == [changed]
    assert found.output != "crashed"
    assert not found.doubts


def test_both_ways_are_named_where_nothing_else_decides():
    fixes = mended(NET + "    print(scores.shape)\n", most=1).diagnoses[0].fixes
    assert [fix.edits[0].replacement.strip() for fix in fixes[:2]] == [
        f"both = torch.cat([{LAST}], dim=1)",
        f"both = torch.cat([{SPREAD}], dim=-1)",
    ]
    assert abs(fixes[0].cost - fixes[1].cost) <= 0.04


def test_as_many_samples_as_steps_are_in_doubt():
    found = mended(OF_SAMPLES.replace("7, 9, 3", "7, 7, 3"), most=1)
    assert found.changed == ["both = torch.cat([out[:, -1], m], dim=1)"]
    assert found.doubts == ["the samples and the steps are as many, so which axis the steps lie along is not known"]


@pytest.mark.parametrize(
    "program",
    [
        # A token of its own in front of the steps, as wide as each of them: the reader is no wider.
        NET.replace("hidden=6, extra=4", "hidden=6, extra=6").replace("hidden + extra", "hidden"),
        # Nobody is seen to read it.
        NET.replace("return self.head(both)", "return both"),
        # It is another value that is read by this name.
        NET.replace("return self.head(both)", "both = both.mean(1)\n            return both"),
    ],
)
def test_what_no_reader_says_is_left_alone(program):
    fixes = mended(program + "    print(scores.shape)\n", most=1).diagnoses[0].fixes
    assert all("[:, -1]" not in fix.title and "dim=-1" not in fix.title for fix in fixes)


def test_layers_of_a_state_are_no_steps():
    program = OF_SAMPLES.replace("out, _ = self.text(text)", "_, (out, c) = self.text(text)").replace(
        "nn.LSTM(3, hidden,", "nn.LSTM(3, hidden, 2,"
    )
    assert "expand" not in mended(program, most=1).changed[0]


@pytest.mark.parametrize("layer", ["LSTM(3, 3, batch_first=True, bidirectional=True)", "GRU(3, 6, batch_first=True)"])
def test_the_last_step_is_in_doubt_unless_it_has_seen_the_others(layer):
    found = mended(OF_SAMPLES.replace("LSTM(3, hidden, batch_first=True)", layer), most=1)
    assert found.output != "crashed"
    assert bool(found.doubts) == ("bidirectional" in layer)


def test_the_last_step_of_what_no_recurrent_layer_gave_is_in_doubt():
    program = OF_SAMPLES.replace("LSTM(3, hidden, batch_first=True)", "Linear(3, hidden)").replace("out, _ =", "out =")
    found = mended(program, most=1)
    assert found.changed == ["both = torch.cat([out[:, -1], m], dim=1)"]
    assert found.doubts == ["the mean over the steps, or the first one, may have been meant"]


TABLE = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.kinds, self.head = nn.Embedding(15, 4), nn.Linear({width}, 2)

        def forward(self, kinds, numbers):
            e = self.kinds(kinds)
            return self.head(torch.cat([{parts}], {axis}))

    print(round(Net()(torch.randint(0, 15, (10, 3)), torch.randn(10, 6)).std().item(), 4))
"""


@pytest.mark.parametrize("axis", ["1", "dim=1", "-1"])
@pytest.mark.parametrize("parts", ["{}, numbers", "numbers, {}"])
def test_all_that_a_sample_has_is_one_row(axis, parts):
    found = mended(TABLE.format(width=18, axis=axis, parts=parts.format("e")), most=1)
    assert found.output == printed(TABLE.format(width=18, axis=axis, parts=parts.format("e.flatten(1)")))
    assert not found.doubts


def test_maps_and_rows_are_one_row_where_their_reader_is_as_wide():
    program = """
    maps, rows = nn.Conv2d(1, 4, 3)(torch.randn(5, 1, 8, 6)), torch.randn(5, 3)
    x = torch.cat(({}, rows), dim=1)
    print(round(nn.Linear({}, 2)(x).std().item(), 4))
    """
    found = mended(program.format("maps", 4 * 6 * 4 + 3), most=1)
    assert found.output == printed(program.format("maps.flatten(1)", 4 * 6 * 4 + 3))
    assert not found.doubts
    found = mended(program.format("maps", 4 + 3), most=1)
    assert not any("flatten(1)" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)
