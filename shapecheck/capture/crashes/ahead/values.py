"""Works out expressions of lines that have not run on meta tensors, through the script's own functions and models."""

from __future__ import annotations

import ast
import builtins
import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from types import FunctionType, MethodType
from typing import Any, Protocol

import torch
from torch import nn
from torch.nn.modules import module as home
from torch.nn.utils.rnn import PackedSequence
from torch.utils._device import _device_constructors

from shapecheck.capture.crashes.ahead.made import Remade, blank, hold, maker
from shapecheck.capture.crashes.ahead.names import Lost, LostError, Names, RefusedError, items_of
from shapecheck.capture.crashes.ahead.plain import NUMBERS, alike, of_row, plain
from shapecheck.capture.crashes.ahead.settings import EvaluatorAhead, as_dict, holds_settings, settings
from shapecheck.capture.crashes.ahead.torch_layers import (
    is_layer,
    is_torchs,
    layer_named,
    may_be_lazy,
    of_numbers,
    run_deep,
)
from shapecheck.capture.crashes.flight import Entry, returned
from shapecheck.capture.crashes.functions import user_function
from shapecheck.capture.crashes.qualified import is_torch_function
from shapecheck.capture.crashes.scopes import REGISTERS
from shapecheck.capture.crashes.shapes import UNKNOWN, Shapes, is_called_otherwise, marked, run_on_meta, to_meta
from shapecheck.capture.crashes.source import SourceFile
from shapecheck.reading.mixed_views import is_torn
from shapecheck.reading.shaped_behind import VIEWS
from shapecheck.reading.sources import class_around, function_around, last_name, names_in, parameters

# What torch says where sizes are the matter; whatever else it says may be for the numbers that are missing.
_OF_SIZES = re.compile(
    r"(?i)shape|size|dimension|\bdims?\b|start_dim|of columns|elements|batch|must match|tensor a \("
    r"|stack expects|too many indices|index \d+ is|\b\d-?D\b|floating point type|scalar type|same dtype"
    r"|must be Tensor, not tuple|expected Tensor as element .* but got tuple"
)
# Not where it only names the tensor: "expand(MetaLongType{[3, 1]}, ...".
_OF_META = re.compile(r"(?i)meta(?!\w+type\{)|no data|aten::|storage|not implemented|stride|contiguous subspaces")
# Their results hang on values, or they read them.
_BY_VALUE = (
    *("tolist", "numpy", "nonzero", "unique", "masked_select", "argwhere", "bincount"),
    *("pack_padded_sequence", "pad_packed_sequence", "pack_sequence", "ctc_loss", "allclose", "equal", "histc", "kron"),
)
# Methods of a module that give it back, and those that give it something to hold.
_KEEPS = ("to", "cuda", "cpu", "eval", "train", "requires_grad_")
_IDENTITY = {ast.Is: operator.is_, ast.IsNot: operator.is_not}


