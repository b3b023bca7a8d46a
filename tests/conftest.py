"""Settings that every test shares; fixtures live in the folders that use them."""

import os

from hypothesis import settings

settings.register_profile(
    "passlake",
    # A property is judged by its result: on a shared machine any single example may be slow.
    deadline=None,
    # In CI the same change gets the same verdict; new examples are found while developing.
    derandomize="CI" in os.environ,
)
settings.load_profile("passlake")
