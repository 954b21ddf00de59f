"""`python -m hasmany FILE`: what is in a store's file. The script `hasmany` is the same."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
