"""Tokens with a mark at both ends go in, and the same without the first are to come out."""

import pytest
from mended import mended, printed

PROGRAM = """
    BOS, EOS, PAD = 1, 2, 0

    def batch(rows):
        given = [torch.tensor({given}) for s in rows]
        wanted = [torch.tensor({wanted}) for s in rows]
        return (nn.utils.rnn.pad_sequence(each, batch_first=True, padding_value=PAD) for each in (given, wanted))

    x, y = batch([[4, 5, 6], [7, 3], [8, 4, 4, 9]])
    net = nn.Sequential(nn.Embedding(10, 6), nn.Linear(6, 10))
    print(round(F.cross_entropy(net(x).flatten(0, 1), y.flatten(), ignore_index=PAD).item(), 4))
"""


def test_the_last_mark_is_nothing_to_go_on_from():
    found = mended(PROGRAM.format(given="[BOS] + s + [EOS]", wanted="s + [EOS]"))
    assert found.output == printed(PROGRAM.format(given="[BOS] + s", wanted="s + [EOS]"))
    assert not found.doubts


@pytest.mark.parametrize("wanted", ["s[:-1] + [EOS]", "s"])
def test_what_comes_out_otherwise_is_left(wanted):
    found = mended(PROGRAM.format(given="[BOS] + s + [EOS]", wanted=wanted), most=1)
    assert not any(fix.title == "[BOS] + s" for fix in found.diagnoses[0].fixes)


def test_where_the_same_without_the_last_mark_is_there_it_may_be_what_goes_in():
    program = PROGRAM.format(given="[BOS] + s + [EOS]", wanted="s + [EOS]")
    found = mended(program.replace("        given =", "        short = [[BOS] + s for s in rows]\n        given ="))
    assert found.changed == ["given = [torch.tensor([BOS] + s) for s in rows]"]
    assert found.doubts == ["what begins so and has no last mark is there already, and may be what was to go in"]
