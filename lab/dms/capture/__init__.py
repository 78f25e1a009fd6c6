"""Reading the source's changes: the stream of a slot, the output plugins, what of it concerns the
task.
"""

from lab.dms.capture.stream import Capture

__all__ = ["Capture"]
