"""ViCrop with relative attention (Zhang et al., arXiv 2502.17422): the page, and one crop of it."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from pinpoint_hosts.host import Box

RATIOS = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0)


def crop_box(attention: Tensor, size: tuple[int, int], side: int = 336) -> Box:
    """Return the box of `side` pixels times one of RATIOS that stands out most from its neighbours.

    attention: f32 (rows,columns) over the page of size (width,height); the whole page where no box
    is smaller.
    """
    rows, columns = attention.shape
    width, height = size
    best: tuple[float, Box] | None = None
    for ratio in RATIOS:
        wide = min(int(side * ratio / (width / columns)), columns)
        high = min(int(side * ratio / (height / rows)), rows)
        if wide < 1 or high < 1 or (wide, high) == (columns, rows):
            continue
        sums = F.avg_pool2d(attention[None, None], (high, wide), 1)[0, 0]
        y, x = divmod(int(sums.argmax()), sums.shape[1])
        near = [
            float(sums[b, a])
            for b, a in ((y, x - 1), (y, x + 1), (y - 1, x), (y + 1, x))
            if 0 <= b < sums.shape[0] and 0 <= a < sums.shape[1]
        ]
        contrast = float(sums[y, x]) - sum(near) / max(1, len(near))
        cell_x, cell_y = width / columns, height / rows
        box = (x * cell_x, y * cell_y, (x + wide) * cell_x, (y + high) * cell_y)
        if best is None or contrast > best[0]:
            best = (contrast, box)
    return best[1] if best else (0.0, 0.0, float(width), float(height))
