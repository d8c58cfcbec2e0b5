"""`python -m odlinked` is the `odlinked` command."""

from odlinked.cli import main

if __name__ == "__main__":
    main()
