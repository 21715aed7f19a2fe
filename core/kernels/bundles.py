"""Arrays that kernels hand on together, behind one pointer.

Numba passes each array as seven numbers or more, and a tuple of arrays as all of theirs, at every call: a dozen arrays
cost more than what a small kernel does with them, and most of the time to compile it. Here a named tuple of arrays is
the address of a table, a row of which has the address of an array and its shape. Its fields say of what they are:

    class Room(NamedTuple):
        sums: Annotated[np.ndarray, np.float64]
        pairs: Annotated[np.ndarray, np.int64, 2]     two dimensions

Whoever calls an entry keeps the arrays alive; kernels read and write them, and put no other in their place.
"""

import operator
from ctypes import addressof, c_char
from typing import Any, NamedTuple, get_type_hints

import numpy as np
from llvmlite import ir
from numba import from_dtype
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, register_model
from numba.np.arrayobj import load_item, store_item

from core.kernels.lanes import INT

ROW = 4  # numbers: an address, and up to three lengths
CACHE_LINE = 64  # bytes: a vector across two lines of the cache costs twice
MISSING = ((0, 0, 0), (0, 0), (0,), ())  # lengths, by dimensions
_types: Any = types  # whose own annotations leave out most of it


def record(integers: str, floats: str = "") -> np.dtype:
    """What an array may consist of: records of 64-bit numbers, to kernels a pointer each."""
    return np.dtype([(name, "i8") for name in integers.split()] + [(name, "f8") for name in floats.split()])


class Bundle(_types.Type):
    """The type of a named tuple of arrays."""

    def __init__(self, fields: type):
        super().__init__(fields.__name__)
        hints = get_type_hints(fields, include_extras=True)
        self.arrays = {name: _array(*hint.__metadata__) for name, hint in hints.items()}


class Flat(_types.Array):
    """The type of an array of one dimension whose indices are not negative: none is counted from the end."""

    def __init__(self, element: Any):
        super().__init__(element, 1, "C", name=f"flat({element})")


def _array(kind: Any, dimensions: int = 1) -> Any:
    element = from_dtype(np.dtype(kind))
    return Flat(element) if dimensions == 1 else _types.Array(element, dimensions, "C")


register_model(Flat)(models.ArrayModel)


def _place(context: Any, builder: Any, kind: Flat, array: Any, index_type: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.gep(data, [context.cast(builder, index, index_type, _types.intp)])


@lower_builtin(operator.getitem, Flat, _types.Integer)
def _get(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    (kind, index_type), (array, index) = signature.args, arguments
    return load_item(context, builder, kind, _place(context, builder, kind, array, index_type, index))


@lower_builtin(operator.setitem, Flat, _types.Integer, _types.Any)
def _set(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    (kind, index_type, value_type), (array, index, value) = signature.args, arguments
    place = _place(context, builder, kind, array, index_type, index)
    store_item(context, builder, kind, context.cast(builder, value, value_type, kind.dtype), place)
    return context.get_dummy_value()


@register_model(Bundle)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Bundle):
        super().__init__(manager, kind, INT.as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):
    key = Bundle

    def generic_resolve(self, kind: Bundle, name: str) -> Any:
        return kind.arrays.get(name)


@lower_getattr_generic(Bundle)
def _field(context: Any, builder: Any, kind: Bundle, table: Any, name: str) -> Any:
    """The array of a field: its row is the same in one call of an entry, whatever is written meanwhile."""
    array, first = kind.arrays[name], ROW * list(kind.arrays).index(name)
    found, unchanged = context.make_array(array)(context, builder), builder.module.add_metadata([])
    row = [builder.load(builder.gep(table, [ir.Constant(INT, first + i)])) for i in range(1 + array.ndim)]
    for number in row:
        number.set_metadata("invariant.load", unchanged)
    size = ir.Constant(INT, context.get_abi_sizeof(context.get_data_type(array.dtype)))
    strides = [size]
    for length in row[:1:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    context.populate_array(
        found, data=builder.inttoptr(row[0], found.data.type), shape=cgutils.pack_array(builder, row[1:]),
        strides=cgutils.pack_array(builder, strides), itemsize=size, meminfo=None,
    )  # fmt: skip
    return found._getvalue()


def opener(*fields: type) -> Any:
    """A function for entries: from the table of named tuples of these classes, one after the other, their bundles."""
    kinds = [Bundle(each) for each in fields]
    starts = np.cumsum([0, *(ROW * len(kind.arrays) for kind in kinds)])

    @intrinsic
    def opened(typing: Any, table: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            data = context.make_array(table)(context, builder, arguments[0]).data
            values = [builder.gep(data, [ir.Constant(INT, start)]) for start in starts[:-1]]
            return context.make_tuple(builder, signature.return_type, values)

        return _types.Tuple(kinds)(table), generate

    return opened


def on_lines(n: int, kind: Any = np.float64) -> np.ndarray:
    """An array (n,), not filled, that begins at a line of the cache."""
    size = n * np.dtype(kind).itemsize
    room = np.empty(size + CACHE_LINE, np.uint8)
    start = -_address(room) % CACHE_LINE
    return room[start : start + size].view(kind)


def copied(records: np.ndarray) -> np.ndarray:
    """A copy of records: field by field, as NumPy would make it, it takes six times as long."""
    return records.view(np.int64).copy().view(records.dtype)


def table_of(*tuples: NamedTuple) -> np.ndarray:
    """The table of some named tuples of C-contiguous arrays, (numbers,), int64."""
    numbers: list[int] = []
    for arrays in tuples:
        for array in arrays:
            numbers += (_address(array), *array.shape, *MISSING[array.ndim])
    return np.array(numbers, dtype=np.int64)


def _address(array: Any) -> int:
    """Where the array begins, 0 if it has no numbers: in a third of the time that `array.ctypes.data` takes."""
    return addressof(c_char.from_buffer(array)) if array.size else 0
