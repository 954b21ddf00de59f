"""The package's logger, "hasmany". Imported when something is told and `logging` is imported already: else nobody listens."""

import logging

logger = logging.getLogger("hasmany")
logger.addHandler(logging.NullHandler())  # quiet where nobody has set up logging, warnings too
