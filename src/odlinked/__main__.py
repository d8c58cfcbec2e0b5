"""`python -m odlinked` is the `odlinked` command."""


def main() -> None:
    """Run the command; its verbs are imported here, since every worker process imports this module again."""
    from odlinked.cli.verbs import main as command

    command()


if __name__ == "__main__":
    main()
