"""What hosts with a decoder-only language model share: chat, prompt, decoding, costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from PIL.Image import Image
from torch import Tensor

from pinpoint_edge.errors import CapacityError, DataError, ExportError, PageError
from pinpoint_hosts import flops
from pinpoint_hosts.decoding import Decoded, Plan, decode
from pinpoint_hosts.export.stages import decode_stage
from pinpoint_hosts.host import Cost, Look, Prompt, device_of
from pinpoint_hosts.stage import HostStage


class DecoderHost:
    """A host whose `look`, `again` and `stages` a family adds.

    placeholder: the text of an image in the chat template; image_token: its token, which stands
    once for each visual token; template: the chat of a folder that has none, in Jinja.
    """

    family: ClassVar[str]
    square: ClassVar[bool] = True
    placeholder: ClassVar[str] = "<image>"
    image_token: ClassVar[str] = "<image>"
    template: ClassVar[str]

    def __init__(self, model: Any, tokenizer: Any, images: Any) -> None:
        """model: of the family, in evaluation mode; tokenizer, images: the folder's processors."""
        self.model, self.tokenizer, self.images = model.eval(), tokenizer, images
        self.image_id = tokenizer.convert_tokens_to_ids(self.image_token)
        if self.image_id in (None, tokenizer.unk_token_id):
            raise DataError(
                f"the tokenizer of this {self.family} folder has no token {self.image_token!r}; "
                "copy the tokenizer files of the checkpoint"
            )

    @property
    def language(self) -> Any:
        """The decoder without its head."""
        inner = self.model.model
        return inner.text_model if hasattr(inner, "text_model") else inner.language_model

    def rgb(self, image: Image) -> Image:
        """Return an image as the processors take it; PageError where it is less than a patch."""
        patch = self.model.config.vision_config.patch_size
        least = patch if isinstance(patch, int) else patch[0]
        if min(image.size) < least:
            raise PageError(
                f"an image of {image.width}x{image.height} pixels is smaller than a patch of this "
                f"host, {least}; take a larger one"
            )
        return image.convert("RGB")

    def look(self, image: Image, *, small: bool = False) -> Look:
        """Return the whole page as the family's processor makes it, or the small page."""
        raise NotImplementedError

    def again(self, crops: Sequence[Image]) -> list[Look]:
        """Return each crop encoded alone."""
        return [self.look(crop, small=True) for crop in crops]

    @torch.no_grad()
    def instruction(self, text: str) -> Tensor:
        """Return the token embeddings f32 (t,d) of a question."""
        ids = self.tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        if not ids.numel():
            raise DataError("the question has no text; write one")
        found: Tensor = self.language.embed_tokens(ids.to(device_of(self.model)))[0]
        return found

    def chat(self, question: str, images: int) -> str:
        """Return the family's chat with a placeholder for each image."""
        content = [{"type": "image"}] * images + [{"type": "text", "text": question}]
        chosen = getattr(self.tokenizer, "chat_template", None) or self.template
        return str(
            self.tokenizer.apply_chat_template(
                [{"role": "user", "content": content}],
                chat_template=chosen,
                add_generation_prompt=True,
                tokenize=False,
            )
        )

    def ids(self, question: str, looks: Sequence[Look]) -> Tensor:
        """Return the prompt's ids i64 (1,n), as the family's processor makes them."""
        parts = self.chat(question, len(looks)).split(self.placeholder)
        if len(parts) != len(looks) + 1:
            raise DataError(
                f"the chat template gives {len(parts) - 1} places {self.placeholder!r} for "
                f"{len(looks)} images; keep the placeholder out of the question"
            )
        text = parts[0] + "".join(
            look.marks + part for look, part in zip(looks, parts[1:], strict=True)
        )
        start = self.tokenizer.bos_token
        bare = start is None or not text.startswith(start)
        ids: Tensor = self.tokenizer(text, add_special_tokens=bare, return_tensors="pt").input_ids
        return ids.to(device_of(self.model))

    @torch.no_grad()
    def prompt(self, question: str, looks: Sequence[Look]) -> Prompt:
        """Return the chat prompt; CapacityError where it is longer than the model's context."""
        ids = self.ids(question, looks)
        most = self.language.config.max_position_embeddings
        if ids.shape[1] > most:
            raise CapacityError(
                f"{len(looks)} images and the question take {ids.shape[1]} tokens, and this host "
                f"reads {most}; choose fewer regions (coverage) or a smaller page"
            )
        visual = ids[0] == self.image_id
        embeds = self.language.embed_tokens(ids)
        if looks:
            tokens = torch.cat([look.tokens for look in looks]).to(embeds.dtype)
            embeds = embeds.masked_scatter(visual[None, :, None], tokens)
        return Prompt(ids, embeds, self.positions(ids, looks), visual)

    def positions(self, ids: Tensor, looks: Sequence[Look]) -> Tensor:
        """Return the position of each id: i64 (1,n), or (3,1,n) with M-RoPE."""
        return torch.arange(ids.shape[1], device=ids.device)[None]

    def generate(self, prompt: Prompt, limit: int) -> list[int]:
        """Return greedily decoded ids; `limit` bounds their count."""
        return self.decoded(prompt, limit).ids

    def decoded(self, prompt: Prompt, limit: int, plan: Plan | None = None) -> Decoded:
        """Decode with a plan that may drop visual rows."""
        ends = self.model.generation_config.eos_token_id
        known = {ends} if isinstance(ends, int) else set(ends or ())
        return decode(self.language, self.model.lm_head, prompt, limit, known, plan)

    def cost(self, looks: Sequence[Look], prompt: Prompt) -> Cost:
        """Return what looks and prompt cost."""
        config = self.language.config
        rows = [prompt.ids.shape[1]] * config.num_hidden_layers
        vision = sum(look.flops for look in looks)
        return Cost(vision, flops.prefill(config, rows), int(prompt.visual.sum()))

    def stages(self, crop: Image) -> dict[str, HostStage]:
        """Return `look`, `embed` and `decode` as modules that export."""
        dimensions = self.positions(torch.zeros(1, 1, dtype=torch.long), []).shape[0]
        ids = {"ids": torch.arange(5)[None]}
        return {
            "look": self.look_stage(crop),
            "embed": HostStage(self.language.embed_tokens, ids, ("embeds",), {"ids": {1: "rows"}}),
            "decode": decode_stage(self.language, self.model.lm_head, dimensions),
        }

    def look_stage(self, crop: Image) -> HostStage:
        """Return the vision pass of a crop as a module that exports."""
        raise ExportError(f"{self.family} has no exported vision stage yet; see docs/hosts.md")

    def text(self, ids: Sequence[int]) -> str:
        """Return the words of generated ids."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True)).strip()
