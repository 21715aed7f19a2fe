"""Vectors of adjacent numbers, and kernels that are written with them.

Numba has loops that LLVM may or may not vectorise, and no vectors. Here a kernel is a Python function over `Value` and
`Pointer` that runs once for each precision, while Numba compiles its caller: every operation it carries out appends one
instruction of LLVM. So formulas read as they do in NumPy, cost no time to type or to inline, and are vectors on every
processor. A vector is as wide as the widest register. Only `totals` adds up its lanes: there, the last bit depends on
the processor, and never on where a number stands.

Python numbers take the precision of what they meet. Nothing here checks bounds.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic

BYTES = 64 if binding.get_host_cpu_features().get("avx512f") else 32
INT = ir.IntType(64)
_types: Any = types  # whose own annotations leave out most of it
SWEPT = 4  # vectors that `sweep` takes at a time
CONTRACT = ("contract",)  # a b + c may be rounded once; nothing else of fast-math, which loses NaN or bit-equality


class Value:
    """A number or a vector inside a kernel that is being compiled."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value):
        self.builder, self.value = builder, value

    @property
    def element(self) -> ir.Type:
        return getattr(self.value.type, "element", self.value.type)

    def like(self, other: Any) -> "Value":
        """`other` with the precision and the lanes of this value."""
        kind = self.value.type
        if not isinstance(other, Value):
            count = getattr(kind, "count", None)
            number = float(other) if self.element != INT else int(other)
            return Value(self.builder, ir.Constant(kind, number if count is None else [number] * count))
        if other.value.type == kind:
            return other
        number = other.value
        if number.type == INT and self.element != INT:
            number = self.builder.sitofp(number, self.element)
        elif number.type != self.element:
            number = self.builder.fptrunc(number, self.element)
        if not isinstance(kind, ir.VectorType):
            return Value(self.builder, number)
        return Value(self.builder, splat(self.builder, number, kind))

    def _with(self, other: Any) -> tuple["Value", "Value"]:
        if isinstance(other, Value) and isinstance(other.value.type, ir.VectorType):
            return other.like(self), other
        return self, self.like(other)

    def _binary(self, other: Any, whole: str | None, floating: str | None, swap: bool = False) -> "Value":
        a, b = self._with(other)
        if swap:
            a, b = b, a
        name = whole if a.element == INT else floating
        if name is None:
            raise TypeError("/ divides floating-point numbers, // and % divide integers")
        flags = () if a.element == INT else CONTRACT
        return Value(self.builder, getattr(self.builder, name)(a.value, b.value, flags=flags))

    def __add__(self, other: Any) -> "Value":
        return self._binary(other, "add", "fadd")

    def __sub__(self, other: Any) -> "Value":
        return self._binary(other, "sub", "fsub")

    def __rsub__(self, other: Any) -> "Value":
        return self._binary(other, "sub", "fsub", swap=True)

    def __mul__(self, other: Any) -> "Value":
        return self._binary(other, "mul", "fmul")

    def __truediv__(self, other: Any) -> "Value":
        return self._binary(other, None, "fdiv")

    def __rtruediv__(self, other: Any) -> "Value":
        return self._binary(other, None, "fdiv", swap=True)

    def __floordiv__(self, other: Any) -> "Value":
        return self._binary(other, "sdiv", None)  # of numbers >= 0: LLVM rounds towards 0

    def __mod__(self, other: Any) -> "Value":
        return self._binary(other, "srem", None)

    def __neg__(self) -> "Value":
        return Value(self.builder, self.builder.fneg(self.value))

    def _compare(self, operator: str, other: Any) -> ir.Value:
        a, b = self._with(other)
        compare = self.builder.icmp_signed if a.element == INT else self.builder.fcmp_ordered
        return compare(operator, a.value, b.value)

    def __lt__(self, other: Any) -> ir.Value:
        return self._compare("<", other)

    def __gt__(self, other: Any) -> ir.Value:
        return self._compare(">", other)

    def call(self, name: str, *others: Any) -> "Value":
        """llvm.name(self, *others), a function of floating-point numbers such as sqrt."""
        arguments = [self.value, *(self.like(other).value for other in others)]
        kind = self.value.type
        suffix = f"f{64 if self.element == ir.DoubleType() else 32}"
        suffix = f"v{kind.count}{suffix}" if isinstance(kind, ir.VectorType) else suffix
        function = cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(kind, [kind] * len(arguments)), f"llvm.{name}.{suffix}"
        )
        return Value(self.builder, self.builder.call(function, arguments))

    __radd__, __rmul__ = __add__, __mul__


