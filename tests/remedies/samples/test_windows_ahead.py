"""Windows of a series beside those some steps ahead, the last of which are shorter."""

import pytest
from mended import mended, printed

TOKENS = """
    text, emb, walk, head = torch.randint(0, 9, (20, 3)), nn.Embedding(9, 5), nn.GRU(5, 6), nn.Linear(6, 9)
    total = 0
    for at in range(0, len(text) - 1, 6):
        x, y = {given}, {wanted}
        scores = head(walk(emb(x))[0])
        total += len(x) * F.cross_entropy(scores.flatten(0, 1), y.reshape(-1)).item()
    print(round(total, 4))
"""


@pytest.mark.parametrize("wanted", ["text[at + 1 : at + 7]", "text[1 + at : at + 6 + 1]"])
def test_a_window_ends_where_something_comes_behind_it(wanted):
    found = mended(TOKENS.format(given="text[at : at + 6]", wanted=wanted))
    assert found.output == printed(TOKENS.format(given="text[:-1][at : at + 6]", wanted=wanted))
    assert not found.doubts


SAMPLES_FIRST = """
    series, walk = torch.randn(4, 23, 2), nn.GRU(2, 2, batch_first=True)

    def part(data, begin, many):
        end = begin + many
        return {given}, data[:, begin + {ahead} : begin + many + {ahead}]

    total = 0
    for begin in range(0, series.size(1) - {ahead}, 5):
        x, y = part(series, begin, 5)
        total += F.mse_loss(walk(x)[0], y).item()
    print(round(total, 4))
"""


@pytest.mark.parametrize("ahead", [1, 2])
def test_it_is_so_along_another_axis_and_in_a_function(ahead):
    cut = "data[:, begin : begin + many]"
    right = SAMPLES_FIRST.format(given=cut.replace("data", f"data[:, :-{ahead}]"), ahead=ahead)
    found = mended(SAMPLES_FIRST.format(given=cut, ahead=ahead))
    assert found.output == printed(right)
    assert not found.doubts


def test_a_loop_to_the_very_end_leaves_a_doubt():
    program = TOKENS.replace("len(text) - 1, 6", "len(text), 6")
    found = mended(program.format(given="text[at : at + 6]", wanted="text[at + 1 : at + 7]"), most=1)
    assert found.changed == ["x, y = text[:-1][at : at + 6], text[at + 1 : at + 7]"]
    assert found.doubts == ["the loop may be meant to end before the last window, which is shorter than the others"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        # No windows of one length, or not of one series.
        ("text[at : at + 6]", "text[at + 1 : at + 6]"),
        ("text[at : at + 6]", "text.flip(0)[at + 1 : at + 7]"),
    ],
)
def test_other_windows_are_left(given, wanted):
    found = mended(TOKENS.format(given=given, wanted=wanted), most=1)
    assert not any("[:-1][...]" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(
    "compared",
    [
        # Another number of steps, of axes, of features.
        "F.mse_loss(out[:, -1:].repeat(1, 3, 1), y)",
        "F.mse_loss(out.flatten(0, 1), y)",
        "F.mse_loss(out[..., :1].repeat(1, 1, 5), y)",
        "F.cross_entropy(out, y[..., 0].flatten().long())",
    ],
)
def test_what_differs_in_something_else_is_left(compared):
    program = f"""
    series, walk = torch.rand(4, 13, 3), nn.GRU(3, 3, batch_first=True)
    for at in range(0, series.size(1) - 1, 6):
        x, y = series[:, at : at + 6], series[:, at + 1 : at + 7]
        out = walk(x)[0]
        print({compared})
    """
    assert not any("[...]" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


def test_a_loop_over_something_else_leaves_the_doubt():
    other = "for place in range(0, len(text) - 1, 6):\n        pass\n    total = 0"
    program = TOKENS.replace("len(text) - 1, 6", "len(text), 6").replace("total = 0", other, 1)
    found = mended(program.format(given="text[at : at + 6]", wanted="text[at + 1 : at + 7]"), most=1)
    assert found.changed == ["x, y = text[:-1][at : at + 6], text[at + 1 : at + 7]"]
    assert found.doubts == ["the loop may be meant to end before the last window, which is shorter than the others"]


SHORTER = """
    data, table = torch.randint(5, (30,)), nn.Embedding(5, 5)
    starts = [2, 9, 14]
    x = torch.stack([data[i:i + 6] for i in starts])
    y = torch.stack([data[i + 1:i + {}] for i in starts])
    print(round(F.cross_entropy(table(x).transpose(1, 2), y).item(), 4))
"""


def test_targets_are_as_many_steps_as_what_they_are_ahead_of():
    found = mended(SHORTER.format(3), most=1)
    assert not found.doubts
    assert found.output == printed(SHORTER.format(7))
