"""Weights that are copied into a layer that was made for others."""

import pytest
from mended import mended, printed

MODEL = """
    class Model(nn.Module):
        def __init__(self, weights, classes):
            super().__init__()
            self.emb = nn.Embedding({rows}, {wide}, padding_idx=0)
            self.emb.weight.data.copy_({given})
            self.fc = nn.Linear(self.emb.embedding_dim, classes)

        def forward(self, x):
            return self.fc(self.emb(x).mean(1))

    words = {{w: i + 1 for i, w in enumerate("a b c d e f".split())}}
    matrix = torch.rand(len(words) + 1, 5)
    print(round(Model(matrix, 3)(torch.tensor([[1, 6, 0], [2, 3, 4]])).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("rows", "wide"), [("len(words)", "weights.shape[1]"), ("weights.size(0)", "8"), ("len(weights)", "8")]
)
def test_a_table_is_made_as_its_weights(rows, wide):
    found = mended(MODEL.format(rows=rows, wide=wide, given="weights"))
    right = MODEL.format(rows="weights.shape[0]", wide="weights.shape[1]", given="weights")
    assert found.output == printed(right)
    assert not found.doubts


def test_a_table_that_asks_nothing_of_them_may_be_right():
    found = mended(MODEL.format(rows="len(words)", wide="5", given="weights"))
    assert found.doubts == ["the layer may be made rightly, and the weights be others than were meant"]


def test_weights_that_are_cut_are_not_asked():
    found = mended("table = nn.Embedding(6, 5)\ntable.weight.data.copy_(torch.rand(7, 5) * 2)", most=1)
    assert not any("shape" in fix.title for fix in found.diagnoses[0].fixes)


def test_weights_that_lie_the_other_way_leave_it_open():
    program = """
    def filled(vectors, wide=6):
        table = nn.Embedding(vectors.shape[0], wide)
        table.weight.data.copy_(vectors)
        return table
    print(filled(torch.randn(10, 6).t())(torch.tensor([1])).shape)
    """
    found = mended(program, most=1)
    assert found.doubts or not any("vectors.shape[1]" in line for line in found.changed)


SETTINGS = """
    settings = {{"words": {words}, "width": {width}}}


    class Model(nn.Module):
        def __init__(self, told):
            super().__init__()
            self.table = nn.Embedding(told["words"], told["width"])
            self.top = nn.Linear(told["width"], told["words"])

        def load(self, weights):
            with torch.no_grad():
                self.table.weight.copy_(weights)


    model = Model(settings)
    model.load(torch.rand(13, 4))
    print(model.table.weight.shape, model.top.weight.shape)
"""


@pytest.mark.parametrize(("words", "width"), [(20, 4), (13, 6)])
def test_a_number_of_the_settings_is_another_one_in_doubt(words, width):
    found = mended(SETTINGS.format(words=words, width=width))
    assert found.output == printed(SETTINGS.format(words=13, width=4))
    assert found.doubts == ["the layer may be made rightly, and the weights be others than were meant"]


def test_two_numbers_of_the_settings_are_left():
    assert mended(SETTINGS.format(words=20, width=6), most=1).text.count("20") == 1
