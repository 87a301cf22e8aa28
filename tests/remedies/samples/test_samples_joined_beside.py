"""One number for each sample, handed over beside samples that were put together twice: put together as well."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.steps, self.kinds, self.out = nn.Embedding(9, 8), nn.Embedding(4, 8), nn.Linear(13, 5)

        def forward(self, x, t, y):
            return self.out(torch.cat([x, {body}], 1))

    net, x, y = Net(), torch.randn(6, 5), torch.randint(0, 3, (6,))
    t = torch.full((6,), 7)
    one, other = {call}.chunk(2)
    print(round((one - other).abs().sum().item(), 4))
"""
SUM = "self.steps(t) + self.kinds(y)"


@pytest.mark.parametrize("other", ["y", "torch.full_like(y, 3)"])
def test_it_is_put_together_as_the_others_are(other):
    call = f"net(torch.cat([x, x]), {{}}, torch.cat([y, {other}]))"
    found = mended(PROGRAM.format(body=SUM, call=call.format("t")), most=1)
    assert found.output == printed(PROGRAM.format(body=SUM, call=call.format("torch.cat([t, t])")))
    assert not found.doubts


def test_where_the_others_do_not_agree_nothing_is_said():
    found = mended(PROGRAM.format(body=SUM, call="net(torch.cat([x, x, x]), t, torch.cat([y, y]))"), most=1)
    assert not any(fix.title == "torch.cat([t, t])" for fix in found.diagnoses[0].fixes)


def test_two_kinds_of_samples_may_have_other_numbers_each():
    program = """
    def loss_of(p, t):
        return ((p - t) ** 2).mean()

    real, made, ones = torch.rand(6, 1), torch.rand(6, 1), torch.ones(6, 1)
    print(loss_of(torch.cat([real, made]), ones))
    """
    found = mended(program, most=1)
    assert found.output != "crashed"
    assert found.doubts
