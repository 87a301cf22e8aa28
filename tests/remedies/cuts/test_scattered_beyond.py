"""Columns that are scattered to and are not there."""

import pytest
from mended import mended, printed

PROGRAM = """
    def mix(scores, weights, ids, {more}):
        dist = 0.5 * scores
        {added}
        return dist

    ids = torch.tensor([[1, 6, 2, 7], [0, 5, 6, 3]])
    print([round(v, 4) for v in mix(torch.rand(2, 6), torch.rand(2, 4), ids, 2).flatten().tolist()])
"""
RIGHT = "dist = F.pad(dist, (0, extra)).scatter_add(1, ids, weights)"


@pytest.mark.parametrize("added", ["dist = dist.scatter_add(1, ids, weights)", "dist.scatter_add_(-1, ids, weights)"])
def test_there_are_as_many_more_as_nobody_reads(added):
    found = mended(PROGRAM.format(more="extra", added=added))
    assert found.output == printed(PROGRAM.format(more="extra", added=RIGHT))
    assert not found.doubts
    # No known cause stands beside it: what was not tried would not be told.
    assert found.diagnoses[0].fixes[0].verified == "call"


def test_a_module_is_told_so_where_it_is_called():
    program = """
    class Pointer(nn.Module):
        def forward(self, scores, weights, ids, unknown=0):
            return {}.scatter_add(-1, ids, weights)

    strange = ["okapi", "zebra"]
    out = Pointer()(torch.rand(1, 5), torch.rand(1, 3), torch.tensor([[1, 5, 6]]), unknown=len(strange))
    print([round(v, 4) for v in out[0].tolist()])
    """
    found = mended(program.format("scores"))
    assert found.output == printed(program.format("F.pad(scores, (0, unknown))"))
    assert not found.doubts


@pytest.mark.parametrize("more", ["num_layers", "seed"])
def test_counts_of_other_things_are_no_columns(more):
    found = mended(PROGRAM.format(more=more, added="dist = dist.scatter_add(1, ids, weights)"), most=1)
    assert not any("pad(" in fix.title for fix in found.diagnoses[0].fixes)


def test_too_few_are_not_added():
    program = PROGRAM.format(more="extra", added="dist = dist.scatter_add(1, ids, weights)").replace(
        "ids, 2)", "ids, 1)"
    )
    assert not any("pad(" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)
