"""Positions of another dtype are made as positions where nobody else reads what was made."""

import pytest
from mended import mended, printed

MEMORY = """
    import numpy as np


    class Memory:
        def __init__(self, rows):
            self.taken = np.zeros(rows, dtype=np.{dtype})
            self.gained = np.zeros(rows, dtype=np.float32)

        def keep(self, at, taken, gained):
            self.taken[at], self.gained[at] = taken, gained

        def drawn(self, rows):
            taken, gained = torch.from_numpy(self.taken[rows]), torch.from_numpy(self.gained[rows])
            scores = torch.arange(20.0).view(5, 4)
            chosen = scores[torch.arange(5), taken]
            {also}
            return (chosen + gained).sum().item()


    memory = Memory(9)
    for at in range(9):
        memory.keep(at, at % 4, 0.5 * at)
    print(memory.drawn(np.array([1, 6, 7, 2, 8])))
"""


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_what_an_object_keeps_for_an_index_alone_is_kept_as_positions(dtype):
    found = mended(MEMORY.format(dtype=dtype, also="pass"))
    assert found.changed == ["self.taken = np.zeros(rows, dtype=np.int64)"]
    assert not found.doubts
    assert found.output == printed(MEMORY.format(dtype="int64", also="pass"))


@pytest.mark.parametrize("also", ["print(taken.float().mean())", "print(self.taken.mean())"])
def test_what_something_else_reads_stays_as_it_was_kept(also):
    found = mended(MEMORY.format(dtype="uint8", also=also))
    assert found.output != "crashed"
    assert "self.taken = np.zeros(rows, dtype=np.uint8)" in found.text


COLUMN = """
    def prepared(table):
        kinds = table[:, -1]
        marks = torch.zeros(kinds.shape[0], 6)
        marks.scatter_(1, kinds.unsqueeze(1){cast}, 1.0)
        {also}
        return marks


    print(prepared(torch.tensor([[0.5, 2.0], [1.5, 5.0], [0.1, 0.0]])).argmax(1))
"""


def test_a_column_for_an_index_alone_is_cast_where_it_is_taken():
    found = mended(COLUMN.format(cast="", also="pass"))
    assert found.changed == ["kinds = table[:, -1].long()"]
    assert found.output == printed(COLUMN.format(cast=".long()", also="pass"))


def test_a_column_that_is_reckoned_with_as_well_is_cast_where_it_is_an_index():
    found = mended(COLUMN.format(cast="", also="print(kinds / 2)"))
    assert found.changed == ["marks.scatter_(1, kinds.unsqueeze(1).long(), 1.0)"]


def test_no_array_is_cast_as_a_tensor():
    found = mended(
        """
        def chosen(scores, kinds):
            rows = kinds / 1.0
            return scores.gather(1, torch.from_numpy(rows).unsqueeze(1))


        import numpy as np
        print(chosen(torch.arange(12.0).view(3, 4), np.array([1, 3, 0])).sum().item())
        """
    )
    assert found.output != "crashed"
    assert "rows.long()" not in found.text
