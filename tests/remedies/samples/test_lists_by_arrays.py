"""A list that an array of positions picks from, arrays where tensors are joined, and columns that numpy joins."""

import pytest
from mended import mended, printed

PICKED = """
    import numpy as np

    samples = [torch.full((6,), float(k)) for k in range(20)]
    order = np.random.RandomState(0).permutation(len(samples))
    rows = order[3:11]
    {line}
    print(x.sum().item())
"""


@pytest.mark.parametrize(("rows", "free"), [("rows", "i"), ("order[:5]", "i"), ("rows[1:]", "i")])
def test_the_items_are_picked_one_by_one(rows, free):
    found = mended(PICKED.format(line=f"x = torch.stack(samples[{rows}])"), most=1)
    right = f"x = torch.stack([samples[{free}] for {free} in {rows}])"
    assert found.changed == [right]
    assert found.output == printed(PICKED.format(line=right))
    assert not found.doubts


def test_a_name_that_is_taken_is_not_used_again():
    found = mended(PICKED.format(line="i = 2\n    x = torch.stack(samples[rows]) + i"), most=1)
    assert "samples[at] for at in rows" in found.changed[0]


@pytest.mark.parametrize("index", ["rows > 5", "rows.astype(float)", "rows.reshape(2, 4)"])
def test_what_are_no_positions_picks_nothing(index):
    found = mended(PICKED.format(line=f"x = torch.stack(samples[{index}])"), most=1)
    assert not any(" for i in " in fix.title for each in found.diagnoses for fix in each.fixes)


JOINED = """
    import numpy as np

    def grid(n):
        return np.arange(n * 4).reshape(n, 4).astype(np.float32)

    print(torch.cat([{}(grid(n)) for n in (3, 5)]).sum().item())
"""


def test_each_array_of_a_comprehension_is_made_a_tensor():
    found = mended(JOINED.format(""), most=1)
    assert found.output == printed(JOINED.format("torch.from_numpy"))
    assert "torch.from_numpy(" in found.changed[0]
    assert not found.doubts


_CALLS = ["np.hstack([rows, {}])", "np.concatenate([rows, {}], axis=1)", "np.hstack(({}, rows))"]
COLUMNS = """
    import numpy as np

    rows, ages = np.arange(36.0).reshape(9, 4), np.arange(9.0)
    x = {}
    print(x.shape, x[:, -1].sum())
"""


@pytest.mark.parametrize(
    "call", ["np.hstack([rows, {}])", "np.concatenate([rows, {}], axis=1)", "np.hstack(({}, rows))"]
)
def test_one_number_a_row_is_a_column(call):
    found = mended(COLUMNS.format(call.format("ages")), most=1)
    assert found.output == printed(COLUMNS.format(call.format("ages[:, None]")))
    assert not found.doubts


def test_one_row_below_the_others_is_no_column():
    found = mended(COLUMNS.format("np.concatenate([rows, ages], axis=0)"), most=1)
    assert not any("[:, None]" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_a_whole_number_among_floats_is_one_of_an_index():
    program = """
        table = torch.zeros(5, 5)
        for one, other in zip(torch.tensor([{}]), torch.tensor([3, 2, 4])):
            table[other, {}] += 1
        print(table.sum(1))
    """
    found = mended(program.format("0.0, 1.0, 1.0", "one"), most=1)
    assert found.output == printed(program.format("0.0, 1.0, 1.0", "one.long()"))
    assert not found.doubts
