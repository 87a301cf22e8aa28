"""A model that normalises over the batch and is asked for one sample."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU())
            self.head = nn.Linear(6, 2)

        def forward(self, x):
            return self.head(self.body(x))


    net, rows = Net(), torch.randn(8, 3)
    step = torch.optim.SGD(net.parameters(), 0.1)
"""
TRAINED = """
    for k in range(2):
        step.zero_grad()
        F.cross_entropy(net(rows), torch.arange(8) % 2).backward()
        step.step()
"""
ASKED = """
    {told}
    with torch.no_grad():
        print(net(rows[:1]).argmax(1).tolist(), round(net(rows[2:3]).sum().item(), 4))
"""
ASKED_BY_FUNCTION = """
    @torch.no_grad()
    def ask(model, x):
        {told}
        return model(x).sum().item()

    print(round(ask(net, rows[:1]), 4))
"""


@pytest.mark.parametrize(("asked", "name"), [(ASKED, "net"), (ASKED_BY_FUNCTION, "model")])
def test_the_model_is_told_that_it_is_evaluated(asked, name):
    found = mended(NET + TRAINED + asked.format(told="pass"), most=1)
    assert found.diagnoses[0].slug == "one_value_to_normalise"
    assert f"{name}.eval()" in found.text
    assert found.output == printed(NET + TRAINED + asked.format(told=f"{name}.eval()"))
    assert not found.doubts


@pytest.mark.parametrize("asked", [ASKED.replace("{told}", "pass") + TRAINED])
def test_where_training_goes_on_it_is_in_doubt(asked):
    found = mended(NET + TRAINED + asked, most=1)
    assert found.doubts


def test_in_training_nothing_is_told_the_model():
    found = mended(NET + TRAINED.replace("rows)", "rows[:1])").replace("8) % 2", "1)"), most=1).diagnoses[0]
    assert not any("eval()" in edit.replacement for fix in found.fixes for edit in fix.edits)
