"""Steps behind an ``if`` that another function takes in the ``else`` of the same one."""

import pytest
from mended import mended, printed

CODE = """
    class Net(nn.Module):
        def __init__(self, layers):
            super().__init__()
            self.layers = layers
            self.fc = nn.Linear(5, 8 * layers)
            self.rnn = nn.GRU(3, 8, layers, batch_first=True)

        def forward(self, code, x):
            h = self.fc(code)
            if {test}:
                h = h.view(-1, self.layers, 8).transpose(0, 1).contiguous()
            else:
                h = {one}
            return self.rnn(x, h)[0]

        def sample(self, code, x):
            h = self.fc(code)
            if self.layers > 1:
                h = h.view(-1, self.layers, 8).transpose(0, 1).contiguous()
    {rest}
            return self.rnn(x, h)[0]

    net = Net(2)
    code, x = torch.randn(4, 5), torch.randn(4, 6, 3)
    print(net(code, x).sum().item(), net.sample(code, x).sum().item())
"""
MASK = """
    def score(q, k, mask, many):
        if many:
            mask = mask.unsqueeze(1)
        else:
            mask = mask.unsqueeze(0)
        return (q @ k.transpose(-1, -2)).masked_fill(mask, -9)

    def weigh(q, k, mask, many):
        if many:
            mask = mask.unsqueeze(1)
    {rest}
        return (q @ k.transpose(-1, -2)).masked_fill(mask, -9).softmax(-1)

    q, m = torch.randn(2, 3, 4, 5), torch.zeros(2, 4, 4, dtype=torch.bool)
    print(score(q, q, m, True).sum().item(), weigh(q, q, m, True).std().item())
"""


@pytest.mark.parametrize("one", ["h.unsqueeze(0)", "h[None]"])
def test_the_state_of_one_layer(one):
    text = CODE.replace("{test}", "self.layers > 1").replace("{one}", one)
    found = mended(text.replace("{rest}", f"        h = {one}"))
    assert not found.doubts
    right = f"        else:\n                h = {one}"
    assert found.output == printed(text.replace("{rest}", right))


def test_a_mask_of_a_function():
    found = mended(MASK.replace("{rest}", "    mask = mask.unsqueeze(0)"))
    assert not found.doubts
    assert found.output == printed(MASK.replace("{rest}", "    else:\n            mask = mask.unsqueeze(0)"))


def test_another_condition_says_nothing():
    text = CODE.replace("{test}", "code.ndim > 1").replace("{one}", "h.unsqueeze(0)")
    found = mended(text.replace("{rest}", "        h = h.unsqueeze(0)"), most=1)
    assert not any(fix.title.startswith("else") for fix in found.diagnoses[0].fixes)
