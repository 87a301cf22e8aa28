"""Numbers that were returned with a dict beside them."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np


    class World:
        def reset(self):
            return np.ones(3, dtype=np.float32), {{"seed": 0}}


    torch.manual_seed(1)
    policy, state = nn.Linear(3, 2), World().reset(){part}
    print(policy({made}).sum().item())
"""


@pytest.mark.parametrize(
    "made", ["torch.as_tensor(state)", "torch.from_numpy(state)", "torch.FloatTensor(state)", "torch.tensor(state)"]
)
def test_the_numbers_alone_are_taken_where_they_are_returned(made):
    found = mended(PROGRAM.format(part="", made=made))
    assert found.changed == ["policy, state = nn.Linear(3, 2), World().reset()[0]"]
    assert found.output == printed(PROGRAM.format(part="[0]", made=made))


def test_two_arrays_are_not_one_with_something_beside_it():
    program = """
    import numpy as np

    pair = np.ones(3, dtype=np.float32), np.ones(4, dtype=np.float32)
    print(torch.from_numpy(pair).sum())
    """
    assert mended(program).output == "crashed"
