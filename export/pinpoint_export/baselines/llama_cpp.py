"""llama.cpp in this process (PyPI `xllamacpp`), with the times that it takes itself.

Its own clock is the fairest to it: neither JSON nor Python is in its figures. The package is
imported when a model is loaded, so that nothing else needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import BackendError, DataError, OptionError

INSTALL = "pip install 'pinpoint-edge-export[baselines]'"
GREEDY: dict[str, Any] = {"temperature": 0, "samplers": ["top_k"], "top_k": 1}


@dataclass(frozen=True)
class Completion:
    """What the model wrote, and what that took.

    `prompt_tokens` it held before writing, of which `cached` came from its KV cache; `prompt_ms`
    for reading the others; `steps` decode passes in `steps_ms`: the first token of an answer falls
    out of the prompt, so there is one pass less than tokens.
    """

    text: str
    prompt_tokens: int
    cached: int
    prompt_ms: float
    steps: int
    steps_ms: float


class LlamaCpp:
    """One model, loaded: one sequence whose KV cache holds what was read last.

    threads: for prompt and steps alike; context: most tokens. Raises BackendError without the
    package and DataError for a file that llama.cpp does not load.
    """

    def __init__(self, path: str | Path, *, threads: int, context: int) -> None:
        self.path, self.context = Path(path), context
        if not self.path.is_file():
            raise DataError(f"{path}: no such file; give a GGUF model.")
        module = _module()
        parameters = module.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx = context
        parameters.n_parallel = 1
        parameters.cpuparams.n_threads = threads
        parameters.cpuparams_batch.n_threads = threads
        parameters.cache_ram_mib = 0  # no prompts beside the one in the KV cache
        parameters.warmup = False  # we warm up with prompts of the size that is measured
        parameters.verbosity = 0
        try:
            self._server: Any = module.Server(parameters)
        except Exception as error:  # xllamacpp raises RuntimeError for all that goes wrong
            raise DataError(f"{path}: llama.cpp cannot load this model: {error}") from error

    def complete(
        self,
        prompt: str | Sequence[int],
        tokens: int,
        *,
        keep: bool = True,
        to_the_end: bool = False,
    ) -> Completion:
        """Go on with a prompt, greedily, by at most so many tokens.

        keep: what the KV cache holds already of the prompt's beginning is not read again;
        to_the_end: write all `tokens`, even past the end of the answer. Raises OptionError for a
        prompt that does not fit.
        """
        given = prompt if isinstance(prompt, str) else [int(token) for token in prompt]
        request = {"prompt": given, "n_predict": tokens, "cache_prompt": keep}
        return self._run(self._server.handle_completions, request | {"ignore_eos": to_the_end})

    def chat(self, messages: Sequence[dict[str, str]], tokens: int) -> Completion:
        """Answer a conversation in the model's own template, greedily; errors as `complete`."""
        request = {"messages": list(messages), "max_tokens": tokens, "cache_prompt": True}
        return self._run(self._server.handle_chat_completions, request)

    def forget(self) -> None:
        """Empty the KV cache, but for one token."""
        self.complete([0], 1, keep=False)

    def _run(self, handle: Any, request: dict[str, Any]) -> Completion:
        if self._server is None:
            raise OptionError(f"{self.path}: the model is closed.")
        try:
            reply = handle(request | GREEDY)
        except Exception as error:
            raise OptionError(f"{self.path}: llama.cpp failed: {error}") from error
        if "choices" not in reply:
            message = reply.get("error", reply)
            message = message.get("message", message) if isinstance(message, dict) else message
            raise OptionError(
                f"{self.path}: llama.cpp refused a prompt: {message}; its context is "
                f"{self.context} tokens, which --context changes."
            )
        choice, times = reply["choices"][0], reply["timings"]
        text = choice["text"] if "text" in choice else choice["message"]["content"] or ""
        return Completion(
            text=text,
            prompt_tokens=times["cache_n"] + times["prompt_n"],
            cached=times["cache_n"],
            prompt_ms=times["prompt_ms"],
            steps=times["predicted_n"] - 1,
            steps_ms=times["predicted_ms"],
        )

    def close(self) -> None:
        """Free the model."""
        self._server = None

    def __enter__(self) -> LlamaCpp:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def facts() -> dict[str, Any]:
    """Return what the package is built for: a build for older processors is slower than its peers.

    Keys: package, instructions (those that it was compiled with).
    """
    module = _module()
    said = str(module.get_system_info())
    used = [part.split("=")[0].split(":")[-1].strip() for part in said.split("|") if "= 1" in part]
    return {"package": f"xllamacpp {module.__version__}", "instructions": used}


def _module() -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise BackendError(f"This needs llama.cpp from PyPI; run `{INSTALL}`.") from error
    return xllamacpp
