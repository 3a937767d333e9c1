"""The Python twins of the four programs.

    python3 shared/python threading waiter

A Python that is too old must be able to read this file to say so, which is why it is written like this.
"""

import sys

OLDEST = (3, 9)

if sys.version_info < OLDEST:
    sys.exit("python: %d.%d is too old: 3.9 or newer is needed" % sys.version_info[:2])

from story.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
