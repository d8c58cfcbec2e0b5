"""`python -m odlinked` is the `odlinked` command."""

from odlinked.cli.verbs import main

if __name__ == "__main__":
    main()
