"""What several tests of the trainings share."""

from pathlib import Path

import pytest

from pinpoint_models.paths import weights_folder
from pinpoint_train.corpus.page_reader import PageReader


@pytest.fixture(scope="session")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the lowered detector and recogniser: some 15 seconds, once."""
    folder = tmp_path_factory.mktemp("graphs")
    PageReader(weights_folder(), folder)
    return folder
