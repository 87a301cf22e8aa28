"""A function that gives back other axes where there is nothing to do than where there is."""

from mended import mended, printed

GRID = """
    class Near(nn.Module):
        def __init__(self, cells=3, kinds=2):
            super().__init__()
            self.cells, self.kinds = cells, kinds
            self.embed = nn.Sequential(nn.Linear(kinds * cells * cells, 5), nn.ReLU())

        def map(self, places):
            count = len(places)
            if count < 2:
                return {early}
            map = places.new_zeros(count, self.kinds, self.cells, self.cells)
            map[:, 0, 1, 1] = places[:, 0]
            return map

        def forward(self, places):
            return self.embed(self.map(places).flatten(1))

    near = Near()
    for places in torch.randn(5, 2).split({split}):
        print(near(places).shape)
"""
EMPTY = """
    WIDE = 4

    def neighbours(rows, keep):
        rows = rows[keep]
        if not len(rows):
            return torch.zeros(1, WIDE)
        out = torch.zeros(1, 6, WIDE)
        out[:, : len(rows)] = rows
        return out

    rnn = nn.GRU(WIDE, 3, batch_first=True)
    state = torch.zeros(1, 1, 3)
    for keep in (torch.arange(6) < 3, torch.arange(6) < 0):
        out, state = rnn(neighbours(torch.randn(6, WIDE), keep), state)
        print(out.shape)
"""
RIGHT = "places.new_zeros(count, self.kinds, self.cells, self.cells)"


def test_the_early_way_out_gives_the_axes_of_the_usual_one():
    early = "places.new_zeros(count, self.cells, self.cells)"
    found = mended(GRID.format(early=early, split=2))
    assert found.changed == [f"return {RIGHT}"]
    assert not found.doubts
    assert found.output == printed(GRID.format(early=RIGHT, split=2))


def test_without_a_name_and_from_a_function_it_is_the_same():
    found = mended(EMPTY)
    assert found.changed == ["return torch.zeros(1, 6, WIDE)"]
    assert found.output == "torch.Size([1, 6, 3])\n" * 2


def test_where_no_call_went_well_either_way_may_be_right():
    early = "places.new_zeros(count, self.cells, self.cells)"
    fixes = mended(GRID.format(early=early, split=1), most=1).diagnoses[0].fixes
    told = [fix for fix in fixes if fix.title == RIGHT]
    assert told
    assert all(fix.doubt for fix in told)


def test_other_sizes_are_no_part_of_the_usual_ones():
    early = "places.new_zeros(1, self.cells)"
    fixes = mended(GRID.format(early=early, split=2), most=1).diagnoses[0].fixes
    assert not any(fix.title == RIGHT for fix in fixes)


def test_a_size_that_is_worked_out_behind_the_early_way_out_is_in_doubt():
    program = EMPTY.replace("(rows, keep)", "(rows, keep, most=6)").replace(
        "out = torch.zeros(1, 6, WIDE)", "{line}; out = torch.zeros(1, most, WIDE)"
    )
    right = "torch.zeros(1, most, WIDE)"
    for line, is_sure in (("", True), ("most = len(rows)", False)):
        found = mended(program.replace("{line}", line or "pass"), most=1).diagnoses[0]
        assert any(fix.title == right and not fix.doubt for fix in found.fixes) is is_sure