def splat(builder: ir.IRBuilder, number: ir.Value, kind: ir.Type) -> ir.Value:
    """A vector of this type that holds `number` in every lane."""
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), number, cgutils.int32_t(0))
    zeros = ir.Constant(ir.VectorType(cgutils.int32_t, kind.count), None)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)


def together(numbers: Sequence[Value]) -> Value:
    """A vector of these numbers."""
    builder = numbers[0].builder
    vector = ir.Constant(ir.VectorType(numbers[0].value.type, len(numbers)), ir.Undefined)
    for lane, number in enumerate(numbers):
        vector = builder.insert_element(vector, number.value, cgutils.int32_t(lane))
    return Value(builder, vector)


def shuffle(a: Value, b: Value, order: Sequence[int]) -> Value:
    """The lanes `order` of a and b, those of b counted on from those of a."""
    mask = ir.Constant(ir.VectorType(cgutils.int32_t, len(order)), list(order))
    return Value(a.builder, a.builder.shuffle_vector(a.value, b.value, mask))


def where(condition: ir.Value, a: Any, b: Any) -> Value:
    """a where the condition holds, b elsewhere; one of the two is a Value."""
    a, b = (a, a.like(b)) if isinstance(a, Value) else (b.like(a), b)
    return Value(a.builder, a.builder.select(condition, a.value, b.value))


def nonzero(vector: Value, n: Value) -> Value:
    """An integer with a bit for each of the first n lanes, the first one lowest: 1 where the lane is not 0."""
    builder, kind = vector.builder, vector.value.type
    mask = builder.bitcast(builder.fcmp_unordered("!=", vector.value, ir.Constant(kind, None)), ir.IntType(kind.count))
    first = builder.shl(ir.Constant(INT, 1), where(n < kind.count, n, kind.count).value)
    return Value(builder, builder.and_(builder.zext(mask, INT), builder.sub(first, ir.Constant(INT, 1))))


def ones(bits: Value) -> Value:
    """How many bits of an integer are 1."""
    return Value(bits.builder, bits.builder.ctpop(bits.value))


def fma(a: Value, b: Value, c: Value) -> Value:
    """a b + c, rounded once."""
    return c.like(a).call("fma", b, c)


def sqrt(x: Value) -> Value:
    return x.call("sqrt")


def fabs(x: Value) -> Value:
    return x.call("fabs")


def copysign(x: Value, sign: Value) -> Value:
    return x.call("copysign", sign)


def extern(name: str, x: Value) -> Value:
    """name(x) of the C library (namef in single precision), one lane after the other: slow."""
    builder, element, result = x.builder, x.element, x.value
    name += "" if element == ir.DoubleType() else "f"
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(element, [element]), name)
    for lane in map(cgutils.int32_t, range(x.value.type.count)):
        result = builder.insert_element(result, builder.call(function, [builder.extract_element(x.value, lane)]), lane)
    return Value(builder, result)


