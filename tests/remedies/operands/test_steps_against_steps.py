"""Additive attention between two sequences whose projections are added step by step."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Attend(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.k, self.q, self.s = nn.Linear(d, 5), nn.Linear(d, 5), nn.Linear(5, 1)

        def forward(self, q, k):
            a, b = self.q(q), self.k(k)
            {line}
            {rest}


    print(round(Attend(6)(torch.rand(2, 4, 6), torch.rand(2, 7, 6)).sum().item(), 4))
"""
ROWS = "return torch.bmm(self.s(m).squeeze(-1).softmax(dim=-1), k)"
COLUMNS = "return self.s(m).squeeze(3).softmax(dim=1).transpose(1, 2) @ k"


@pytest.mark.parametrize("line", ["m = torch.tanh(self.q(q) + self.k(k))", "m = a + b; m = F.relu(m)"])
@pytest.mark.parametrize(("rest", "axes"), [(ROWS, (2, 1)), (COLUMNS, (1, 2))])
def test_each_step_is_added_to_each_of_the_other_in_the_order_that_the_product_takes(line, rest, axes):
    first, second = (f".unsqueeze({axis})" for axis in axes)
    right = line.replace("(q)", f"(q){first}").replace("(k)", f"(k){second}")
    right = right.replace("a + b", f"a{first} + b{second}")
    found = mended(PROGRAM.format(line=line, rest=rest), most=1)
    assert not found.doubts
    assert found.changed == [right]
    assert found.output == printed(PROGRAM.format(line=right, rest=rest))


def test_it_is_in_doubt_where_what_follows_takes_either():
    assert mended(PROGRAM.format(line="m = torch.tanh(a + b)", rest="return self.s(m).mean()"), most=1).doubts


@pytest.mark.parametrize("line", ["m = a + b", "m = torch.tanh(q + k)"])
def test_a_sum_that_is_no_score_is_left(line):
    rest = "return m.mean()"
    found = mended(PROGRAM.format(line=line, rest=rest), most=1)
    assert not any("unsqueeze(1)" in each.title for each in found.diagnoses[0].fixes)
