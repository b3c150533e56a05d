"""A renderer for matplotlib that notes where each line of text would be drawn."""

from dataclasses import dataclass
from typing import Any

from matplotlib.backend_bases import RendererBase
from matplotlib.text import Text

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.synthetic_page import DrawnLine


@dataclass(frozen=True)
class TextRange:
    """A text of a figure, or its characters from `start` to `end`."""

    text: Text
    start: int = 0
    end: int = 1 << 16


class TextRecorder(RendererBase):
    """Notes the lines of each text by the text's gid, and draws nothing.

    A line is its string, the pixel from the top left where its base line begins, and its angle in
    degrees. `get_window_extent` would give the box of all lines of a text, with their leading.
    """

    def __init__(self, canvas: Any) -> None:
        super().__init__()
        self._agg = canvas.get_renderer()
        self._size: tuple[int, int] = canvas.get_width_height()
        self._gid = ""
        self.lines: dict[str, list[tuple[str, float, float, float]]] = {}

    def open_group(self, s: str, gid: str | None = None) -> None:
        if s == "text":
            self._gid = gid or ""
            self.lines[self._gid] = []

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, *_: Any, **__: Any
    ) -> None:
        self.lines[self._gid].append((s, float(x), float(y), float(angle)))

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> Any:
        return self._agg.get_text_width_height_descent(s, prop, ismath)

    def get_canvas_width_height(self) -> tuple[int, int]:
        return self._size

    def _nothing(self, *_: Any, **__: Any) -> None: ...

    draw_path = draw_markers = draw_path_collection = draw_image = _nothing


def line_at(font: Font, kind: str, string: str, x: float, y: float, angle: float) -> DrawnLine:
    """The line whose base line begins at `x`, `y`, with the box of its ink; angle 0, 90 or 270."""
    x0, y0, x1, y1 = font.image_font.getbbox(string, anchor="ls")
    if angle == 0:
        return DrawnLine((x + x0, y + y0, x + x1, y + y1), string, kind)
    if angle == 90:  # it is read upwards: its top is on the left
        box, first = (x + y0, y - x1, x + y1, y - x0), 3
    else:
        box, first = (x - y1, y + x0, x - y0, y + x1), 1
    corners = ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3]))
    return DrawnLine(box, string, kind, corners[first:] + corners[:first])
