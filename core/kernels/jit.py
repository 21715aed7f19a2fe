"""The decorator of every kernel, with an on-disk cache that notices an edit in any kernel file.

Numba compares the time stamp of the file that holds a kernel, not of the files its callees stand in: an edited
callee would go unnoticed. So the cache folder is keyed by a digest of all files with kernels, and an edit starts a
new one.

Numba tells functions of one name apart by the order in which a process compiled them. Cached kernels from different
processes may thus hold different functions under one symbol, and the linker silently keeps the first. So every function
has a name of its own.
"""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import config, njit

KERNELS = Path(__file__).parent


def _digest() -> str:
    """Hexadecimal digest of what kernels are made of: every file in this folder, and those that write kernels."""
    sources = [(path, path.read_bytes()) for path in sorted(KERNELS.parent.rglob("*.py"))]
    tools = (b"core.kernels.jit", b"core.kernels.lanes")
    made_of = [source for path, source in sources if KERNELS in path.parents or any(tool in source for tool in tools)]
    return hashlib.sha256(b"\0".join(made_of)).hexdigest()[:16]


def _cache_folder() -> Path:
    """Where compiled kernels are kept: NUMBA_CACHE_DIR if set, else beside the kernels, else in the user's home."""
    if config.CACHE_DIR:
        return Path(config.CACHE_DIR) / _digest()
    beside = KERNELS / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
        tempfile.TemporaryFile(dir=beside).close()
    except OSError:  # a read-only installation
        return Path.home() / ".cache" / "whydeep" / _digest()
    return beside / _digest()


_FOLDER = str(_cache_folder())


def lean(kernel: Callable[..., Any]) -> Any:
    """Compile lazily, without the GIL and with NumPy's division: x / 0 is infinite, it does not raise.

    No fast-math: NaN must stay NaN, and equal units must stay equal to the last bit. For kernels that make no array and
    that only kernels call: references to arrays are not counted, which costs some ns a call, and Python gets no way in,
    which is a third of the time to compile where many arrays are passed.
    """
    return njit(nogil=True, error_model="numpy", _nrt=False, no_cpython_wrapper=True)(kernel)


def inlined(kernel: Callable[..., Any]) -> Any:
    """Like `lean`, for what is called once: compiled inside its caller, and thus optimised once."""
    return njit(nogil=True, error_model="numpy", inline="always")(kernel)


def lean_inlined(kernel: Callable[..., Any]) -> Any:
    """Like `lean`, and LLVM inlines it: for what is small, or called for each of millions of cells."""
    return njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)(kernel)


def lean_entry(kernel: Callable[..., Any]) -> Any:
    """Like `lean`, for the few kernels that Python calls: only these are cached, with their callees inside."""
    user_folder = config.CACHE_DIR
    config.CACHE_DIR = _FOLDER  # read by Numba while the decorator runs, and only then
    try:
        return njit(nogil=True, error_model="numpy", cache=True, _nrt=False)(kernel)
    finally:
        config.CACHE_DIR = user_folder
