"""A model that is called where it is made is followed back like one that has a name."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Sentiment(nn.Module):
        def __init__(self, words=30, hidden=9):
            super().__init__()
            self.words = nn.Embedding(words, 4)
            self.rnn = nn.{kind}(4, hidden{told})
            self.top = nn.Linear(hidden, 2)

        def forward(self, ids):
            _, last = self.rnn(self.words(ids))
            return self.top({read})


    ids, labels = torch.randint(0, 30, (6, 11)), torch.randint(0, 2, (6,))
    print(round(F.cross_entropy({called}, labels).item(), 4))
"""


@pytest.mark.parametrize(("kind", "read"), [("GRU", "last[-1]"), ("GRU", "last.squeeze(0)"), ("LSTM", "last[0][-1]")])
@pytest.mark.parametrize("called", ["Sentiment()(ids)", "Sentiment(hidden=7)(ids)", "Sentiment(30, 8)(ids=ids)"])
def test_the_layer_that_took_the_samples_for_steps_is_found(kind, read, called):
    program = PROGRAM.format(kind=kind, read=read, called=called, told="{}")
    found = mended(program.format(""))
    assert found.output == printed(program.format(", batch_first=True"))
    assert found.diagnoses[0].slug == "batch_first_missing"
    assert not found.doubts


def test_a_layer_of_torch_that_is_called_where_it_is_made_hands_on_what_it_is_given():
    program = """
        x = torch.randn(5, 6)
        h = nn.Linear(6, 4)(x)
        print(nn.Linear(3, 2)(h).shape)
    """
    assert mended(program).output == "torch.Size([5, 2])\n"
