"""`python -m forwhom` is the `forwhom` command."""

from forwhom.cli import main

if __name__ == "__main__":
    main()
