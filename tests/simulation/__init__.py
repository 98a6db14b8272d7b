"""A seeded world in which the real services publish: world.py says what happens, conditions.py what may be
relied on, watch.py what must hold.
"""

import logging

logging.getLogger("flashtweet").addHandler(logging.NullHandler())  # what is logged belongs to nobody here
