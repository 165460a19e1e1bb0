"""`python -m weft.cli`: the same as the `weft` program."""

from weft.cli import main

main()
