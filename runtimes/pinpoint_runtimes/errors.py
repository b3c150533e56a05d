"""The failures of a runtime. `pinpoint_edge` maps them to its own errors."""


class RuntimeFailure(Exception):
    """Base of all failures of this package."""


class SessionError(RuntimeFailure):
    """A stage cannot be loaded, or a feed does not fit its inputs."""


class BackendMissing(RuntimeFailure):
    """A runtime or an execution provider is not installed here."""


class CacheFull(RuntimeFailure):
    """The KV cache has too few free rows."""
