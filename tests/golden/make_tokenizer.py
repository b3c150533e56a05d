"""Make the small test tokenizer and the golden ids of tests/golden/tokenizer.

    python tests/golden/make_tokenizer.py [--train]

Without --train only the cases are made again, from the tokenizer.json that is here.
The tokenizer is a byte-level BPE of SmolLM2's kind (single digits, no prefix space), 600 merges.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

from pinpoint_edge.generation.tokenizer import Tokenizer, byte_alphabet

HERE = Path(__file__).parent
FOLDER = HERE / "tokenizer"
CONTROLS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = 600
FORMS = """
Page: Question: What is the total? Answer: not found yes no
What is the name of the company on the receipt? What is the address? What is the date?
Invoice No. Invoice Date Due Date Customer Name Account Number Amount Due Total Amount Subtotal
Cash Change Tax Discount Quantity Unit Price Description Signature Telephone Fax Email Street City
State Zip Country Payment Terms Contract Number Advertiser Flight Dates Gross Amount Agency
""".strip()
TEXTS = [
    "",
    " ",
    "Total",
    " Total: $1,234.50",
    "Page:\n",
    "\nQuestion: What is the total?\nAnswer:",
    " 05/25/20",
    "  two  spaces ",
    " naïve café Übergröße",
    " 合計：１２００円",
    " приклад",
    " e\u0301 and é",
    " ☑ paid 🧾",
    "<|im_end|> is no control token",
    "don't O'Neil's",
    "a\tb\r\nc",
]


def train() -> None:
    model = tokenizers.Tokenizer(models.BPE())
    model.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    model.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=len(CONTROLS) + 256 + MERGES,
        special_tokens=CONTROLS,
        initial_alphabet=list(byte_alphabet()),
        show_progress=False,
    )
    licence = (HERE.parent.parent / "LICENSE").read_text(encoding="utf-8")
    model.train_from_iterator([licence, *[FORMS] * 20], trainer)
    (FOLDER / "tokenizer.json").write_text(model.to_str(pretty=False) + "\n", encoding="utf-8")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    if "--train" in sys.argv[1:]:
        train()
    tokenizer = Tokenizer(FOLDER / "tokenizer.json")
    cases = [
        {
            "text": text,
            "ids": tokenizer.encode(text),
            "token_bytes_hex": [tokenizer.token_bytes(i).hex() for i in tokenizer.encode(text)],
        }
        for text in TEXTS
    ]
    golden = {"vocabulary": tokenizer.vocabulary, "cases": cases}
    text = json.dumps(golden, ensure_ascii=False, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
