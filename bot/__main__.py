"""``python -m bot`` is ``flashtweet``."""

from bot.cli import main

if __name__ == "__main__":
    main()
