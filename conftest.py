"""The index of the suite's plugins, room by room from the bottom up: a plugin knows only what
stands above it here.

What each one does stands in its own docstring, which begins with "Plugin:". Every other module of
``fixtures`` is a helper; every module of ``steps`` is a plugin.
"""

pytest_plugins = (
    # what the guarantees are: feature files as tests, and which of them are run
    "fixtures.gherkin.feature_files",
    "fixtures.gherkin.tags",
    "fixtures.gherkin.selection",
    # what a run leaves: outcomes, verdict, evidence, Allure
    "fixtures.reporting.outcomes",
    "fixtures.reporting.verdict",
    "fixtures.reporting.failure_section",
    "fixtures.reporting.evidence",
    "fixtures.reporting.allure_report",
    "fixtures.reporting.allure_tables",
    "fixtures.reporting.allure_guard",
    # what scenarios work with: pytest's fixtures that steps ask for
    "fixtures.scenario.judge",
    "fixtures.scenario.stories",
    "fixtures.scenario.stock",
    "fixtures.scenario.batch",
    "fixtures.scenario.api",
    "fixtures.scenario.interruption",
    "fixtures.scenario.together",
    # the life of a run: from its options to its last word, through outages and interruptions
    "fixtures.life.options",
    "fixtures.life.limits",
    "fixtures.life.interrupts",
    "fixtures.life.unforeseen",
    "fixtures.life.session",
    "fixtures.life.outages",
    "fixtures.life.watch",
    # the sentences, a module a subject
    "steps.inspection",
    "steps.changes",
    "steps.transactions",
    "steps.arrival",
    "steps.api",
    "steps.values",
    "steps.interruption",
    "steps.tables",
    "steps.declaration",
)
