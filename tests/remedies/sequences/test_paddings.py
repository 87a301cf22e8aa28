"""A stack of tensors of several lengths is filled up, or joined where what follows reads rows of all of them."""

import pytest
from mended import mended, printed

READ = """
    torch.manual_seed(1)


    def together(parts):
        return {made}

    parts = [{{"rows": torch.randn(n, {sizes})}} for n in (4, 6, 3)]
    print(tuple({reader}(together(parts)["rows"]).shape))
"""
STACK = "torch.stack([part[key] for part in parts])"
WRITTEN = ["{{key: {} for key in parts[0]}}", "{{'rows': {}}}"]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(
    ("sizes", "reader", "good"),
    [
        ("3, 8, 8", "nn.Conv2d(3, 2, 3)", "torch.cat([part[key] for part in parts])"),
        ("5, 7", "nn.Conv1d(5, 2, 3)", "torch.cat([part[key] for part in parts])"),
        ("5", "nn.LSTM(5, 2, batch_first=True)", ""),
        ("5", "nn.Linear(5, 2)", ""),
    ],
)
def test_what_follows_tells_whether_rows_are_samples(written, sizes, reader, good):
    last = "[0]" if "LSTM" in reader else ""
    program = READ.replace('["rows"])', f'["rows"]){last}')
    made = written.format(STACK).replace("key]", "'rows']" if "for key" not in written else "key]")
    filled = good or "nn.utils.rnn.pad_sequence([part[key] for part in parts], batch_first=True)"
    right = written.format(filled).replace("key]", "'rows']" if "for key" not in written else "key]")
    found = mended(program.format(made=made, sizes=sizes, reader=reader))
    assert found.output == printed(program.format(made=right, sizes=sizes, reader=reader))
    assert not found.doubts


def test_rows_that_may_be_steps_of_a_layer_are_joined_in_doubt():
    program = """
    def together(parts):
        return {key: torch.stack([part[key] for part in parts]) for key in parts[0]}

    given = together([{"x": torch.randn(n, 5), "y": torch.randint(3, (n,))} for n in (4, 6, 3)])
    layer, top = nn.GRU(5, 8, batch_first=True), nn.Linear(8, 3)
    print(F.cross_entropy(top(layer(given["x"])[0]), given["y"]).item() > 0)
    """
    found = mended(program)
    assert found.output == "crashed" or "pad_sequence" in found.text or found.doubts
