"""Every error Trialkin raises on purpose.

TrialkinError
├── BadInput                 the caller wrote something that cannot be used (a ValueError, so pydantic adds where)
│   └── UnknownEncoder       no encoder goes by that name
├── UnknownTrial             well-formed id, but no such trial in this build
├── NoIndex                  no build has been published where we looked
├── CorruptBuild             a build's files do not agree with its manifest
├── UnusableEncoder          the encoder cannot be loaded, or is not the one expected
├── UnusableSource           the source of study records cannot be read as such
├── BuildRefused             a new build failed the checks before publishing
├── TooManyUnusableRecords   the share of unusable records is above the bound
├── MissingExtra             an optional part of Trialkin is not installed
├── UnusableTarget           the folder to write into holds something else, or has too little room
├── WorkerLost               a process that did a part of the work was ended from outside
└── IndexLocked              another process is changing this index

Each message says what is wrong, which thing it is, and what to do next.
"""


class TrialkinError(Exception):
    """Base of every deliberate error; its text is written for the person who sees it."""


class BadInput(TrialkinError, ValueError):
    """The caller's input cannot be used as it stands."""


class UnknownEncoder(BadInput):
    """The string names no encoder."""


class UnknownTrial(TrialkinError):
    """The id is well formed, but this build has no such trial."""


class NoIndex(TrialkinError):
    """No published build at the given place."""


class CorruptBuild(TrialkinError):
    """A build's files are missing, changed, or disagree with its manifest."""


class UnusableEncoder(TrialkinError):
    """The encoder cannot be loaded, or is another one than the index was built with."""


class UnusableSource(TrialkinError):
    """The source is missing, unreadable, or of no known shape."""


class TooManyUnusableRecords(TrialkinError):
    """More records than allowed could not be used, so nothing was published."""


class BuildRefused(TrialkinError):
    """A new build failed the checks before publishing, so the one before it stays live."""


class MissingExtra(TrialkinError):
    """The command needs a package that a plain install leaves out."""


class UnusableTarget(TrialkinError):
    """What should be written cannot be written there."""


class WorkerLost(TrialkinError):
    """A process that did a part of the work is gone."""


class IndexLocked(TrialkinError):
    """Another process holds the lock of this index."""
