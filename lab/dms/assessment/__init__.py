"""Premigration assessments: what AWS DMS checks of a task before it runs, checked on the real
databases.
"""

from lab.dms.assessment.checks import CHECKS, applicable
from lab.dms.assessment.run import Finding, assess

__all__ = ["CHECKS", "Finding", "applicable", "assess"]
