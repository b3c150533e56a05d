"""Finding and loading the TrueType and OpenType fonts that synthetic pages are set in.

Any Latin font below the system's font folders is used, and the DejaVu fonts that matplotlib brings.
No font is shipped; only pictures of text are made. docs/training.md names the packages that we
measured with and their licences.
"""

import importlib.util
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from PIL import ImageFont

from pinpoint_edge.errors import DataError

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
PACKAGES = (
    "fonts-dejavu fonts-liberation fonts-freefont-ttf fonts-crosextra-carlito"
    " fonts-crosextra-caladea fonts-urw-base35 fonts-courier-prime fonts-gnutypewriter"
    " fonts-breip fonts-dkg-handwriting fonts-bwht fonts-dancingscript"
)
STYLES = ("sans", "serif", "mono", "type", "narrow", "hand", "script")

_UNFIT = re.compile(
    r"thin|hairline|extralight|math|symbol|emoji|dingbat|icon|display|^cm[a-z]+\d|stix|pointless"
    r"|last|initial|keyfont|tirekv|^D050000L|Biolinum_K|Libertine_[DI]|OCRB[EFSXL]|fontz|signfont"
    r"|femkeklaver|ecolier",
    re.I,
)
# The first style that matches counts.
_MATCH = {
    "script": re.compile(r"dancing|kaushan|kristi|havana|typoscript|^z003|delphine|lobster", re.I),
    "hand": re.compile(
        r"breip|^dkg|comic|hand|script|caveat|kalam|becausewe|humor|klee|yusei|tomson|rufscript",
        re.I,
    ),
    "type": re.compile(
        r"typewriter|courier.?prime(?!.*(sans|code))|nimbusmono|special.?elite", re.I
    ),
    "mono": re.compile(r"mono|courier|inconsolata|hack|cour|cousine|^PTM|^OCR", re.I),
    "narrow": re.compile(r"narrow|condensed|-cond|^PTN", re.I),
    "serif": re.compile(
        r"serif(?!.*sans)|caladea|roman|times|garamond|georgia|bodoni|libertine|vollkorn|tinos"
        r"|century|^C059|^P052|bookman|goudy|quattrocento|oldstandard|slab|^PT[FZ]",
        re.I,
    ),
}
_NEAREST = {"type": "mono", "script": "hand"}


@dataclass(frozen=True)
class Face:
    """A font file with its style (one of STYLES), weight and family.

    `capitals`: small letters look like the capitals.
    """

    path: str
    style: str
    bold: bool
    italic: bool
    family: str = ""
    capitals: bool = False


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

    def word_width(self, word: str) -> float:
        """Advance width of a word in pixels, remembered: breaking lines asks for many again."""
        return _word_width(self, word)

    def as_drawn(self, text: str) -> str:
        """`text` as readers see it, as long as before: its own capitals, no sign it lacks."""
        if not text.isascii():
            text = "".join(s if s.isascii() else _drawn_as(self.face, s) for s in text)
        return text.upper() if self.face.capitals else text

    def resized(self, size: int) -> "Font":
        """The same face at another pixel size."""
        return load(self.face, size)


@lru_cache(maxsize=1 << 14)
def _drawn_as(face: Face, sign: str) -> str:
    """The sign, or where the face lacks it its plain letter, a dollar or a dash."""
    font = load(face, 20).image_font
    if bytes(font.getmask(sign)) != bytes(font.getmask("\uffff")):
        return sign
    letter = unicodedata.normalize("NFD", sign)[0]
    if letter.isascii():
        return letter
    return "$" if unicodedata.category(sign) == "Sc" else "-"


@lru_cache(maxsize=1 << 16)
def _word_width(font: Font, word: str) -> float:
    return font.image_font.getlength(word)


def _classify(path: Path) -> Face | None:
    name = path.stem
    if _UNFIT.search(name):
        return None
    try:
        font = ImageFont.truetype(str(path), 20, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        return None
    # Fallback and symbol fonts show one and the same sign for everything, or nothing at all.
    signs = "\uffffAg9$#&(/%@"
    shapes = {bytes(font.getmask(sign)) for sign in signs}
    if len(shapes) < len(signs) or b"" in shapes - {bytes(font.getmask("\uffff"))}:
        return None
    style = next((s for s, pattern in _MATCH.items() if pattern.search(name)), "sans")
    bold = bool(re.search(r"bold|heavy|black|demi|bd|_RB|75F|77F", name, re.I))
    italic = bool(re.search(r"[Ii]talic|[Oo]blique|[a-z]Ita?$|BI$|_RB?I$|[57]6F", name))
    return Face(str(path), style, bold, italic, font.getname()[0] or name, _is_capitals(font))


def _is_capitals(font: ImageFont.FreeTypeFont) -> bool:
    """Whether letters whose two cases differ most are as tall in both."""
    tall = [font.getbbox(a)[3] - font.getbbox(a)[1] for a in "aenrAENR"]
    return all(small > 0.9 * big for small, big in zip(tall[:4], tall[4:], strict=True))


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
    """A random face of one of the space-separated `styles`, the nearest there is otherwise.

    Families are equally likely, however many files they come in.
    """
    families = _families(rng.choice(styles.split()), bold, italic)
    return rng.choice(rng.choice(families))


@lru_cache(maxsize=64)
def _families(style: str, bold: bool, italic: bool) -> list[list[Face]]:
    pool: list[Face] = []
    for wanted in (style, _NEAREST.get(style, "sans"), "sans"):
        pool = pool or [face for face in faces() if face.style == wanted]
    pool = pool or list(faces())
    pool = [f for f in pool if f.bold == bold and f.italic == italic] or pool
    return [[f for f in pool if f.family == name] for name in sorted({f.family for f in pool})]


@lru_cache(maxsize=512)
def variant(face: Face, bold: bool) -> Face:
    """The same family in the other weight when there is one, else `face` itself."""
    family = re.split(r"[-._]", Path(face.path).name)[0].replace("Bold", "").replace("Oblique", "")
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
