"""How many rows tables of tokens are told."""

import pytest
from mended import mended, printed

FIELDS = """
    import numpy as np

    kinds = [["a", "b", "c"], ["x", "y"], ["k", "l", "m", "n"]]
    index = [{{kind: at + 1 for at, kind in enumerate(each)}} for each in kinds]
    rng = np.random.default_rng(0)


    class Wide(nn.Module):
        def __init__(self, sizes, width):
            super().__init__()
            self.single = nn.ModuleList([nn.Embedding(size{first}, 1) for size in sizes])
            self.paired = nn.ModuleList([nn.Embedding({other}, width) for {name} in {over}])

        def forward(self, x):
            single = sum(table(x[:, at]) for at, table in enumerate(self.single))
            paired = sum(table(x[:, at]) for at, table in enumerate(self.paired))
            return single.squeeze(1) + paired.sum(1)


    rows = torch.tensor([[each[rng.choice(kind)] for each, kind in zip(index, kinds)] for _ in range(30)])
    print(round(Wide([len(each) for each in index], 5)(rows).sum().item(), 4))
"""


@pytest.mark.parametrize("name", ["size", "count"])
def test_all_tables_of_the_same_fields_get_a_row_more(name):
    wrong = FIELDS.format(first="", other=name, name=name, over="sizes")
    found = mended(wrong, most=1)
    assert found.diagnoses[0].slug == "token_out_of_range"
    assert not found.doubts
    assert found.output == printed(FIELDS.format(first=" + 1", other=f"{name} + 1", name=name, over="sizes"))


def test_tables_of_other_fields_keep_their_rows():
    found = mended(FIELDS.format(first="", other="many", name="many", over="[9, 9, 9]"), most=1)
    assert all(len(fix.edits) < 2 for fix in found.diagnoses[0].fixes)
    assert "size + 1" in found.changed[0]


def test_what_is_drawn_of_all_there_is_was_chosen_by_no_scores():
    found = mended(FIELDS.format(first="", other="size", name="size", over="sizes"), most=1)
    assert not any("embedding_dim" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_token_without_a_row_says_nothing_of_the_lengths_that_are_packed():
    program = """
    from torch.nn.utils.rnn import pack_padded_sequence

    class Words(nn.Module):
        def __init__(self, words):
            super().__init__()
            self.table, self.rnn = nn.Embedding(words, 4), nn.GRU(4, 6, batch_first=True)
            self.out = nn.Linear(6, words)

        def forward(self, ids, lengths):
            seen = self.table(ids)
            return self.out(self.rnn(pack_padded_sequence(seen, lengths, batch_first=True))[1][-1])

    ids = torch.tensor([[1, 12, 3], [4, 11, 0]])
    print(Words({})(ids, [3, 2]).shape[0])
    """
    found = mended(program.format(10))
    assert found.changed == ["print(Words(13)(ids, [3, 2]).shape[0])"]
    assert found.output == printed(program.format(13))
