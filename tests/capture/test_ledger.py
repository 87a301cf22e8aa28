"""The book of calls: exact counts, and the order in which calls began, from the order in which they ended."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from shapecheck.capture.ledger import Counter, Ledger, Seen, in_order_of_begin
from shapecheck.records import CallRecord


def seen(*paths):
    return Seen(CallRecord(paths[0], "Module"), paths)


def order(*finished):
    return [entry.call.module for entry in in_order_of_begin(finished)]


def test_a_module_stands_before_those_inside_it():
    assert order(seen("a.b"), seen("a.c"), seen("a"), seen("d"), seen("")) == ["", "a", "a.b", "a.c", "d"]


def test_names_that_only_begin_alike_are_not_inside():
    assert order(seen("ab.c"), seen("a")) == ["ab.c", "a"]


def test_a_second_call_of_a_module_is_not_mixed_with_the_first():
    assert order(seen("a.b"), seen("a"), seen("a.b"), seen("a"), seen("")) == ["", "a", "a.b", "a", "a.b"]


def test_shared_modules_are_inside_wherever_one_of_their_paths_is():
    assert order(seen("first", "a.b"), seen("a")) == ["a", "first"]


TREES = st.recursive(st.just(()), lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=8)


@given(TREES)
def test_any_tree_of_calls(tree):
    begun, ended = [], []

    def call(path, children):
        begun.append(path)
        for at, child in enumerate(children):
            call(f"{path}.{at}" if path else str(at), child)
        ended.append(seen(path))

    call("", tree)
    assert order(*ended) == begun


def test_counter_loses_no_tick():
    counter = Counter()

    def work():
        for _ in range(5000):
            counter.tick()
            if _ % 1000 == 0:
                counter.value()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.value() == 20000
    assert counter.value() == 20000


def test_trace():
    ledger = Ledger()
    inner, outer, late = seen("a"), seen(""), seen("b")
    for entry in (inner, outer, outer, late):
        entry.tick()
    ledger.add([inner, outer])
    ledger.dropped.tick()
    trace = ledger.trace("Net", pending=[[late]], parameters=(("", 3),), protocol="p", sizes={"n": 2}.items())
    assert [(entry.call.module, entry.count) for entry in trace] == [("", 2), ("a", 1), ("b", 1)]
    assert (trace.model, trace.parameters, trace.dropped, trace.protocol, trace.sizes) == (
        "Net",
        (("", 3),),
        1,
        "p",
        (("n", 2),),
    )
