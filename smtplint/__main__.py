"""`python -m smtplint`."""

import os
import sys

# Python puts the working directory first on the path of a module that is run so. It holds what is linted, and nothing of that is imported.
if sys.path and not getattr(sys.flags, "safe_path", False):
    if os.path.normpath(sys.path[0]) != os.path.dirname(os.path.dirname(os.path.normpath(__file__))):
        del sys.path[0]

from smtplint.cli import command  # noqa: E402

if __name__ == "__main__":
    command()
