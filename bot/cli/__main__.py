"""`python -m bot.cli VERB`: the same as `flywheel VERB`."""

from bot.cli import main

if __name__ == "__main__":
    main()
