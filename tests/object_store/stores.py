"""Which stores a test runs on: S3's by itself, all where it says so."""

import pytest

IN_ALL = pytest.mark.parametrize("store", ["s3", "az", "gs"], indirect=True)
