"""Native code that runs functions under test; see `harness.h`."""
