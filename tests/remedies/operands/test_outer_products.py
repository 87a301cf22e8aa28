"""Two vectors that were to make a table."""

import pytest
from mended import mended, printed

TABLE = """
    longest, width = 11, 6
    at = {at}
    speed = torch.exp(-torch.arange(0, width, 2) / width)
    table = torch.zeros(longest, width)
    table[:, 0::2] = torch.sin({first})
    table[:, 1::2] = torch.cos({second})
    print(round(table.sum().item(), 3))
"""


@pytest.mark.parametrize(("first", "second"), [("at * speed", "at * speed"), ("speed * at", "speed * at")])
def test_positions_are_the_rows_of_their_table(first, second):
    found = mended(TABLE.format(at="torch.arange(longest)", first=first, second=second), most=1)
    assert found.changed == ["at = torch.arange(longest).unsqueeze(1)"]
    right = TABLE.format(at="torch.arange(longest).unsqueeze(1)", first=first, second=second)
    assert found.output == printed(right)
    assert not found.doubts


def test_without_a_table_the_lengths_may_be_wrong():
    found = mended("print((torch.arange(7) * torch.rand(4)).sum().item())", most=1)
    told = [fix for fix in found.diagnoses[0].fixes if "unsqueeze" in fix.title]
    assert told
    assert all(fix.doubt for fix in told)


