"""States: tensors that outlive a run.

The evaluator holds a state as one tensor and passes it to these functions. Binding a program
decides which tensor replaces it after `write_state`, and whether an update overwrites it in place.
coremltools saves `coreml_update_state` as these two.
"""

from torch import Tensor

from pinpoint_runtimes.mil.registry import op


@op("read_state", exact=True, aliases=True)
def read_state(input: Tensor) -> Tensor:
    """Return the state's tensor; nothing overwrites it while this value is in use."""
    return input


@op("write_state", exact=True, aliases=True)
def write_state(input: Tensor, data: Tensor) -> Tensor:
    """Return the new contents of the state, which have its shape."""
    if data.shape != input.shape or data.dtype != input.dtype:
        raise ValueError(f"the state has shape {tuple(input.shape)}, not {tuple(data.shape)}")
    return data
