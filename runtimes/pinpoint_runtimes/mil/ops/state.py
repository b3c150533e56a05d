"""States: tensors that outlive a run.

The evaluator holds a state as one tensor and hands these functions that tensor; what it replaces it
with after `write_state`, and when an update may overwrite it, is decided when a program is bound.
coremltools' `coreml_update_state` is saved as these two.
"""

from torch import Tensor

from pinpoint_runtimes.mil.registry import op


@op("read_state", exact=True, aliases=True)
def read_state(input: Tensor) -> Tensor:
    """Return the state's tensor; nothing overwrites it while this value is in use."""
    return input


@op("write_state", exact=True, aliases=True)
def write_state(input: Tensor, data: Tensor) -> Tensor:
    """Return what the state holds from now on; it has the state's shape."""
    if data.shape != input.shape or data.dtype != input.dtype:
        raise ValueError(f"the state has shape {tuple(input.shape)}, not {tuple(data.shape)}")
    return data
