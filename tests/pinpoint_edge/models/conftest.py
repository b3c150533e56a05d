import pytest

from pinpoint_edge.models.gguf import find_gguf, load_smollm2


@pytest.fixture(scope="session")
def smollm2():
    """(state, config, tokenizer.json) of the real weights."""
    return load_smollm2()


@pytest.fixture(scope="session")
def gguf_path():
    return find_gguf()
