"""What a module made in its first call and keeps is made anew where a later call has another size."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            {begin}

        def forward(self, x):
            rows, steps, width = x.shape
            if {test}:
                {made}
            return {used}


    torch.manual_seed(0)
    layer = Layer().eval()
    for steps in {lengths}:
        print(round(layer(torch.randn(2, steps, 8)).sum().item(), 3))
"""
MASK = {
    "made": "self.kept = torch.ones({n}, {n}, dtype=torch.bool, device=x.device).triu(1)",
    "used": "self.attention(x, x, x, attn_mask=self.kept)[0]",
}
TABLE = {"made": "self.kept = (torch.arange({n}) / 9)[:, None].expand({n}, width)", "used": "x + self.kept"}


def _of(case, *, n="steps", test="self.kept is None", begin="self.kept = None", lengths="(5, 7, 4)"):
    made = case["made"].format(n=n)
    return PROGRAM.format(begin=begin, test=test, made=made, used=case["used"], lengths=lengths)


@pytest.mark.parametrize("case", [MASK, TABLE])
@pytest.mark.parametrize("n", ["steps", "x.size(1)", "x.shape[1]"])
@pytest.mark.parametrize(
    ("test", "begin"), [("self.kept is None", "self.kept = None"), ('not hasattr(self, "kept")', "pass")]
)
def test_it_is_made_anew_for_another_size(case, n, test, begin):
    found = mended(_of(case, n=n, test=test, begin=begin))
    right = f"{test} or self.kept.size(0) != steps"
    assert found.changed == [f"if {right.replace('steps', n)}:"]
    assert found.output == printed(_of(case, n=n, test=right, begin=begin))
    assert not found.doubts


@pytest.mark.parametrize(
    "case",
    [
        {"made": "self.kept = torch.randn({n}, width)", "used": "x + self.kept"},
        {"made": "self.kept = nn.Parameter(torch.zeros({n}, width))", "used": "x + self.kept"},
        {"made": "self.kept = x[0] * 2 + torch.zeros({n}, width)", "used": "x + self.kept"},
    ],
)
def test_what_is_not_the_same_each_time_is_not_made_anew(case):
    found = mended(_of(case))
    assert not any("self.kept.size" in fix.title for each in found.diagnoses for fix in each.fixes)


CARRIED = """
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.kept = None

        def forward(self, x):
            if self.kept is None:
                self.kept = torch.zeros(x.size(1), 8)
            self.kept = self.kept + x[0]
            return self.kept


    layer = Layer()
    for steps in (5, 7):
        print(layer(torch.randn(2, steps, 8)).sum().item())
"""


def test_what_is_carried_on_is_not_made_anew():
    found = mended(CARRIED)
    assert not any("self.kept.size" in fix.title for each in found.diagnoses for fix in each.fixes)
