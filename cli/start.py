"""The entry point of the command `passlake`.

`passlake cc` runs once for each file of a build and knows its options from clang alone, so it goes
to its work without what every other command needs: the option parser, tables, colours.
"""

import sys
from typing import NoReturn

COMPILERS = {"cc": "clang", "c++": "clang++"}


def main() -> NoReturn:
    """Run the command line and end with its exit status."""
    if sys.argv[1:2] and sys.argv[1] in COMPILERS:
        from cli.cc import main as compile_main

        compile_main(COMPILERS[sys.argv[1]], sys.argv[2:])
    from cli.main import main as command_main

    command_main()
