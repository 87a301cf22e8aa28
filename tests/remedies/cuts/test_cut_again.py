"""Parts that are taken before something that wants the whole, and once more of its result."""

import pytest
from mended import mended, printed

SCALED = """
    class Scaler:
        def __init__(self, x):
            self.m, self.s = x.mean(0), x.std(0)

        def back(self, z):
            return z * self.s + self.m

    data, n = torch.randn(40, 4) * 3 + 1, 2
    scaler, net = Scaler(data), nn.Linear(4, 4)
    with torch.no_grad():
        pred = net(data){cut}
        pred = scaler.back(pred)
        pred = pred{again}
    print(pred.sum().item())
"""
IN_PLACE = """
    import numpy as np
    mean, std = np.arange(1., 4.), np.ones(3) * 2

    def undone(out, n):
        got = out{cut}
        got *= std
        got += mean
        got = got{again}
        return got

    print(undone(np.arange(18.).reshape(6, 3), 2).sum())
"""


@pytest.mark.parametrize("text", [SCALED, IN_PLACE])
@pytest.mark.parametrize("cut", ["[:, -2:]", "[:, -n:]", "[:, :2]", "[..., -2:]"])
def test_only_the_second_part_is_taken(text, cut):
    found = mended(text.replace("{cut}", cut).replace("{again}", cut))
    assert not found.doubts
    assert found.output == printed(text.replace("{cut}", "").replace("{again}", cut))


@pytest.mark.parametrize(("cut", "again"), [("[:, 1:]", "[:, 1:]"), ("[:, -2:]", "[:, -1:]"), ("[:, 1:3]", "[:, 1:3]")])
def test_what_is_another_part_the_second_time_stays(cut, again):
    found = mended(SCALED.replace("{cut}", cut).replace("{again}", again), most=1)
    assert not any("without" in fix.title for fix in found.diagnoses[0].fixes)


def test_an_array_that_is_changed_in_its_place_has_a_name_for_what_is_wrong():
    found = mended(IN_PLACE.replace("{cut}", "[:, -1:]").replace("{again}", "[:, -1:]"))
    assert found.diagnoses[0].slug == "sizes_do_not_broadcast"
    assert not found.doubts


def test_a_layer_may_be_made_for_the_part():
    program = """
    net = nn.Linear(8, 6)
    x = torch.randn(3, 8)
    h = x[:, -4:]
    h = net(h)
    h = h[:, -4:]
    print(h.shape)
    """
    found = mended(program, most=1)
    assert found.doubts or not any("without" in fix.title for fix in found.diagnoses[0].fixes[:1])