def test_two_vectors_of_samples_make_no_table():
    found = mended("print((torch.rand(7) - torch.rand(4)).mean().item())", most=1)
    assert not any("unsqueeze" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("compared", ["torch.arange(5) < {}", "{} > torch.arange(5)", "steps >= {}"])
@pytest.mark.parametrize("after", ["mask.sum(1) - lengths", "mask.long().argmax(1)"])
def test_numbers_of_steps_meet_each_length(compared, after):
    program = """
        lengths = torch.tensor([3, 5, 2])
        steps = torch.arange(7)
        mask = {}
        print(mask.shape, {})
    """
    found = mended(program.format(compared.format("lengths"), after))
    assert found.output == printed(program.format(compared.format("lengths.unsqueeze(1)"), after))
    assert not found.doubts


@pytest.mark.parametrize(("steps", "is_sure"), [(5, True), (7, False), (8, True)])
def test_a_vector_that_is_one_longer_may_be_what_is_wrong(steps, is_sure):
    found = mended(f"lengths = torch.tensor([3, 5, 2, 1, 4, 1])\nprint((torch.arange({steps}) < lengths).shape)")
    assert found.diagnoses[0].fixes[0].edits[0].replacement.strip().endswith("lengths.unsqueeze(1)).shape)")
    assert bool(found.doubts) is not is_sure


GAPS = """
    x, c = torch.randn({count}, 4), torch.randn(3, 4)
    xx, cc = {xx}, {cc}
    gaps = {gaps}
    print(gaps.shape, round(gaps.sum().item(), 3), gaps.argmin(1).tolist())
"""
KEPT, DROPPED = "{}.pow(2).sum(1, keepdim=True)", "({} ** 2).sum(1)"


@pytest.mark.parametrize(("xx", "cc"), [(KEPT, KEPT), (DROPPED, DROPPED)])
@pytest.mark.parametrize(
    "gaps", ["xx + cc - 2 * x @ c.t()", "(xx + cc - 2 * torch.mm(x, c.T)).clamp(min=0).sqrt()", "cc + xx - 2 * x @ c.T"]
)
def test_squares_lie_as_the_products_beside_them(xx, cc, gaps):
    found = mended(GAPS.format(count=7, xx=xx.format("x"), cc=cc.format("c"), gaps=gaps), most=1)
    assert found.output == printed(GAPS.format(count=7, xx=KEPT.format("x"), cc=DROPPED.format("c"), gaps=gaps))
    assert not found.doubts


def test_what_is_added_to_the_products_is_a_row():
    parts = {"count": 7, "xx": KEPT.format("x"), "gaps": "xx - 2 * x @ c.t() + cc"}
    found = mended(GAPS.format(cc=KEPT.format("c"), **parts), most=1)
    assert found.output == printed(GAPS.format(cc=DROPPED.format("c"), **parts))
    assert not found.doubts


@pytest.mark.parametrize(
    ("xx", "cc", "gaps"),
    [
        # Other numbers than those of the products.
        ("torch.rand(5, 1)", KEPT, "xx + cc - 2 * x @ c.t()"),
        # Every number with every other is no product of matrices.
        (KEPT, KEPT, "xx + cc"),
    ],
)
def test_without_products_of_that_shape_nothing_is_sure(xx, cc, gaps):
    found = mended(GAPS.format(count=7, xx=xx.format("x"), cc=cc.format("c"), gaps=gaps), most=1)
    assert not any("keepdim" in fix.title and fix.cost < 0.1 for fix in found.diagnoses[0].fixes)


def test_a_mask_is_turned_for_what_has_its_steps_first():
    program = """
    x, lengths = torch.randn(7, 3, 4), torch.tensor([7, 4, 2])
    mask = torch.arange(7) < {lengths}
    print((x * mask{turned}.unsqueeze(-1)).sum(0))
    """
    found = mended(program.format(lengths="lengths", turned=""))
    assert found.output == printed(program.format(lengths="lengths.unsqueeze(1)", turned=".t()"))


BUMPS = """
    class Bumps(nn.Module):
        def __init__(self, count):
            super().__init__()
            self.register_buffer("centers", torch.linspace(0, 5, count))

        def forward(self, gaps):
            return torch.exp(-({gaps} - self.centers) ** 2)

    bumps, filt = Bumps(8), nn.Linear({width}, 3)
    gaps = torch.rand(5)
    h = {read}
    print(h.shape, round(h.sum().item(), 4))
"""


@pytest.mark.parametrize("read", ["filt(bumps(gaps))", "filt(torch.relu(bumps(gaps)))"])
def test_who_reads_them_wants_a_row_for_each_number(read):
    found = mended(BUMPS.format(gaps="gaps", width=8, read=read), most=1)
    assert found.output == printed(BUMPS.format(gaps="gaps.unsqueeze(1)", width=8, read=read))
    assert not found.doubts


def test_without_a_reader_a_table_of_numbers_is_not_cut_for_sure():
    found = mended(BUMPS.format(gaps="gaps", width=8, read="bumps(gaps)"), most=1)
    cut = [fix for fix in found.diagnoses[0].fixes if "centers[:" in fix.title]
    assert cut
    assert all(fix.doubt for fix in cut)


@pytest.mark.parametrize("second", ["nn.Linear(6, 8)(x)", "nn.Parameter(torch.zeros(8))", "torch.linspace(0, 1, 8)"])
def test_two_vectors_of_which_one_was_made_too_narrow_are_no_table(second):
    program = f"""
    x, first, out = torch.randn(6), nn.Linear(6, 5), nn.Linear(8, 2)
    other = {second}
    print(out(first(x) + other).shape)
    """
    found = mended(program, most=1)
    assert found.diagnoses[0].fixes
    assert not any("unsqueeze" in fix.title for fix in found.diagnoses[0].fixes if not fix.doubt)


def test_what_gets_less_from_step_to_step_is_no_place():
    program = """
    gains, share, out = torch.randn(6), 0.9 ** torch.arange(5), nn.Linear(5, 1)
    print(out(gains * share).shape)
    """
    found = mended(program, most=1)
    assert not any("unsqueeze" in fix.title for each in found.diagnoses for fix in each.fixes if not fix.doubt)


def test_waves_of_numbers_at_hand():
    program = """
    times, speeds, out = torch.rand(6), torch.arange(5), nn.Linear(5, 1)
    print(round(out(torch.sin({times} * speeds)).sum().item(), 4))
    """
    found = mended(program.format(times="times"))
    assert found.output == printed(program.format(times="times.unsqueeze(1)"))
    assert not found.doubts


@pytest.mark.parametrize("wrong", ["lens", "lens[None]", "lens[None, :]", "lens.unsqueeze(0)"])
@pytest.mark.parametrize("steps", ["torch.arange(9)[None, :]", "torch.arange(9).unsqueeze(0)"])
@pytest.mark.parametrize("program", ["({} < {}).sum(1)", "({} >= {}).float().mean(1)"])
def test_lengths_beside_a_row_of_steps_are_a_column(program, steps, wrong):
    text = "lens = torch.tensor([9, 4, 2, 6])\nprint({})"
    found = mended(text.format(program.format(steps, wrong)))
    assert found.output == printed(text.format(program.format(steps, "lens[:, None]")))
    assert not found.doubts
