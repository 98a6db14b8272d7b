"""A seeded world in which the real services publish: world.py has the events, conditions.py the assumptions,
watch.py the invariants.
"""

import logging

logging.getLogger("flashtweet").addHandler(logging.NullHandler())  # logs are irrelevant here
