"""A vector of adjacent numbers as a Numba value: load, store, broadcast, fused multiply-add, sum.

Numba has loops that LLVM may vectorise, but no vectors; sums and blocked products need them. A `Lanes` value is 64
bytes wide (8 float64 or 16 float32), a generic LLVM vector: LLVM splits it on processors with narrower registers, and
the order of every sum is the same on all of them. Nothing here checks bounds.
"""

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import PrimitiveModel, register_default
from numba.extending import intrinsic

BYTES = 64


class Lanes(types.Type):
    """Numba type of BYTES / itemsize adjacent numbers of one floating-point type."""

    def __init__(self, element: types.Float):
        self.element = element
        self.count = BYTES * 8 // element.bitwidth
        super().__init__(name=f"Lanes({element})")


@register_default(Lanes)
class _LanesModel(PrimitiveModel):
    def __init__(self, dmm, fe_type):
        element = dmm.lookup(fe_type.element).get_value_type()
        super().__init__(dmm, fe_type, ir.VectorType(element, fe_type.count))


def _pointer(context, builder, array_type, array, index):
    """Address of array[index] (flat), as a pointer to a vector."""
    data = context.make_array(array_type)(context, builder, array).data
    vector = context.get_value_type(Lanes(array_type.dtype))
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


@intrinsic
def load(typing, array, index):
    """Lanes array[index], array[index + 1], … of a flat array."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments)
        return builder.load(pointer, align=signature.args[0].dtype.bitwidth // 8)

    return Lanes(array.dtype)(array, types.intp), generate


@intrinsic
def store(typing, array, index, lanes):
    """array[index], array[index + 1], … <- lanes, in a flat array."""

    def generate(context, builder, signature, arguments):
        array_value, index_value, value = arguments
        pointer = _pointer(context, builder, signature.args[0], array_value, index_value)
        builder.store(value, pointer, align=signature.args[0].dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(array, types.intp, lanes), generate


@intrinsic
def broadcast(typing, number):
    """Lanes that all hold `number`."""
    lanes = Lanes(number)

    def generate(context, builder, signature, arguments):
        vector = context.get_value_type(lanes)
        first = builder.insert_element(ir.Constant(vector, ir.Undefined), arguments[0], cgutils.int32_t(0))
        mask = ir.Constant(ir.VectorType(cgutils.int32_t, lanes.count), None)
        return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)

    return lanes(number), generate


@intrinsic
def fma(typing, a, b, c):
    """a b + c in each lane, rounded once."""

    def generate(context, builder, signature, arguments):
        vector = arguments[0].type
        name = f"llvm.fma.v{a.count}f{a.element.bitwidth}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector] * 3), name)
        return builder.call(function, arguments)

    return a(a, a, a), generate


def _folded(builder, value, combine):
    """One number of all lanes: halves are combined with halves, so that the order never depends on the processor."""
    count = value.type.count
    while count > 1:
        count //= 2
        mask = [cgutils.int32_t(i) for i in range(2 * count)]
        low, high = (
            builder.shuffle_vector(
                value,
                ir.Constant(value.type, ir.Undefined),
                ir.Constant(ir.VectorType(cgutils.int32_t, count), half),
            )
            for half in (mask[:count], mask[count:])
        )
        value = combine(low, high)
    return builder.extract_element(value, cgutils.int32_t(0))


@intrinsic
def total(typing, lanes):
    """Sum of all lanes."""

    def generate(context, builder, signature, arguments):
        return _folded(builder, arguments[0], builder.fadd)

    return lanes.element(lanes), generate


@intrinsic
def least(typing, lanes):
    """The smallest of all lanes; some lane where one is NaN."""

    def generate(context, builder, signature, arguments):
        return _folded(
            builder, arguments[0], lambda a, b: builder.select(builder.fcmp_ordered("<", a, b), a, b)
        )  # fmt: skip

    return lanes.element(lanes), generate


@intrinsic
def negative(typing, a):
    """-a in each lane."""

    def generate(context, builder, signature, arguments):
        return builder.fneg(arguments[0])

    return a(a), generate


@intrinsic
def magnitude(typing, a):
    """|a| in each lane."""

    def generate(context, builder, signature, arguments):
        vector = arguments[0].type
        name = f"llvm.fabs.v{a.count}f{a.element.bitwidth}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector]), name)
        return builder.call(function, arguments)

    return a(a), generate


@intrinsic
def larger(typing, a, b):
    """The larger of a and b in each lane; b where one is NaN."""

    def generate(context, builder, signature, arguments):
        return builder.select(builder.fcmp_ordered(">", *arguments), *arguments)

    return a(a, a), generate


@intrinsic
def smaller(typing, a, b):
    """The smaller of a and b in each lane; b where one is NaN."""

    def generate(context, builder, signature, arguments):
        return builder.select(builder.fcmp_ordered("<", *arguments), *arguments)

    return a(a, a), generate
