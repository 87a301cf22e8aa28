"""Data sets that count windows whose target lies behind the end."""

import pytest
from mended import mended, printed

DATA = """
    class Prices(torch.utils.data.Dataset):
        def __init__(self, series, window):
            self.series, self.window = series, window

        def __len__(self):
            return {count}

        def __getitem__(self, i):
            {before}
            return self.series[i : i + self.window], self.series[i + {behind}]

    total = sum(y.item() for _, y in torch.utils.data.DataLoader(Prices(torch.arange(23.0), 5)))
    print(total)
"""


@pytest.mark.parametrize("count", ["len(self.series)", "len(self.series) - 1"])
@pytest.mark.parametrize(
    ("behind", "right"),
    [
        ("self.window", "len(self.series) - self.window"),
        ("(self.window + 2)", "len(self.series) - (self.window + 2)"),
        ("7", "len(self.series) - 7"),
    ],
)
def test_it_counts_those_that_have_a_target(count, behind, right):
    found = mended(DATA.format(count=count, behind=behind, before="pass"), most=1)
    assert found.changed == [f"return {right}"]
    assert found.output == printed(DATA.format(count=right, behind=behind, before="pass"))
    assert not found.doubts


def test_what_only_the_item_knows_is_no_length():
    found = mended(DATA.format(count="len(self.series)", behind="far", before="far = 3 + self.window"), most=1)
    assert not any("far" in line for each in found.diagnoses for fix in each.fixes for line in [fix.title])


def test_an_index_of_something_else_leaves_the_length():
    found = mended(DATA.format(count="len(self.series)", behind="0].new_zeros(2)[i", before="pass"), most=1)
    assert not any(fix.title.startswith("len(") for each in found.diagnoses for fix in each.fixes)


WINDOWS = """
    class Windows(torch.utils.data.Dataset):
        def __init__(self, series, lag, ahead):
            self.series, self.lag, self.ahead = series, lag, ahead

        def __len__(self):
            return {count}

        def __getitem__(self, i):
            return self.series[i : i + self.lag], {target}

    total = 0
    for x, y in torch.utils.data.DataLoader(Windows(torch.arange(40.0), 8, 5), batch_size=9):
        total += x.sum().item() * y.sum().item()
    print(total)
"""
AHEAD = "self.series[i + self.lag : i + self.lag + self.ahead]"


@pytest.mark.parametrize("less", ["", " - self.lag", " - self.lag + 1"])
@pytest.mark.parametrize(
    ("target", "right"),
    [
        (AHEAD, "len(self.series) - self.lag - self.ahead + 1"),
        ("self.series[i + 1 : i + self.lag + 2]", "len(self.series) - self.lag - 1"),
    ],
)
def test_it_counts_those_whose_target_is_whole(less, target, right):
    found = mended(WINDOWS.format(count=f"len(self.series){less}", target=target))
    assert found.output == printed(WINDOWS.format(count=right, target=target))
    assert not found.doubts


def test_windows_that_are_all_there_are_not_counted_anew():
    target = "torch.zeros(1 + i % 3)"
    found = mended(WINDOWS.format(count="len(self.series) - self.lag + 1", target=target), most=1)
    assert not any(fix.title.startswith("len(") for fix in found.diagnoses[0].fixes)


def test_where_the_script_puts_samples_together_short_windows_may_be_filled_up():
    target = "self.series[i : i + self.lag]"
    program = WINDOWS.format(count="len(self.series)", target=target)
    joined = "def filled(rows):\n        return [torch.stack(each) for each in zip(*rows)]"
    wrong = program.replace("class Windows", f"{joined}\n\n    class Windows")
    assert not mended(program).doubts
    assert mended(wrong.replace("batch_size=9", "batch_size=9, collate_fn=filled"), most=1).doubts


NAMED_ENDS = """
    class Windows(torch.utils.data.Dataset):
        def __init__(self, series, past, ahead):
            self.series, self.hours, self.past, self.ahead = series, torch.arange(len(series)) % 4, past, ahead

        def __len__(self):
            return {count}

        def __getitem__(self, k):
            now = k + self.past
            stop = now + self.ahead
            return self.series[k:now], {beside}, self.series[now:stop]

    for x, z, y in torch.utils.data.DataLoader(Windows(torch.arange(20.0), 7, 3), batch_size=4):
        print(x.shape, y.sum().item())
"""


@pytest.mark.parametrize("count", ["len(self.series) - self.past", "len(self.series)"])
@pytest.mark.parametrize("beside", ["self.past", "self.hours[now]", "self.hours[k + self.past]"])
def test_ends_that_have_a_name_are_counted_as_what_they_stand_for(count, beside):
    right = "len(self.series) - self.past - self.ahead + 1"
    found = mended(NAMED_ENDS.format(count=count, beside=beside))
    assert found.output == printed(NAMED_ENDS.format(count=right, beside=beside))
    assert not found.doubts


def test_an_end_that_is_given_twice_is_told_by_none():
    program = NAMED_ENDS.format(count="len(self.series)", beside="k")
    program = program.replace("+ self.ahead", "+ self.ahead; stop += 1")
    found = mended(program, most=1)
    assert not any(fix.title.startswith("len(") and not fix.doubt for fix in found.diagnoses[0].fixes)
