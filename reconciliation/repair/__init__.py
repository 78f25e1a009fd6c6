"""A script for Oracle that makes divergent rows what they should be, and a dry run of it; nothing is executed."""

from reconciliation.repair.check import Checked, Effect, check_script
from reconciliation.repair.command import repair_script
from reconciliation.repair.plan import Plan, plan_repair
from reconciliation.repair.script import ScriptError, parse

__all__ = ["Checked", "Effect", "Plan", "ScriptError", "check_script", "parse", "plan_repair", "repair_script"]
