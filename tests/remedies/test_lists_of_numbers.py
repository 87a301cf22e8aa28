"""Lists of numbers, and arrays, where a list of tensors is wanted."""

import pytest
from mended import mended, printed

PUT = """
    import numpy as np
    from torch.nn.utils.rnn import pad_sequence
    rows = {rows}
    together = {call}
    print(together.shape, together.dtype, together.sum().item())
"""


@pytest.mark.parametrize(
    ("rows", "call", "made"),
    [
        ("[[4, 2, 7], [3, 9]]", "pad_sequence({}, batch_first=True)", "torch.tensor(each)"),
        ("([4.0, 2.5], [3.0, 9.0])", "torch.stack({})", "torch.tensor(each)"),
        ("[np.ones(4, dtype=np.float32)] * 3", "torch.stack({})", "torch.from_numpy(each)"),
        ("[np.ones((2, 4)), np.ones((3, 4))]", "torch.cat({})", "torch.from_numpy(each).float()"),
    ],
)
def test_a_tensor_is_made_of_each(rows, call, made):
    found = mended(PUT.format(rows=rows, call=call.format("rows")))
    assert found.diagnoses[0].slug == "no_tensor"
    assert found.output == printed(PUT.format(rows=rows, call=call.format(f"[{made} for each in rows]")))
    assert not found.doubts


@pytest.mark.parametrize("rows", ["[torch.ones(3), [3.0, 9.0, 2.0]]", "[[torch.ones(3)], [torch.ones(3)]]"])
def test_lists_that_hold_tensors_are_left(rows):
    found = mended(PUT.format(rows=rows, call="torch.stack(rows)"), most=1)
    assert not any("for each in" in fix.title for fix in found.diagnoses[0].fixes)
