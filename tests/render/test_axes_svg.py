"""The picture of an axis flow: what it says, and that nothing in it can break a page."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from shapecheck import axis_flow_picture
from shapecheck.axes import AxisFlow, Carried, FlowStage
from shapecheck.findings import Place

SVG = "{http://www.w3.org/2000/svg}"


def stage(operation, shape, *hows, module="", line=None):
    carried = tuple(Carried(axis, of, how) for of, row in enumerate(hows) for axis, how in enumerate(row))
    return FlowStage(operation, module, shape, carried, Place("m.py", line, line, "") if line else None)


EMBEDDING = stage("embedding", (4, 7, 6), ("own", "all", "all"), ("all", "own", "all"), module="emb", line=9)
LSTM = stage("lstm", (4, 7, 8), ("causal", "all", "all"), ("all", "own", "all"), module="lstm", line=9)
LAST = stage("[...]", (4, 8), ("causal", "all"), ("none", "none"), line=10)
FLOW = AxisFlow(0, (4, 7), (0, 1), (EMBEDDING, LSTM, LAST))


def drawn(flow):
    return ElementTree.fromstring(axis_flow_picture(flow).svg)


def texts(flow):
    return ["".join(item.itertext()) for item in drawn(flow).iter(f"{SVG}text")]


def test_each_cell_says_its_size_and_how_it_hangs():
    said = texts(FLOW)
    assert said.count("own") == 2 + 1 + 2  # the input's two, the way of axis 0 and the way of axis 1
    assert said.count("causal") == 2
    assert {"embedding", "lstm", "[...]", "emb, line 9", "axis 0 (4 items)", "axis 1 (7 items)"} <= set(said)
    assert {"own: position k depends on item k alone", "causal: on the items up to k", "-: on none"} <= set(said)
    assert "mixed: on some items" not in said


def test_the_first_place_at_which_an_axis_is_lost_is_said_and_red():
    said = texts(FLOW)
    assert "axis 0: its 4 items are apart up to lstm of lstm, line 9, and not behind it" in said
    assert "axis 1: its 7 items are apart up to [...], line 10, and not behind it" in said
    grounds = [item for item in drawn(FLOW).iter(f"{SVG}rect") if item.get("fill") == "#ffece6"]
    assert len(grounds) == 2


def test_an_axis_that_is_never_lost_is_not_red():
    flow = AxisFlow(0, (4, 7), (0,), (EMBEDDING,))
    assert "axis 0: its 4 items are apart all the way" in texts(flow)
    assert "#c02000" not in axis_flow_picture(flow).svg


def test_a_long_flow_is_cut_behind_what_must_be_seen():
    many = tuple(stage(f"relu{at}", (4, 7), ("own", "all"), ("all", "own")) for at in range(60))
    assert "... and 20 tensors more" in texts(AxisFlow(0, (4, 7), (0, 1), many))
    said = texts(AxisFlow(0, (4, 7), (0, 1), (*many, LAST, many[0])))
    assert "[...]" in said
    assert "... and 1 tensor more" in said


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", 'a"b&c', "層"])
def test_hostile_names_are_text(name):
    flow = AxisFlow(0, (4,), (0,), (stage(name, (4,), ("own",), module=name),))
    assert name in texts(flow)
    assert "<script" not in axis_flow_picture(flow).svg


def test_a_notebook_shows_the_picture():
    bundle = FLOW._repr_mimebundle_()
    assert bundle["text/html"].startswith("<svg")
    assert "(causal, all, all)" in bundle["text/plain"]
