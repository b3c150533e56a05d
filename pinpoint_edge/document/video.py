"""Frames of a video file or a camera, by PyAV."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import BackendError, OptionError, PageError

CAMERAS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}


@dataclass(frozen=True)
class Frame:
    """A frame u8 (H, W, 3) and its time in seconds."""

    image: NDArray[np.uint8]
    time_s: float


def frames(source: str, *, per_second: float, camera: bool = False) -> Iterator[Frame]:
    """Decode the frames of a video's first stream, at most `per_second` of them.

    source: a file; camera: a device of this machine, such as /dev/video0. Raises BackendError
    without PyAV, PageError for what is no video, breaks off or is too large, OptionError.
    """
    if per_second <= 0:
        raise OptionError(f"{per_second} frames a second: give more than 0.")
    if camera and sys.platform not in CAMERAS:
        raise OptionError(f"Cameras of {sys.platform} are not supported; give a video file.")
    try:
        import av
    except ImportError:
        raise BackendError("Videos need PyAV: pip install 'pinpoint-edge[video]'.") from None
    # No protocol but files: a name is never taken for an address.
    options = {} if camera else {"protocol_whitelist": "file"}
    place = source if camera else f"file:{source}"
    form = CAMERAS[sys.platform] if camera else None
    try:
        with av.open(place, format=form, options=options) as container:
            if not container.streams.video:
                raise PageError(f"{source}: it holds no video")
            due = -1.0
            for number, frame in enumerate(container.decode(video=0)):
                now = float(frame.time) if frame.time is not None else number / 25
                if now < due:
                    continue
                due = now + 1 / per_second - 1e-6
                yield Frame(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), now)
    except av.error.FFmpegError as error:
        raise PageError(f"{source}: it cannot be read as a video: {error}") from error
