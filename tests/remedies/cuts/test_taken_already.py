"""A step taken of what has no steps any more: the state of a layer, a step that was taken before, a mean of them."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 6, 2, batch_first=True)
            self.head = nn.Linear(6, 2)

        def forward(self, x):
            out, h_n = self.rnn(x)
            last = {made}
            return self.head({read})

    print(Net()(torch.randn(5, 7, 3)).sum())
"""


@pytest.mark.parametrize(
    ("made", "read"),
    [("h_n[-1]", "last[:, -1, :]"), ("out[:, -1]", "last[:, -1, :]"), ("out[:, -1, :]", "last[:, -1, :].relu()")],
)
def test_what_has_no_steps_is_read_as_it_is(made, read):
    program = PROGRAM.format(made=made, read=read)
    result = mended(program)
    right = read.replace("[:, -1, :]", "")
    assert result.changed == [f"return self.head({right})"]
    assert result.output == printed(program.replace(read, right))
    assert [each.slug for each in result.diagnoses] == ["too_many_indices"]


@pytest.mark.parametrize("made", ["out.mean(1)", "out[:, 0]"])
def test_which_of_two_places_was_meant_is_left_open(made):
    result = mended(PROGRAM.format(made=made, read="last[:, -1, :]"), most=1)
    [found] = result.diagnoses
    assert found.fixes[0].title == "last"
    assert "may be the one that was meant" in found.fixes[0].doubt


def test_one_sequence_alone_is_still_told():
    program = """
        rnn = nn.LSTM(3, 6, batch_first=True)
        out, _ = rnn(torch.randn(7, 3))
        print(out[:, -1, :].sum())
    """
    [found] = mended(program, most=1).diagnoses
    assert found.slug == "missing_batch_axis"
    assert "out" not in [fix.title for fix in found.fixes]


def test_the_last_item_of_some_data_is_no_state():
    program = """
        windows = torch.randn(6, 5, 3)
        last = windows[-1]
        print(nn.Linear(3, 2)(last[:, -1, :]).sum())
    """
    [found] = mended(program, most=1).diagnoses
    assert found.fixes
    assert all(fix.doubt for fix in found.fixes if fix.title in ("last", "[-1, :]"))


def test_the_last_sample_of_the_steps_is_no_state_either():
    program = """
        rnn = nn.GRU(3, 6, batch_first=True)
        out, _ = rnn(torch.randn(5, 7, 3))
        seq = out[-1]
        print(nn.Linear(6, 2)(seq[:, -1, :]).sum())
    """
    [found] = mended(program, most=1).diagnoses
    assert found.fixes
    assert all(fix.doubt for fix in found.fixes)


def test_the_second_of_any_pair_is_no_state():
    program = """
        def batch():
            return torch.randn(4), torch.randn(4, 7, 3)

        _, windows = batch()
        last = windows[-1]
        print(nn.Linear(3, 2)(last[:, -1, :]).sum())
    """
    [found] = mended(program, most=1).diagnoses
    assert found.fixes
    assert all(fix.doubt for fix in found.fixes if fix.title in ("last", "[-1, :]"))
