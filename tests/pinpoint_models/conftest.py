import pytest

from pinpoint_models.decoder.gguf import load_smollm2
from pinpoint_models.decoder.gguf_file import installed_smollm2


@pytest.fixture(scope="session")
def smollm2():
    """(state, config, tokenizer.json) of the real weights."""
    return load_smollm2()


@pytest.fixture(scope="session")
def gguf_path():
    return installed_smollm2()
