"""Arrays of objects and of text that are to be tensors."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np
    table = np.array([[70, "north", 2.5, True], [120, "south", 3.5, False], [90, "north", 4.5, True]], dtype=object)
    numbers = {cut}
    rows = {call}
    print(nn.Linear({width}, 2)(rows{cast}).shape, rows.sum().item())
"""


@pytest.mark.parametrize(
    ("cut", "width"), [("table[:, [0, 2, 3]]", 3), ("table[:, ::2]", 2), ('np.array([["1.5", "2"], ["3", "4"]])', 2)]
)
@pytest.mark.parametrize("call", ["torch.from_numpy({})", "torch.tensor({})", "torch.as_tensor(data={})"])
def test_numbers_are_made_of_them(cut, width, call):
    options = {"cut": cut, "width": width, "cast": ""}
    found = mended(PROGRAM.format(call=call.format("numbers"), **options), most=1)
    assert found.diagnoses[0].slug == "array_of_objects"
    assert found.output == printed(PROGRAM.format(call=call.format('numbers.astype("float32")'), **options))
    assert not found.doubts


@pytest.mark.parametrize("cut", ["table", "np.array([[1, 2], [3]], dtype=object)", 'np.array(["north", "south"])'])
def test_what_holds_no_numbers_stays_as_it_is(cut):
    found = mended(PROGRAM.format(call="torch.from_numpy(numbers)", cut=cut, width=2, cast=""))
    assert found.diagnoses[0].slug == "array_of_objects"
    assert found.output == "crashed"
