"""What a Core ML package says about itself: texts for people who open it in Xcode."""

from pinpoint_runtimes import TensorSpec

LICENCE = "Apache-2.0"

AUTHORS = {
    "detect": "PinPoint Edge; PP-OCRv6 tiny by PaddlePaddle",
    "glance": "PinPoint Edge",
    "align": "PinPoint Edge",
    "refine": "PinPoint Edge; PP-OCRv6 tiny by PaddlePaddle",
    "decode": "PinPoint Edge; SmolLM2-135M-Instruct by Hugging Face TB",
}

STAGE_TEXTS = {
    "detect": "Finds text on a page: the probability that a pixel belongs to text.",
    "glance": "Reads eight small crops roughly and gives the features that align compares.",
    "align": "Says how relevant each region of a page is to an instruction.",
    "refine": "Reads eight crops exactly and makes a visual token of each.",
    "decode": "Scores the next token; keeps the keys and values of earlier rows in its states.",
}

_TENSOR_TEXTS = {
    "image": "The page canvas, RGB",
    "text_map": "Probability that a pixel belongs to text",
    "crops": "Pixel values 0 to 255",
    "widths": "Used pixels of each crop",
    "features": "Four feature vectors a region",
    "reading": "Classes of the rough reading, 0 where nothing was read",
    "trigrams": "Trigram ids of the rough readings, 0 for none",
    "match": "Literal-match features",
    "geometry": "Centre, width and height of each region as fractions of the page",
    "mask": "1 for a region, 0 for padding",
    "instruction": "Trigram ids of the instruction, 0 for none",
    "relevance": "Logits of the regions, the null region last",
    "visual": "Visual tokens",
    "classes": "The four best characters of each step",
    "probabilities": "Probabilities of the four best characters",
    "ids": "Token ids; an id of the vocabulary's size or more picks a visual token",
    "position": "Rows that the states already hold",
    "valid": "How many of the rows count",
    "logits": "Scores of the vocabulary after the last valid row",
}


def tensor_text(spec: TensorSpec) -> str:
    """Describe a tensor of the contract in one line: "Used pixels of each crop: int32 (8)."."""
    shape = ", ".join(map(str, spec.shape))
    return f"{_TENSOR_TEXTS.get(spec.name, spec.name)}: {spec.dtype} ({shape})."
