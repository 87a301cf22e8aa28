"""Axes that were dropped or kept by a reduction, a store or an index, and what puts them right."""

import pytest
from mended import mended, printed

MAPS = """
    class Planner(nn.Module):
        def __init__(self):
            super().__init__()
            self.spread, self.out = nn.Conv2d(1, 3, 3, padding=1), nn.Linear(4, 2)

        def forward(self, seen):
            values = self.spread(seen)
            {line}
            return self.out(both.mean(dim=(2, 3)))


    print(round(Planner()(torch.randn(5, 1, 6, 7)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("both = torch.cat([values, {}], dim=1)", "values.amax(dim=1{})"),
        ("both = torch.cat([{}, values], dim=1)", "values.max(1{}).values"),
        ("both = torch.hstack([values, {}])", "values.mean(dim=1{})"),
    ],
)
def test_a_reduction_keeps_the_axis_that_what_it_is_joined_with_has(bad, good):
    lines = (bad.format(good.format("")), bad.format(good.format(", keepdim=True")))
    found = mended(MAPS.format(line=lines[0]))
    assert found.diagnoses[0].slug == "joined_axes_differ"
    assert found.changed == [lines[1]]
    assert found.output == printed(MAPS.format(line=lines[1]))


def test_what_lacks_an_axis_is_no_reduction():
    program = MAPS.format(line="both = torch.cat([values, values[:, 0]], dim=1)")
    found = mended(program)
    assert found.output == printed(program.replace("values[:, 0]]", "values[:, 0].unsqueeze(1)]"))


STACKED = """
    pieces = [{{"wave": torch.randn(count, 3), "size": count}} for count in (7, 5, 2)]


    def batch_of(items):
        return {line}


    waves = batch_of(pieces)
    print(tuple(waves.shape), round(waves.sum().item(), 4))
"""


@pytest.mark.parametrize("dim", ["", ", dim=0", ", 1"])
def test_items_of_several_lengths_are_padded_where_they_are_stacked(dim):
    bad = f'torch.stack([item["wave"] for item in items]{dim})'
    order = dim != ", 1"
    good = f'torch.nn.utils.rnn.pad_sequence([item["wave"] for item in items], batch_first={order})'
    found = mended(STACKED.format(line=bad))
    assert found.changed == [f"return {good}"]
    assert found.output == printed(STACKED.format(line=good))


def test_items_of_several_widths_are_not_padded():
    program = STACKED.format(line="torch.stack([item['wave'] for item in items])").replace("count, 3", "4, count")
    assert not any("pad_sequence" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


BANK = """
    net = nn.Linear(4, 6)


    def describe(row):
        return net(row[None]).t()


    bank = torch.zeros(6, 3)
    with torch.no_grad():
        for at, row in enumerate(torch.randn(3, 4)):
            bank[:, at] = {line}
    print(round(bank.pow(2).sum().item(), 4))
"""


@pytest.mark.parametrize("stored", ["describe(row)", "net(row[None]).t()"])
def test_what_is_stored_drops_the_axis_that_its_place_does_not_have(stored):
    found = mended(BANK.format(line=stored))
    assert found.diagnoses[0].slug == "stored_in_other_shape"
    assert found.changed == [f"bank[:, at] = {stored}.squeeze(1)"]
    assert found.output == printed(BANK.format(line=f"{stored}.squeeze(1)"))


CHOSEN = """
    values = torch.randn(6, 4)
    actions = torch.tensor([3, 0, 2, 1, 1, 3]).to(torch.{dtype})


    def chosen(table, actions):
        return (table * 2)[torch.arange(len(actions)), {index}]


    print(round(chosen(values, actions).sum().item(), 4))
"""


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_an_index_of_another_dtype_is_made_one_that_counts(dtype):
    found = mended(CHOSEN.format(dtype=dtype, index="actions"))
    assert found.diagnoses[0].slug == "index_of_other_dtype"
    assert found.changed == ["return (table * 2)[torch.arange(len(actions)), actions.long()]"]
    assert found.output == printed(CHOSEN.format(dtype=dtype, index="actions.long()"))
