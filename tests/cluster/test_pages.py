"""The code blocks of the pages that need a Slurm."""

import os
from unittest.mock import patch

import pytest

from tests.docs.pages import play
from tests.docs.test_code_blocks import marked

pytestmark = pytest.mark.slurm


@pytest.mark.parametrize("page", marked("slurm"))
def test_page_with_a_slurm(page, cluster, tmp_path):
    with patch.dict(os.environ, cluster.environment):
        play(page, tmp_path, "slurm")
        cluster.end_jobs()
