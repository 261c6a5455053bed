"""`python -m clusterdns` is the command line."""

from clusterdns.cli import main

main(prog_name="clusterdns")
