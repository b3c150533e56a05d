"""The inputs and outputs in a package's description, compared with the stage's contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.mil.proto import messages
from pinpoint_runtimes.mil.types import TensorType
from pinpoint_runtimes.session import TensorSpec, bucket_name

Shape = tuple[int, ...]
Ranges = tuple[tuple[int, int | None], ...]


@dataclass(frozen=True)
class Feature:
    """An input or output of the model's description.

    shapes: its shapes, the default first; ranges: the least and greatest size of each axis where
    all between are allowed (None: no bound); image: "RGB", "BGR" or "GRAYSCALE" for an image.
    """

    name: str
    shapes: tuple[Shape, ...]
    ranges: Ranges | None
    image: str | None

    def admits(self, shape: Shape) -> bool:
        """Return whether the shape is allowed."""
        if self.ranges is not None:
            return len(shape) == len(self.ranges) and all(
                low <= size and (high is None or size <= high)
                for size, (low, high) in zip(shape, self.ranges, strict=True)
            )
        return shape in self.shapes


def _bounds(size_range: Any) -> tuple[int, int | None]:
    upper = int(size_range.upperBound)
    return int(size_range.lowerBound), None if upper < 0 else upper


def feature(message: Any) -> Feature:
    """Read a FeatureDescription of a multi-array or an image; raises SessionError for others."""
    kind = message.type.WhichOneof("Type")
    if kind == "multiArrayType":
        array = message.type.multiArrayType
        shapes = [tuple(array.shape)]
        flexible = array.WhichOneof("ShapeFlexibility")
        if flexible == "enumeratedShapes":
            shapes += [tuple(shape.shape) for shape in array.enumeratedShapes.shapes]
        ranges = None
        if flexible == "shapeRange":
            ranges = tuple(_bounds(size) for size in array.shapeRange.sizeRanges)
        return Feature(message.name, tuple(dict.fromkeys(shapes)), ranges, None)
    if kind == "imageType":
        return _image(message)
    raise SessionError(f"{message.name} is a {kind}, only arrays and images can be evaluated")


def _image(message: Any) -> Feature:
    image = message.type.imageType
    spaces = messages("FeatureTypes").ImageFeatureType.ColorSpace
    space = spaces.Name(image.colorSpace)
    if space not in ("RGB", "BGR", "GRAYSCALE"):
        raise SessionError(f"{message.name} is an image in {space}, which cannot be evaluated")
    channels = 1 if space == "GRAYSCALE" else 3
    sizes = [(image.height, image.width)]
    ranges: Ranges | None = None
    flexible = image.WhichOneof("SizeFlexibility")
    if flexible == "enumeratedSizes":
        sizes += [(size.height, size.width) for size in image.enumeratedSizes.sizes]
    elif flexible == "imageSizeRange":
        rows, columns = image.imageSizeRange.heightRange, image.imageSizeRange.widthRange
        ranges = ((1, 1), (channels, channels), _bounds(rows), _bounds(columns))
    shapes = tuple(dict.fromkeys((1, channels, int(h), int(w)) for h, w in sizes))
    return Feature(message.name, shapes, ranges, space)


def check_names(where: str, what: str, contract: Sequence[TensorSpec], own: Sequence[str]) -> None:
    """Raise SessionError unless a function has exactly the tensors of the contract."""
    wanted = {spec.name for spec in contract}
    if wanted != set(own):
        raise SessionError(
            f"{where}: its {what} are {', '.join(sorted(own))}, the stage's "
            f"{', '.join(sorted(wanted))}; it is of another stage or bundle."
        )


def check_type(where: str, spec: TensorSpec, kind: TensorType) -> None:
    """Raise SessionError unless a tensor of the contract can have this type.

    Floats stay floats and integers stay integers, but an input of pixels can be floats. Sizes that
    the contract fixes must be equal.
    """
    floats = kind.element.name in ("fp16", "fp32")
    wanted_floats = spec.dtype.startswith("float")
    same = floats == wanted_floats or (floats and spec.dtype == "uint8")
    shape = kind.shape
    fits = shape is None or (
        len(shape) == len(spec.shape)
        and all(
            have is None or isinstance(want, str) or have == want
            for have, want in zip(shape, spec.shape, strict=True)
        )
    )
    if not (same and fits):
        raise SessionError(
            f"{where}: its {spec.name} is {kind.element.name} {shape}, the stage's {spec.dtype} "
            f"{spec.shape}; it is of another stage or bundle."
        )


def resolve(spec: TensorSpec, sizes: Mapping[str, int]) -> Shape | None:
    """Return the shape of a tensor for given sizes, None when a size is computed ("w/8")."""
    shape = tuple(sizes.get(size, -1) if isinstance(size, str) else size for size in spec.shape)
    return None if -1 in shape else shape


def check_shapes(
    where: str,
    inputs: Sequence[TensorSpec],
    features: Mapping[str, Feature],
    sizes: Mapping[str, int],
) -> None:
    """Raise SessionError unless the package enumerates the shapes of the inputs for these sizes."""
    for spec in inputs:
        shape, own = resolve(spec, sizes), features.get(spec.name)
        if shape is not None and own is not None and not own.admits(shape):
            known = " or ".join(map(str, own.shapes)) if own.ranges is None else str(own.ranges)
            raise SessionError(
                f"{where}: {spec.name} may be {known}, not {shape}, as {bucket_name(sizes)} needs; "
                "it is of another stage or bundle."
            )
