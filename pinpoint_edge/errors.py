"""Every error that PinPoint Edge raises on purpose.

PinPointError
├── PageError          a page cannot be opened: missing, truncated, encrypted, too large ...
├── InstructionError   the question is empty or too long
├── BundleError        a folder or file is no bundle, or not one that this version reads
│   └── IntegrityError a bundle's file does not match its digest
├── BackendError       a runtime or execution provider that the bundle needs is not here
├── InferenceError     a stage fails while it runs: a broken graph, no memory left ...
│   └── CapacityError  the evidence and the question do not fit the language model's cache
├── OptionError        an option or argument makes no sense
├── DataError          an annotation or fields file is broken
├── OutputError        a result cannot be written
├── DeviceError        a device cannot be measured on: not reached, no Python, no space ...
├── DownloadError      a release cannot be fetched: no network, no such file, broken off
├── EndpointError      a model's endpoint is down, refuses, or answers nonsense
└── ExportError        a stage cannot be lowered, or does not answer like the reference

Each message says what is wrong, where, and what to do; `exit_code` is what the command line ends
with.
"""


class PinPointError(Exception):
    """Base of all errors raised on purpose; `code` is stable and fit for machines."""

    code = "error"
    exit_code = 1


class OptionError(PinPointError):
    """An option or argument makes no sense."""

    code = "option"
    exit_code = 2


class PageError(PinPointError):
    """A page cannot be opened."""

    code = "page"
    exit_code = 3


class InstructionError(PinPointError):
    """The question is empty or too long."""

    code = "instruction"
    exit_code = 4


class BundleError(PinPointError):
    """A folder or file is no bundle, or not one that this version reads."""

    code = "bundle"
    exit_code = 5


class IntegrityError(BundleError):
    """A file of the bundle does not match the digest or size in its manifest."""

    code = "integrity"
    exit_code = 6


class BackendError(PinPointError):
    """A runtime or execution provider that the bundle needs is not installed here."""

    code = "backend"
    exit_code = 7


class InferenceError(PinPointError):
    """A stage failed while it ran."""

    code = "inference"
    exit_code = 11


class CapacityError(InferenceError):
    """The language model's cache has no room for the evidence and the question."""

    code = "capacity"
    exit_code = 12


class DataError(PinPointError):
    """An annotation or fields file is broken."""

    code = "data"
    exit_code = 8


class OutputError(PinPointError):
    """A result cannot be written."""

    code = "output"
    exit_code = 9


class DownloadError(PinPointError):
    """A file of a release cannot be fetched."""

    code = "download"
    exit_code = 13


class EndpointError(PinPointError):
    """A model's endpoint is down, refuses the request, or answers nonsense."""

    code = "endpoint"
    exit_code = 14


class DeviceError(PinPointError):
    """A device cannot be measured on."""

    code = "device"
    exit_code = 15


class ExportError(PinPointError):
    """A stage cannot be lowered, or the artifact does not answer like the reference."""

    code = "export"
    exit_code = 10
