"""The C ABI of `cpp/pinpoint_executorch.h` through ctypes: programs on numpy arrays."""

import ctypes
import os
from collections.abc import Sequence
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_size_t, c_uint32, c_void_p
from functools import cache
from pathlib import Path

import numpy as np

from pinpoint_runtimes.errors import BackendMissing, SessionError
from pinpoint_runtimes.executorch.build import COMMAND, library_path
from pinpoint_runtimes.executorch.program import DTYPES, MethodSignature, Tensor
from pinpoint_runtimes.session import Array

ABI_VERSION = 1
MAX_RANK = 8
CODES = {name: code for code, name in DTYPES.items()}


class _TensorStruct(ctypes.Structure):
    _fields_ = (
        ("dtype", c_int32),
        ("rank", c_int32),
        ("sizes", c_int32 * MAX_RANK),
        ("bytes", c_size_t),
    )


_FUNCTIONS = {
    "pinpoint_abi_version": ([], c_int32),
    "pinpoint_last_error": ([], c_char_p),
    "pinpoint_set_threads": ([c_uint32], c_int),
    "pinpoint_threads": ([], c_uint32),
    "pinpoint_open": ([c_char_p], c_void_p),
    "pinpoint_close": ([c_void_p], None),
    "pinpoint_method_name": ([c_void_p, c_size_t], c_char_p),
    "pinpoint_input_count": ([c_void_p, c_char_p], c_int32),
    "pinpoint_output_count": ([c_void_p, c_char_p], c_int32),
    "pinpoint_input": ([c_void_p, c_char_p, c_size_t, POINTER(_TensorStruct)], c_int),
    "pinpoint_output": ([c_void_p, c_char_p, c_size_t, POINTER(_TensorStruct)], c_int),
    "pinpoint_state": ([c_void_p, c_char_p, c_size_t, POINTER(_TensorStruct)], c_int),
    "pinpoint_missing_backend": ([c_void_p, c_char_p], c_char_p),
    "pinpoint_run": (
        [c_void_p, c_char_p, POINTER(c_void_p), POINTER(_TensorStruct), c_size_t],
        c_int,
    ),
    "pinpoint_result": ([c_void_p, c_size_t, POINTER(_TensorStruct)], c_int),
    "pinpoint_copy_result": ([c_void_p, c_size_t, c_void_p, c_size_t], c_int),
}


@cache
def library() -> ctypes.CDLL:
    """Load the library, once; raises BackendMissing when it is not built or does not load."""
    path = library_path()
    if not path.is_file():
        raise BackendMissing(
            f"The executorch-native runtime is not built: there is no {path}; run `{COMMAND}`, or "
            "name a library with PINPOINT_EXECUTORCH_LIBRARY."
        )
    try:
        loaded = ctypes.CDLL(str(path))
        for name, (arguments, result) in _FUNCTIONS.items():
            function = getattr(loaded, name)
            function.argtypes, function.restype = arguments, result
    except (OSError, AttributeError) as error:
        raise BackendMissing(
            f"The executorch-native library does not load: {error}; build it again with "
            f"`{COMMAND}`."
        ) from error
    if (version := loaded.pinpoint_abi_version()) != ABI_VERSION:
        raise BackendMissing(
            f"{path} has version {version} of its interface, not {ABI_VERSION}; build it again "
            f"with `{COMMAND}`."
        )
    return loaded