class Pointer:
    """An address in a flat array, and how many registers make one of its vectors."""

    def __init__(self, builder: ir.IRBuilder, address: ir.Value, number: Any, vectors: int = 1):
        self.builder, self.address, self.number, self.vectors = builder, address, number, vectors

    @property
    def lanes(self) -> int:
        """How many numbers a vector holds."""
        return self.vectors * BYTES * 8 // self.number.bitwidth

    def __add__(self, offset: Any) -> "Pointer":
        offset = offset.value if isinstance(offset, Value) else ir.Constant(INT, offset)
        return Pointer(self.builder, self.builder.gep(self.address, [offset]), self.number, self.vectors)

    def _vector(self, index: Any) -> ir.Value:
        kind = ir.VectorType(self.address.type.pointee, self.lanes)
        return self.builder.bitcast((self + index).address, kind.as_pointer())

    def __getitem__(self, index: Any) -> Value:
        """The vector that starts at `index`."""
        return Value(self.builder, self.builder.load(self._vector(index), align=self.number.bitwidth // 8))

    def __setitem__(self, index: Any, vector: Value) -> None:
        self.builder.store(vector.value, self._vector(index), align=self.number.bitwidth // 8)

    def one(self, index: Any) -> Value:
        """The number at `index`."""
        value = self.builder.load((self + index).address)
        return Value(self.builder, self.builder.sext(value, INT) if isinstance(value.type, ir.IntType) else value)

    def put(self, index: Any, number: Value) -> None:
        """The number at `index` <- number."""
        kind = Value(self.builder, ir.Constant(self.address.type.pointee, 0))
        self.builder.store(kind.like(number).value, (self + index).address)

    def splat(self, index: Any) -> Value:
        """A vector that holds the number at `index` in every lane."""
        number = self.one(index)
        return Value(self.builder, splat(self.builder, number.value, ir.VectorType(number.value.type, self.lanes)))

    def zeros(self) -> Value:
        """A vector of zeros of this precision."""
        return Value(self.builder, ir.Constant(ir.VectorType(self.address.type.pointee, self.lanes), None))


def table(like: Pointer, numbers: Sequence[int]) -> Pointer:
    """Numbers that stand in the code, of the type of what `like` points at."""
    kind = ir.ArrayType(like.address.type.pointee, len(numbers))
    constant = cgutils.global_constant(like.builder, "table", ir.Constant(kind, numbers))
    return Pointer(like.builder, like.builder.bitcast(constant, like.address.type), like.number, like.vectors)


class Variable:
    """A value that changes in a loop."""

    def __init__(self, start: Value):
        self.builder = start.builder
        self.slot = cgutils.alloca_once(self.builder, start.value.type)
        self.set(start)

    def get(self) -> Value:
        return Value(self.builder, self.builder.load(self.slot))

    def set(self, value: Value) -> None:
        self.builder.store(value.value, self.slot)


@contextmanager
def loop(start: Any, stop: Value, step: int = 1) -> Iterator[Value]:
    """`with loop(start, stop, step) as i:` runs what follows for i in range(start, stop, step)."""
    builder = stop.builder
    first = start.value if isinstance(start, Value) else ir.Constant(INT, start)
    with cgutils.for_range_slice(builder, first, stop.value, ir.Constant(INT, step), INT) as (i, _):
        yield Value(builder, i)


@contextmanager
def strides(n: Value, *walks: tuple[Pointer, Value]) -> Iterator[list[Pointer]]:
    """Runs what follows n >= 1 times; each (pointer, step) then stands step numbers further on."""
    builder, before = n.builder, n.builder.block
    body, after = builder.append_basic_block("body"), builder.append_basic_block("after")
    builder.branch(body)
    builder.position_at_end(body)
    left = builder.phi(INT)
    phis = [builder.phi(pointer.address.type) for pointer, _ in walks]
    here = [Pointer(builder, phi, pointer.number) for phi, (pointer, _) in zip(phis, walks, strict=True)]
    yield here
    one_less = builder.sub(left, ir.Constant(INT, 1))
    left.add_incoming(n.value, before)
    left.add_incoming(one_less, builder.block)
    for phi, pointer, (start, step) in zip(phis, here, walks, strict=True):
        phi.add_incoming(start.address, before)
        phi.add_incoming((pointer + step).address, builder.block)
    builder.cbranch(builder.icmp_signed("!=", one_less, ir.Constant(INT, 0)), body, after)
    builder.position_at_end(after)


def outlined(name: str, body: Callable[..., Value | None], *arguments: Value | Pointer) -> Value:
    """body(*arguments), in a function of its own: its loops have all registers, and are compiled once.

    The body returns nothing, or one vector of the precision of the first pointer.
    """
    builder = arguments[0].builder
    values = [argument.address if isinstance(argument, Pointer) else argument.value for argument in arguments]
    vector = next(argument for argument in arguments if isinstance(argument, Pointer)).zeros().value.type
    kind = ir.FunctionType(vector, [value.type for value in values])
    function = cgutils.get_or_insert_function(builder.module, kind, f"whydeep.{name}.{vector.element}")
    if function.is_declaration:
        function.linkage = "linkonce_odr"
        function.attributes.add("noinline")
        function.attributes.add("optsize")  # no unrolling: the bodies fill the processor as they are
        inside = ir.IRBuilder(function.append_basic_block("entry"))
        here = [
            Pointer(inside, value, argument.number) if isinstance(argument, Pointer) else Value(inside, value)
            for argument, value in zip(arguments, function.args, strict=True)
        ]
        result = body(*here)
        inside.ret(ir.Constant(vector, None) if result is None else result.value)
    return Value(builder, builder.call(function, values))


def sweep(size: Value, body: Callable[..., None], *arrays: Pointer) -> None:
    """body(i, *arrays) for every i at which a vector begins; SWEPT vectors are one, so none is waited for alone."""
    together = SWEPT * arrays[0].lanes
    whole = size // together * together
    with loop(0, whole, together) as i:
        body(i, *[Pointer(array.builder, array.address, array.number, SWEPT) for array in arrays])
    with loop(whole, size, arrays[0].lanes) as i:
        body(i, *arrays)


def switch(code: Value, case: Callable[[Any], None], choices: Iterable[Any]) -> None:
    """Runs case(choices[code])."""
    builder = code.builder
    after = builder.append_basic_block("after")
    jump = builder.switch(code.value, after)
    for position, choice in enumerate(choices):
        block = builder.append_basic_block("case")
        jump.add_case(ir.Constant(INT, position), block)
        builder.position_at_end(block)
        case(choice)
        builder.branch(after)
    builder.position_at_end(after)


def totals(vectors: Sequence[Value]) -> list[Value]:
    """The sums of the lanes of four vectors, each added up in the same order: halves, until 4 lanes are left."""
    a, b, c, d = vectors
    count = a.value.type.count
    while count > 4:
        low, high = range(count // 2), range(count // 2, count)
        a, b, c, d = (shuffle(v, v, low) + shuffle(v, v, high) for v in (a, b, c, d))
        count //= 2
    ab = shuffle(a, b, (0, 4, 2, 6)) + shuffle(a, b, (1, 5, 3, 7))
    cd = shuffle(c, d, (0, 4, 2, 6)) + shuffle(c, d, (1, 5, 3, 7))
    sums = shuffle(ab, cd, (0, 1, 4, 5)) + shuffle(ab, cd, (2, 3, 6, 7))
    builder = sums.builder
    return [Value(builder, builder.extract_element(sums.value, cgutils.int32_t(i))) for i in range(4)]


def traced(kernel: Callable[..., Value | None]) -> Any:
    """The kernel for Numba's functions to call. Arrays and pointers arrive as Pointer, numbers as int64 or float64.

    Returns nothing, or one number as float64.
    """
    names = list(inspect.signature(kernel).parameters)

    def typed(typing: Any, *arguments: Any) -> Any:
        numbers = [types.intp if isinstance(kind, types.Integer | types.Boolean) else kind for kind in arguments]
        numbers = [types.float64 if isinstance(kind, types.Float) else kind for kind in numbers]
        returns = types.float64 if inspect.signature(kernel).return_annotation is Value else types.none

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            wrapped = [_wrapped(context, builder, *each) for each in zip(signature.args, values, strict=True)]
            result = kernel(*wrapped)
            if result is None:
                return context.get_dummy_value()
            number = result.value
            return number if number.type == ir.DoubleType() else builder.fpext(number, ir.DoubleType())

        return returns(*numbers), generate

    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("typing", *names)]
    typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    typed.__name__, typed.__doc__, typed.__module__ = kernel.__name__, kernel.__doc__, kernel.__module__
    return intrinsic(typed)


def _wrapped(context: Any, builder: Any, kind: Any, value: Any) -> Value | Pointer:
    if isinstance(kind, types.Array):
        return Pointer(builder, context.make_array(kind)(context, builder, value).data, kind.dtype)
    if isinstance(kind, _types.CPointer):
        return Pointer(builder, value, kind.dtype)
    return Value(builder, value)


@intrinsic
def at(typing: Any, array: Any, index: Any) -> Any:
    """The address of array[index] in a flat array, for kernels: a view without its bounds and its reference count."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return (_wrapped(context, builder, signature.args[0], arguments[0]) + Value(builder, arguments[1])).address  # type: ignore[union-attr]

    return _types.CPointer(array.dtype)(array, types.intp), generate


@traced
def copy(source, target, size):
    """target <- source, and what follows up to whole vectors; they may be one."""
    with loop(0, size, source.lanes) as i:
        target[i] = source[i]


@traced
def fill(A, size, number):
    """A <- number; size counts whole vectors."""
    with loop(0, size, A.lanes) as i:
        A[i] = A.zeros().like(number)
