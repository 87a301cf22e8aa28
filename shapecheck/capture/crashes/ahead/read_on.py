"""Reads a script on from a crash as if a change were made: what follows, on meta tensors; no line of it is run."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import nn

from shapecheck.candidate import Change, Stop
from shapecheck.capture.crashes.ahead.changed_files import (
    ChangedFiles,
    home_of,
    is_touched,
    own_statements,
)
from shapecheck.capture.crashes.ahead.lines import header
from shapecheck.capture.crashes.ahead.names import LostError, RefusedError
from shapecheck.capture.crashes.ahead.read_again import Call, earlier_calls_of, failed_calls_of, returned_calls_of
from shapecheck.capture.crashes.ahead.reading import Reading, owner_of
from shapecheck.capture.crashes.flight import Entry
from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.reading.sources import begin_of, class_around, function_around, parents, walk

# So many seconds of work all readings for one crash may take.
MAX_SECONDS = 5.0
_DONE = ast.Call | ast.BinOp | ast.AugAssign | ast.Subscript | ast.Compare
# A frame to read from, and whether the models are made anew first.
_Way = tuple[int, bool]


@dataclass(frozen=True)
class _Answer:
    """What a reading tells.

    Args:
        goes_on: Whether all goes on as far as it can be read; None where that is not known.
        is_refused_again: Whether the very call that the crash left is refused with the changes as well.
        stop: How far it comes where it is refused, or that a view mixes axes where it goes on.
    """

    goes_on: bool | None
    is_refused_again: bool = False
    stop: Stop = ""


_NOT_KNOWN, _EARLIER = _Answer(None), _Answer(False, stop="earlier")


class ReadOn:
    """Tells of changes whether the lines behind the one that failed would go on with them.

    Args:
        frames: The frames of the crash, outermost first.
        entries: The calls of modules before, by which is known what they returned.
    """

    def __init__(self, frames: Sequence[LiveFrame], entries: Sequence[Entry] = ()) -> None:
        self.frames = [each for each in frames if each.is_user and not each.is_comprehension]
        self.entries = entries
        self.earlier = tuple(earlier_calls_of(self.frames, entries))
        self.returned = tuple(returned_calls_of(self.frames, entries))
        self.taken = self.until = 0.0
        self._answers: dict[tuple[Change, ...], _Answer] = {}

    def __call__(self, changes: Sequence[Change]) -> bool | None:
        """Whether all goes on as far as it can be read: False where torch would refuse a line; None where not known.

        Also where it would have refused a line in a call of the model before, that went well.
        """
        return self._answer(changes).goes_on

    def stop(self, changes: Sequence[Change]) -> Stop:
        """How far the script comes with changes, where torch would refuse a line, or a view mixes axes."""
        return self._answer(changes).stop

    def leaves_it(self, changes: Sequence[Change]) -> bool:
        """Whether the line that failed would be refused with changes too, of numbers that others are made with as well.

        Asked of what stands outside of methods alone, and of the call of a layer that has no others in it: elsewhere a
        second mistake may be refused.
        """
        return self._are_of_all(changes) and self._answer(changes).is_refused_again

    def _are_of_all(self, changes: Sequence[Change]) -> bool:
        try:
            lines = ChangedFiles(changes).statements
        except Exception:
            return False
        return bool(lines) and not any(_is_in_method(line) for _, line in lines)

    def _answer(self, changes: Sequence[Change]) -> _Answer:
        given = tuple(changes)
        if given not in self._answers:
            self._answers[given] = self._in_time(given)
        return self._answers[given]

    def _in_time(self, changes: Sequence[Change]) -> _Answer:
        begun = time.thread_time()
        try:
            self.until = begun + MAX_SECONDS - self.taken
            is_asked = self.frames and changes and begun < self.until
            return self._read(ChangedFiles(changes)) if is_asked else _NOT_KNOWN
        except Exception:
            # Odd source must not cost us the fix.
            return _NOT_KNOWN
        finally:
            self.taken += time.thread_time() - begun

    def _read(self, files: ChangedFiles) -> _Answer:
        if not files.statements or self._has_moved(files):
            return _NOT_KNOWN
        if self._undoes_earlier(files):
            return _EARLIER
        if not self._has_more():
            return _NOT_KNOWN
        for way in self._ways(files):
            if not self._fails_as_it_did(files, way):
                continue
            reading = self._reading(files)
            try:
                reading.run(*way)
            except RefusedError:
                if reading.has_read_all and self._is_inside(files):
                    is_reached = self._is_reached(reading, *way)
                    again = is_reached and self._is_call_of_crash(reading)
                    # What is changed where it failed may be one of several that are refused there.
                    places = {(source.name, line.lineno) for source, line in files.statements}
                    is_it = reading.failed not in places or self._is_itself(reading)
                    is_new = is_it and is_reached and (files.has_new_makers or not self._is_before_rounds(files))
                    return _Answer(False, again, "" if self._has_kept(way) else _stop(reading, is_new=is_new))
                continue
            except LostError:
                continue
            if reading.is_past and reading.has_read_all:
                return _Answer(True, stop="mixed" if reading.has_mixed else "")
        return _Answer(self._goes_from_its_beginning(files))

    def _is_reached(self, reading: Reading, at: int, is_anew: bool) -> bool:
        """Whether what the frame where a reading began stands on is what a change would make of it."""
        touched = next((each for each, frame in enumerate(self.frames) if is_touched(frame, reading.files)), None)
        return (touched is not None and at <= touched) or (is_anew and reading.made.has(owner_of(self.frames[at])))

    def _is_call_of_crash(self, reading: Reading) -> bool:
        """Whether what was refused is the very call that the crash left, and one layer."""
        frame = self.frames[-1]
        if reading.is_past or not isinstance(frame.node, ast.Call):
            return False
        names = {**frame.frame.f_builtins, **frame.frame.f_globals, **frame.frame.f_locals}
        layer = Evaluator(names).get(frame.node.func)
        is_one = isinstance(layer, nn.Module) and not layer._modules
        return is_one and reading.refused is reading.files.now(frame.source, frame.node)

    def _is_itself(self, reading: Reading) -> bool:
        """Whether what is refused is what the crash left, and has the change in it; not what stands beside it."""
        frame = self.frames[-1]
        now = reading.files.now(frame.source, frame.node)
        is_changed = now is not None and frame.node is not None and ast.dump(now) != ast.dump(frame.node)
        return is_changed and reading.refused is now

    def _has_kept(self, way: _Way) -> bool:
        """Whether a call that is read again has put something by, with which it would begin now."""
        again = (home_of(frame) for frame in self.frames[way[0] + 1 :])
        return any(
            isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store) for home in again for each in walk(home)
        )

    def _is_before_rounds(self, files: ChangedFiles) -> bool:
        """Whether a change stands in front of a loop that a frame is in: what the round is given is not given anew."""
        for frame in self.frames:
            loops = [up for up in parents(frame.statement) if isinstance(up, ast.For | ast.While)]
            own = {begin_of(each) for each in own_statements(home_of(frame))}
            lines = [begin_of(line) for source, line in files.statements if source.name == frame.source.name]
            if any(line in own and line < begin_of(loop) for loop in loops for line in lines):
                return True
        return False

    def _has_moved(self, files: ChangedFiles) -> bool:
        """Whether a name that one line gives a number stands for another one: something else has put it there."""
        for frame in self.frames:
            lines = own_statements(home_of(frame))
            names = [each for line in lines for part in header(line) for each in walk(part)]
            stored = [each.id for each in names if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)]
            for _, line in files.statements:
                value = getattr(line, "value", None) if isinstance(line, ast.Assign | ast.AnnAssign) else None
                target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
                if not isinstance(value, ast.Constant) or not isinstance(target, ast.Name) or line not in lines:
                    continue
                has_run = frame.statement is None or begin_of(line) < begin_of(frame.statement)
                if has_run and stored.count(target.id) == 1 and frame.frame.f_locals.get(target.id) != value.value:
                    return True
        return False

    def _undoes_earlier(self, files: ChangedFiles) -> bool:
        """Whether a call of a model would be refused, or return what it did not, that went well before."""
        if files.has_new_makers:
            return False
        homes = {(source.name, getattr(function_around(line), "lineno", 0)) for source, line in files.statements}
        changed = [
            each
            for each in self.returned
            if (each.function.__code__.co_filename, each.function.__code__.co_firstlineno) in homes
        ]
        return any(
            self._goes_well(files, each, is_as_it_was=True) and self._goes_well(files, each) is False
            for each in (*self.earlier, *changed)
        )

    def _goes_well(self, files: ChangedFiles, call: Call, *, is_as_it_was: bool = False) -> bool | None:
        """Whether a call is read to what it returned, False where torch would refuse it; None where it is not known."""
        reading = self._reading(files, is_as_it_was=is_as_it_was)
        try:
            value = reading.again(call.function, call.args)
        except RefusedError:
            return False if reading.has_read_all else None
        except LostError:
            return None
        return call.returned_this(value) if reading.has_read_all else None

    def _goes_from_its_beginning(self, files: ChangedFiles) -> bool | None:
        """The same of the calls that failed, begun anew: where a round before the one that failed would be another."""
        for call in failed_calls_of(self.frames, self.entries) if not files.has_new_makers else ():
            before, reading = self._reading(files, is_as_it_was=True), self._reading(files)
            try:
                before.again(call.function, call.args)
                return None
            except LostError:
                continue
            except RefusedError:
                if before.at != before.failed:
                    return None
            try:
                reading.again(call.function, call.args)
            except RefusedError:
                return False if reading.has_read_all else None
            except LostError:
                continue
            if reading.is_past and reading.has_read_all and not reading.is_lost_there:
                return True
        return None

    def _reading(self, files: ChangedFiles, *, is_as_it_was: bool = False) -> Reading:
        return Reading(self.frames, self.entries, files, self.until, is_as_it_was=is_as_it_was)

    def _has_more(self) -> bool:
        """Whether anything is done behind the call that failed: to read on takes torch a second of its own imports."""
        for frame in self.frames:
            line, up = frame.statement, getattr(frame.node, "parent", None)
            while up is not None and up is not line:
                if isinstance(up, _DONE):
                    return True
                up = getattr(up, "parent", None)
            later = (each for each in own_statements(home_of(frame)) if line is None or begin_of(each) > begin_of(line))
            if any(isinstance(each, _DONE) for one in later for part in header(one) for each in walk(part)):
                return True
        return False

    def _ways(self, files: ChangedFiles) -> Iterator[_Way]:
        first = next((at for at, frame in enumerate(self.frames) if is_touched(frame, files)), None)
        if first is None:
            # The line that failed may itself call what is changed, and which has returned.
            yield from () if files.has_new_makers else ((len(self.frames) - 1, False),)
            return
        if not files.has_new_makers:
            yield from dict.fromkeys(((max(first - 1, 0), False), (first, False)))
        remade = self._reading(files).remade()
        inside = [at for at, frame in enumerate(self.frames) if remade.has(owner_of(frame))]
        models = [at for at in inside if isinstance(owner_of(self.frames[at]), nn.Module)]
        ways = [max(models[0] - 1, 0), models[0]] if models else [first, len(self.frames) - 1]
        yield from ((at, True) for at in dict.fromkeys(ways))

    def _is_inside(self, files: ChangedFiles) -> bool:
        """Whether a change is in a call that had not returned: what others have given is not given anew."""
        return files.has_new_makers or any(is_touched(frame, files) for frame in self.frames)

    def _fails_as_it_did(self, files: ChangedFiles, way: _Way) -> bool:
        """Whether the script as it stands, read in the same way, fails where it did."""
        reading = self._reading(files, is_as_it_was=True)
        try:
            reading.run(*way)
        except RefusedError:
            return reading.at == reading.failed
        except LostError:
            pass
        return False


def _stop(reading: Reading, *, is_new: bool) -> Stop:
    """How far a reading came; what the round under way was given is as it was where a change is in front of them."""
    if reading.is_past or reading.is_lost_there:
        return "behind"
    if reading.at != reading.failed:
        return "before"
    return "there" if is_new else ""


def _is_in_method(line: ast.stmt) -> bool:
    function = function_around(line)
    return function is not None and class_around(function) is not None
