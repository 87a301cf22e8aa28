"""The last layer of a prediction, told another name than the one that is as wide as the target."""

import pytest
from mended import mended, printed

AUTOENCODER = """
    class Back(nn.Module):
        def __init__(self, features, hidden, code):
            super().__init__()
            self.rnn, self.out = nn.LSTM(code, hidden, batch_first=True), nn.Linear(hidden, {out})
            self.spare = {spare}

        def forward(self, z):
            return self.out(self.rnn(z)[0])


    torch.manual_seed(0)
    model = Back(7, 10, 3)
    print(round(F.{loss}(model(torch.randn(4, 6, 3)), torch.rand(4, 6, 7)).item(), 4))
"""


@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "binary_cross_entropy_with_logits"])
@pytest.mark.parametrize("spare", ["None", "nn.Identity(features)"])
@pytest.mark.parametrize("out", ["code", "hidden"])
def test_the_name_that_is_as_wide_as_the_target_stands_first(loss, spare, out):
    found = mended(AUTOENCODER.format(out=out, spare=spare, loss=loss), most=1)
    assert [each.title for each in found.diagnoses[0].fixes[:1]] == ["out_features=features"]
    assert found.diagnoses[0].slug == "other_number_of_outputs"
    assert not found.doubts
    assert found.output == printed(AUTOENCODER.format(out="features", spare=spare, loss=loss))


def test_of_two_names_of_that_size_none_is_taken():
    text = AUTOENCODER.format(out="code", spare="None", loss="mse_loss").replace("(7, 10, 3)", "(7, 7, 3)")
    found = mended(text.replace("spare = None", "spare = nn.Identity(hidden)"), most=1)
    assert "out_features=hidden" not in [each.title for each in found.diagnoses[0].fixes]


ENCODER = """
    class Net(nn.Module):
        def __init__(self, seen, hidden, asked):
            super().__init__()
            self.first, self.last = nn.Linear(seen, hidden), nn.Linear(hidden, asked)

        def forward(self, x):
            return self.last(torch.relu(self.first(x)))

    model = {model}
    x, y = torch.randn(6, 10), torch.randn(6, 4)
    {line}
    print(F.mse_loss(model(x), x).shape)
"""


@pytest.mark.parametrize("model", ["Net(10, 16, 4)", "nn.Sequential(nn.Linear(10, 16), nn.Linear(16, 4))"])
@pytest.mark.parametrize(("line", "is_sure"), [("pass", False), ("print(y.mean() < 9)", True)])
def test_what_nobody_reads_and_has_the_shape_of_the_prediction_may_be_the_target(model, line, is_sure):
    found = mended(ENCODER.format(model=model, line=line), most=1)
    assert bool(found.doubts) is not is_sure
