"""Finding and loading the TrueType and OpenType fonts that synthetic pages are set in.

Any Latin font below the system's font folders is used, and the DejaVu fonts that matplotlib brings.
No font is shipped; only pictures of text are made. The families that we measured with, and their
licences: DejaVu (Bitstream Vera licence), Liberation, Carlito, Caladea, Inconsolata, Lato, Comic
Neue (SIL OFL 1.1), FreeFont (GPL 3 with font exception), Hack (MIT), Roboto (Apache-2.0),
Breip (SIL OFL 1.1), DKG handwriting (GPL 3). All permit documents and images set in them.
"""

import importlib.util
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from PIL import ImageFont

from pinpoint_edge.errors import DataError

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
PACKAGES = (
    "fonts-dejavu fonts-liberation fonts-freefont-ttf fonts-inconsolata fonts-comic-neue fonts-hack"
    " fonts-roboto fonts-lato fonts-crosextra-carlito fonts-crosextra-caladea fonts-breip"
    " fonts-dkg-handwriting"
)
STYLES = ("sans", "serif", "mono", "narrow", "hand")

_UNFIT = re.compile(
    r"thin|hairline|extralight|math|symbol|emoji|dingbat|icon|display|^cm[a-z]+\d|stix|pointless|last",
    re.I,
)
_MATCH = {
    "hand": re.compile(r"breip|^dkg|comic|hand|script|caveat|kalam", re.I),
    "mono": re.compile(r"mono|courier|inconsolata|hack|typewriter|cour", re.I),
    "narrow": re.compile(r"narrow|condensed", re.I),
    "serif": re.compile(r"serif(?!.*sans)|caladea|roman|times|garamond|georgia|bodoni", re.I),
}


@dataclass(frozen=True)
class Face:
    """A font file with its style (one of STYLES) and weight."""

    path: str
    style: str
    bold: bool
    italic: bool


@dataclass(frozen=True, eq=False)
class Font:
    """A face at one pixel size; `ascent` and `descent` are pixels from the baseline."""

    face: Face
    size: int
    image_font: ImageFont.FreeTypeFont
    ascent: int
    descent: int

    @property
    def height(self) -> int:
        """Pixels from ascent to descent."""
        return self.ascent + self.descent

    def width(self, text: str) -> float:
        """Advance width of `text` in pixels."""
        return self.image_font.getlength(text)

    def resized(self, size: int) -> "Font":
        """The same face at another pixel size."""
        return load(self.face, size)


def _classify(path: Path) -> Face | None:
    name = path.stem
    if _UNFIT.search(name):
        return None
    try:
        font = ImageFont.truetype(str(path), 20, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        return None
    # Fallback and symbol fonts show one and the same sign for everything, or nothing at all.
    shapes = {bytes(font.getmask(sign)) for sign in "\uffffAg9$#"}
    if len(shapes) < 6 or b"" in shapes - {bytes(font.getmask("\uffff"))}:
        return None
    style = next((s for s, pattern in _MATCH.items() if pattern.search(name)), "sans")
    bold = bool(re.search(r"bold|heavy|black|bd$", name, re.I))
    italic = bool(re.search(r"[Ii]talic|[Oo]blique|[a-z]It$|BI$", name))
    return Face(str(path), style, bold, italic)


@lru_cache(maxsize=1)
def faces() -> tuple[Face, ...]:
    """All usable faces of this machine, sorted by path; DataError names the packages if none."""
    folders = [Path(f).expanduser() for f in FOLDERS]
    spec = importlib.util.find_spec("matplotlib")
    if spec is not None and spec.origin is not None:
        folders.append(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf")
    found: dict[str, Face] = {}
    for folder in folders:
        for path in sorted(p for suffix in ("ttf", "otf") for p in folder.rglob(f"*.{suffix}")):
            if path.name not in found and (face := _classify(path)) is not None:
                found[path.name] = face
    if not found:
        raise DataError(
            f"No usable font was found in {', '.join(FOLDERS)}; install some,"
            f" for instance: apt-get install {PACKAGES}"
        )
    return tuple(sorted(found.values(), key=lambda face: face.path))


def pick(rng: Random, styles: str = "sans", bold: bool = False, italic: bool = False) -> Face:
    """A random face of one of the space-separated `styles`, the nearest there is otherwise."""
    style = rng.choice(styles.split())
    pool = [f for f in faces() if f.style == style] or [f for f in faces() if f.style == "sans"]
    pool = pool or list(faces())
    weighted = [f for f in pool if f.bold == bold and f.italic == italic]
    return rng.choice(weighted or pool)


def variant(face: Face, bold: bool) -> Face:
    """The same family in the other weight when there is one, else `face` itself."""
    family = re.split(r"[-.]", Path(face.path).name)[0].replace("Bold", "").replace("Oblique", "")
    for other in faces():
        if (
            Path(other.path).name.startswith(family)
            and Path(other.path).parent == Path(face.path).parent
            and (other.style, other.bold, other.italic) == (face.style, bold, face.italic)
        ):
            return other
    return face


@lru_cache(maxsize=2048)
def load(face: Face, size: int) -> Font:
    """`face` at `size` pixels."""
    image_font = ImageFont.truetype(face.path, size, layout_engine=ImageFont.Layout.BASIC)
    ascent, descent = image_font.getmetrics()
    # Some faces declare line heights of twice the letters; layouts want the letters.
    return Font(face, size, image_font, min(ascent, round(size * 1.0)), min(descent, size // 3))