class NativeProgram:
    """An open `.pte` file; see `pinpoint_runtimes.executorch.program.Program`.

    Args:
        path: the file.
        threads: of the pool that all programs of the process share; unchanged when None.

    Raises:
        SessionError: the file is no readable program, or loaded stages hold a pool of another size.
        BackendMissing: the library is not built, or lacks a backend of the program.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self._library, self._where, self._handle = library(), str(path), None
        if threads is not None:
            if threads < 1:
                raise SessionError(f"{path}: cannot run on {threads} threads; give 1 or more.")
            self._check(self._library.pinpoint_set_threads(threads))
        try:
            path.open("rb").close()
        except OSError as error:
            raise SessionError(f"{path}: cannot be read: {error.strerror}.") from error
        self._handle = self._library.pinpoint_open(os.fsencode(path))
        if not self._handle:
            raise SessionError(f"{path}: {self._reason()}.")
        self.methods = tuple(self._names())
        self._signatures: dict[str, MethodSignature] = {}
        for method in self.methods:
            self._check_backends(method)

    def _names(self) -> list[str]:
        names: list[str] = []
        while name := self._library.pinpoint_method_name(self._handle, len(names)):
            names.append(name.decode())
        return names

    def _reason(self) -> str:
        return str(self._library.pinpoint_last_error().decode(errors="replace"))

    def _check(self, status: int) -> None:
        if status != 0:
            raise SessionError(f"{self._where}: {self._reason()}.")

    def _open(self) -> int:
        if self._handle is None:
            raise SessionError(f"{self._where}: the session is closed.")
        return int(self._handle)

    def _tensors(self, kind: str, method: str) -> tuple[Tensor, ...]:
        read, raw = getattr(self._library, f"pinpoint_{kind}"), _TensorStruct()
        tensors: list[Tensor] = []
        while read(self._open(), method.encode(), len(tensors), byref(raw)) == 0:
            tensors.append(Tensor.of(raw.dtype, raw.sizes[: raw.rank]))
        return tuple(tensors)

    def signature(self, method: str) -> MethodSignature:
        """Describe a method; see `Program.signature`."""
        if method not in self._signatures:
            inputs, outputs = self._tensors("input", method), self._tensors("output", method)
            counts = (
                self._library.pinpoint_input_count(self._open(), method.encode()),
                self._library.pinpoint_output_count(self._open(), method.encode()),
            )
            if counts != (len(inputs), len(outputs)):
                raise SessionError(
                    f"{self._where}: method {method} is missing, or has inputs or outputs that are "
                    f"no tensors; its methods are {', '.join(self.methods)}."
                )
            self._signatures[method] = MethodSignature(
                inputs, outputs, self._tensors("state", method)
            )
        return self._signatures[method]

    def _check_backends(self, method: str) -> None:
        if missing := self._library.pinpoint_missing_backend(self._open(), method.encode()):
            raise BackendMissing(
                f"{self._where}: method {method} was lowered for {missing.decode()}, which this "
                "ExecuTorch lacks; run it on a device that has it, or export with "
                "`--delegate xnnpack`."
            )

    def run(self, method: str, arrays: Sequence[Array]) -> list[Array]:
        """Run a method; see `Program.run`."""
        handle = self._open()
        arrays = [np.ascontiguousarray(array) for array in arrays]  # kept alive during the run
        data = (c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
        tensors = (_TensorStruct * len(arrays))(
            *(
                _TensorStruct(CODES[a.dtype.name], a.ndim, (c_int32 * MAX_RANK)(*a.shape), a.nbytes)
                for a in arrays
            )
        )
        library = self._library
        self._check(library.pinpoint_run(handle, method.encode(), data, tensors, len(arrays)))
        return [self._result(handle, i) for i in range(len(self.signature(method).outputs))]

    def _result(self, handle: int, index: int) -> Array:
        raw = _TensorStruct()
        self._check(self._library.pinpoint_result(handle, index, byref(raw)))
        tensor = Tensor.of(raw.dtype, raw.sizes[: raw.rank])
        array = np.empty(tensor.shape, tensor.dtype)
        pointer = array.ctypes.data_as(c_void_p)
        self._check(self._library.pinpoint_copy_result(handle, index, pointer, array.nbytes))
        return array

    def close(self) -> None:
        """Free the program with its state."""
        if self._handle is not None:
            self._library.pinpoint_close(self._handle)
            self._handle = None

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()
