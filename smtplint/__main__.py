"""`python -m smtplint`."""

import sys

from smtplint.cli import main

if __name__ == "__main__":
    sys.exit(main())