class Reader(Protocol):
    """Who reads the lines of functions."""

    entries: Sequence[Entry]
    given: dict[ast.AST, Any]
    under_way: dict[ast.AST, nn.Module]
    lost: Lost
    made: Remade
    fresh: dict[int, Any]
    fields: frozenset[str]
    sources: dict[str, SourceFile]
    refused: ast.AST | None
    has_mixed: bool

    def field(self, kind: type, name: str, value: Any) -> Any: ...  # noqa: D102
    def through(self, function: FunctionType, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any: ...  # noqa: D102


class ValuesAhead(Shapes):
    """Works out expressions of one scope.

    Args:
        names: What the names stand for; those that are not known are not there.
        reader: Reads the functions that are called, and holds what is known of calls that are under way.
    """

    def __init__(self, names: Mapping[str, Any], reader: Reader) -> None:
        super().__init__(EvaluatorAhead(names, reader.fields, reader.field), reader.entries)
        self.names, self.reader = names, reader

    def of(self, node: ast.AST) -> Any:
        """The value of an expression with meta tensors in it, or UNKNOWN.

        Raises:
            RefusedError: Torch would refuse the sizes.
        """
        if self.reader.lost.is_in(node):
            self.reader.lost.count += 1
            return UNKNOWN
        try:
            with torch.no_grad():
                return self._of(node, 0)
        except (RefusedError, LostError):
            raise
        except (RuntimeError, IndexError, ValueError, TypeError, AssertionError, UserWarning) as error:
            text = str(error)
            if isinstance(error, NotImplementedError) or _OF_META.search(text) or not _OF_SIZES.search(text):
                self.reader.lost.count += 1
                return UNKNOWN
            raise RefusedError(text) from error
        except Exception:
            self.reader.lost.count += 1
            return UNKNOWN

    def truth(self, node: ast.expr) -> bool | None:
        """Whether a condition holds; None where that is not known."""
        value = self.of(node)
        return bool(value) if type(value) in (*NUMBERS, str, tuple, type(None), torch.Size) else None

    def items(self, node: ast.expr) -> list[Any] | None:
        """What an expression gives one after the other; None where that is not known, or too many."""
        return items_of(self.of(node))

    def _of(self, node: ast.AST, depth: int) -> Any:
        if node in self.reader.given:
            return self.reader.given[node]
        if isinstance(node, ast.IfExp):
            truth = self.truth(node.test)
            return self._either_way(node) if truth is None else self._of(node.body if truth else node.orelse, depth + 1)
        if isinstance(node, ast.BoolOp):
            return self._either(node, depth)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            truth = self.truth(node.operand)
            return UNKNOWN if truth is None else not truth
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _IDENTITY:
            left, right = (self._of(each, depth + 1) for each in (node.left, node.comparators[0]))
            return UNKNOWN if UNKNOWN in (marked(left), marked(right)) else _IDENTITY[type(node.ops[0])](left, right)
        if isinstance(node, ast.Name) and type(known := getattr(self.names, "own", {}).get(node.id)) is tuple:
            # One and the same, by which its other names are found when it changes.
            return known
        if isinstance(node, ast.NamedExpr):
            value = self._of(node.value, depth + 1)
            if isinstance(self.names, Names):
                self.names.store(node.target, value)
            return value
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp):
            return self._comprehended(node)
        if isinstance(node, ast.Dict):
            return self._dict(node, depth)
        if isinstance(node, ast.JoinedStr | ast.FormattedValue | ast.Set | ast.SetComp):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr) and not isinstance(node, ast.SetComp):
                    self._of(child, depth + 1)
            return UNKNOWN
        asked = node.func if isinstance(node, ast.Call) else node
        if isinstance(asked, ast.Attribute) and isinstance(asked.value, ast.Name):
            held = getattr(self.names, "own", {}).get(asked.value.id)
            if type(held) is tuple and not hasattr(list, asked.attr):  # A list is held as a tuple here, too.
                raise RefusedError(f"a tuple has no {asked.attr}")
        try:
            value = super()._of(node, depth)
        except Exception:
            self.reader.refused = self.reader.refused or node
            raise
        if value is UNKNOWN and isinstance(node, ast.Name | ast.Attribute):
            self.reader.lost.count += 1
        return value

    def _either_way(self, node: ast.IfExp) -> Any:
        """What a choice gives that hangs on what is not known, such as a number that is drawn."""
        try:
            return alike(*(self.of(each) for each in (node.body, node.orelse)))
        except RefusedError:
            self.reader.lost.count += 1
            return UNKNOWN

    def _dict(self, node: ast.Dict, depth: int) -> Any:
        """A dict, with all its keys."""
        keys = [key.value if isinstance(key, ast.Constant) else UNKNOWN for key in node.keys]
        values = [self._of(value, depth + 1) for value in node.values]
        return UNKNOWN if UNKNOWN in map(marked, keys) else dict(zip(keys, values, strict=True))

    def _either(self, node: ast.BoolOp, depth: int) -> Any:
        value: Any = UNKNOWN
        for each in node.values:
            value = self._of(each, depth + 1)
            if type(value) not in (*NUMBERS, str, type(None)):
                return UNKNOWN
            if bool(value) is isinstance(node.op, ast.Or):
                break
        return value

    def _comprehended(self, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> Any:
        one = node.generators[0]
        items = self.items(one.iter)
        if items is None or len(node.generators) > 1 or one.ifs:
            return UNKNOWN
        found = []
        for item in items:
            names = Names({}, self.names)
            if not names.store(one.target, item):
                return UNKNOWN
            parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
            found.append(tuple(map(ValuesAhead(names, self.reader).of, parts)))
        if UNKNOWN in (marked(each) for row in found for each in row):
            return UNKNOWN
        return dict(found) if isinstance(node, ast.DictComp) else tuple(each for (each,) in found)

    def _call(self, node: ast.Call, depth: int) -> Any:
        args = list(self._given(node.args, depth))
        kwargs = dict(self._named(node.keywords, depth))
        name = last_name(node.func)
        target = self.evaluator.get(node.func, self._under_way(node))
        if target is None and isinstance(node.func, ast.Call | ast.Subscript):
            made = self._of(node.func, depth + 1)
            target = made if isinstance(made, nn.Module) or is_layer(made) else None
        target = self.reader.made.get(target)
        if isinstance(node.func, ast.Name) and target is getattr(builtins, name, UNKNOWN):
            value = plain(name, args, kwargs, self.reader.field) if name != "getattr" else layer_named(args)
            return self._counted(node) if value is UNKNOWN and name == "len" and len(args) == 1 else value
        value = self._called(node, target, name, args, kwargs, depth)
        if name in VIEWS and isinstance(value, torch.Tensor) and isinstance(node.func, ast.Attribute):
            viewed = args[0] if target is torch.reshape else self._of(node.func.value, depth + 1)
            self.reader.has_mixed |= isinstance(viewed, torch.Tensor) and is_torn(viewed.shape, value.shape)
        if self.reader.lost.has_changed_given or value is UNKNOWN:
            self._lose_given(node)
        self.reader.lost.count += value is UNKNOWN and name not in ("item", "backward", "tolist", "step", "zero_grad")
        return value

    def _counted(self, node: ast.Call) -> Any:
        """How many items there are of what is no value of its own here: of a list that holds others, of a data set."""
        ready = self.reader.made.get(self.evaluator.get(node.args[0]))
        if isinstance(ready, list | tuple | dict):
            return len(ready)
        function = user_function(getattr(type(ready), "__len__", None))
        return self.reader.through(function, [ready], {}) if function is not None else UNKNOWN

    def _under_way(self, node: ast.Call) -> nn.Module | None:
        """The model that a call is under way in, unless it would be made of other values than it was."""
        names = names_in(node.func)
        is_as_made = not isinstance(self.names, Names) or not names & self.names.own.keys()
        return self.reader.under_way.get(node) if is_as_made else None

    def _lose_given(self, node: ast.Call) -> None:
        """Take for unknown the lists into which a function has put something, or may have."""
        self.reader.lost.has_changed_given = False
        for each in (*node.args, *(key.value for key in node.keywords)):
            if isinstance(self.names, Names):
                self.names.lose(each)
            if isinstance(each, ast.Attribute) and isinstance(self._of(each, 0), tuple | list | dict):
                self.reader.lost.attributes.add(each.attr)

    def _given(self, nodes: Sequence[ast.expr], depth: int) -> Iterator[Any]:
        for each in nodes:
            if isinstance(each, ast.Starred):
                spread = items_of(self._of(each.value, depth + 1))
                yield from spread if spread is not None else (UNKNOWN, UNKNOWN)
            else:
                yield self._of(each, depth + 1)

    def _named(self, nodes: Sequence[ast.keyword], depth: int) -> Iterator[tuple[str, Any]]:
        for each in nodes:
            value = self._of(each.value, depth + 1)
            if each.arg is None and type(value) is dict:
                yield from value.items()
            else:
                yield each.arg or "", UNKNOWN if each.arg is None else value

    def _called(
        self, node: ast.Call, target: Any, name: str, args: list[Any], kwargs: dict[str, Any], depth: int
    ) -> Any:
        if target is UNKNOWN:
            return UNKNOWN
        if isinstance(target, nn.Module):
            return self.module(target, args, kwargs)
        if isinstance(node.func, ast.Attribute) and last_name(getattr(node.func.value, "func", None)) == "super":
            return self._of_parent(node, name, args, kwargs)
        if isinstance(target, type) and (new := self._made(target, args, kwargs)) is not UNKNOWN:
            return new
        if name in ("item", "backward") and isinstance(node.func, ast.Attribute):
            base = self._of(node.func.value, depth + 1)
            if isinstance(base, torch.Tensor) and base.numel() != 1 and not args:
                raise RefusedError(name)
            return UNKNOWN
        if target is asdict and len(args) == 1:
            return as_dict(args[0])
        if (known := of_numbers(target, name, args, kwargs)) is not None:
            return known
        if isinstance(target, FunctionType | MethodType) and not is_torch_function(target):
            function = user_function(target)
            owner = self.reader.made.get(target.__self__) if isinstance(target, MethodType) else None
            if owner is UNKNOWN:
                return UNKNOWN
            bound = [owner, *args] if isinstance(target, MethodType) else args
            return self.reader.through(function, bound, kwargs) if function is not None else UNKNOWN
        if not all(map(self._is_harmless, [*args, *kwargs.values()])) or name in _BY_VALUE:
            return UNKNOWN
        if name == "repeat_interleave" and not any(type(each) is int for each in (*args, *kwargs.values())):
            return UNKNOWN
        if is_layer(target):
            with torch.device("meta"):
                return self._fresh(target(*args, **kwargs))
        if target is not None and is_torch_function(target):
            return to_meta(
                target(*args, **(kwargs | {"device": "meta"} if target in _device_constructors() else kwargs))
            )
        if not isinstance(node.func, ast.Attribute):
            return UNKNOWN
        base = self._of(node.func.value, depth + 1)
        if isinstance(base, nn.Module):
            return self._of_model(base, name, args)
        if isinstance(base, torch.Tensor) and hasattr(torch.Tensor, name):
            return getattr(base, name)(*args, **kwargs)
        if type(base) is dict and name in ("items", "keys", "values") and not args:
            return to_meta(tuple(getattr(base, name)()))
        if type(base) is dict and name == "get" and args:
            return to_meta(base[args[0]]) if type(args[0]) in (str, int) and args[0] in base else UNKNOWN
        return of_row(base, name, args)

    def _is_harmless(self, value: Any) -> bool:
        """Whether torch may be given it, and changes no layer that stands ready and calls no function of the script."""
        if isinstance(value, nn.Module):
            return id(value) in self.reader.fresh
        return value is not UNKNOWN and not isinstance(value, FunctionType | MethodType)

    def _made(self, kind: type, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """What a class of the script would make."""
        if holds_settings(kind):
            return self._fresh(settings(kind, args, kwargs, self.reader.field))
        if kind is nn.Parameter and args and isinstance(args[0], torch.Tensor):
            return nn.Parameter(args[0], requires_grad=False)
        new = blank(kind)
        if new is UNKNOWN:
            return UNKNOWN
        self._fresh(new)
        made = maker(kind)
        if made is not None and made is not nn.Module.__init__:
            self.reader.through(made, [new, *args], kwargs)
        return new

    def _fresh(self, value: Any) -> Any:
        self.reader.fresh[id(value)] = value
        return value

    def _of_parent(self, node: ast.Call, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """What the same method of the class above would return."""
        function, owner = function_around(node), class_around(node)
        if function is None or owner is None or not parameters(function):
            return UNKNOWN
        self_ = self.names.get(parameters(function)[0])
        line = list(type(self_).__mro__)
        at = next((at for at, kind in enumerate(line) if kind.__name__ == owner.name), len(line))
        found = next((vars(kind)[name] for kind in line[at + 1 :] if name in vars(kind)), None)
        if found is nn.Module.__init__ or found is object.__init__:
            return None
        above = user_function(found) if isinstance(found, FunctionType) else None
        return self.reader.through(above, [self_, *args], kwargs) if above is not None else UNKNOWN

    def _of_model(self, model: nn.Module, name: str, args: Sequence[Any]) -> Any:
        """What a method of torch's modules does to one that was made anew."""
        is_fresh = id(model) in self.reader.fresh
        if name in _KEEPS:
            return model
        if is_fresh and name in REGISTERS and len(args) == 2 and isinstance(args[0], str):
            hold(model, args[0], args[1])
            return None
        if is_fresh and name.startswith("register_"):
            # Hooks, by which a call of it gives something else.
            hold(model, "forward", UNKNOWN)
        return UNKNOWN

    def module(self, module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """What a module would return."""
        is_own = type(module).__module__.startswith("torch.nn.")
        if is_called_otherwise(module):
            return UNKNOWN
        if type(module) is nn.Sequential and len(args) == 1 and not kwargs:
            value = args[0]
            for child in module._modules.values():
                value = self.module(child, [value], {}) if child is not None else UNKNOWN
            return value
        if not is_own:
            function = user_function(module)
            return self.reader.through(function, [module, *args], kwargs) if function is not None else UNKNOWN
        if UNKNOWN in map(marked, [*args, *kwargs.values()]):
            return UNKNOWN
        if any(isinstance(each, PackedSequence) for each in args):
            seen = returned(self.entries, module, tuple(args))
            return UNKNOWN if seen is None else seen
        if not module._modules:
            try:
                return run_on_meta(module, *args, **kwargs)
            except RuntimeError:
                if may_be_lazy(module, self.reader.sources.values()):
                    return UNKNOWN
                raise
        if home._global_forward_hooks or home._global_forward_pre_hooks or not is_torchs(module):
            return UNKNOWN
        return run_deep(module, args, kwargs)
