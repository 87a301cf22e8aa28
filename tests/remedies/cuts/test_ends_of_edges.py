"""What is added up along edges are the numbers of the nodes at their other ends."""

from mended import mended, printed

PROGRAM = """
    def gathered(values, places, count):
        return torch.zeros(count, values.size(-1)).index_add(0, places, values)


    heights = torch.tensor([[2.0, 1.0], [3.0, 5.0], [7.0, 4.0]])
    edges = torch.tensor([[0, 1, 1, 2, 0], [1, 0, 2, 1, 2]])
    to, of = edges
    {more}
    print(gathered({values}, to, heights.size(0)).tolist())
"""


def test_the_nodes_at_the_ends_that_nobody_reads_are_taken():
    found = mended(PROGRAM.format(values="heights", more=""))
    assert found.changed == ["print(gathered(heights[of], to, heights.size(0)).tolist())"]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(values="heights[of]", more=""))


def test_ends_that_are_read_elsewhere_leave_a_doubt():
    found = mended(PROGRAM.format(values="heights", more="weights = heights[of].sum(1)"))
    assert found.changed == ["print(gathered(heights[of], to, heights.size(0)).tolist())"]
    assert found.doubts == [
        "the other ends are read elsewhere too, and what comes may be meant to hold a row for each edge"
    ]


def test_numbers_that_are_none_of_nodes_are_left():
    found = mended(PROGRAM.format(values="heights[:2]", more=""))
    assert not any("[of]" in fix.title for fix in found.diagnoses[0].fixes)
