"""What ends a command early, and the exit code it ends with.

    CommandError            the user is told in one message; never a traceback
    ├── Divergence          1   the two systems differ, or an invariant is broken
    ├── BadUsage            2   arguments or scenario cannot be used
    ├── BadEnvironment      3   something needed is not there: a back end, a compiler, a node
    └── DamagedJournal      4   a journal does not verify

The rooms below raise their own exceptions and know nothing of exit codes; :data:`EXIT_CODES` says
which of them is which. Any other exception is a fault of Weiproof itself: its traceback is shown
and the command ends with :data:`INTERNAL_ERROR`, so that it is never taken for a divergence. Where
the reader of a pipe goes away there is no verdict: :data:`READER_GONE`, as for any Unix filter.
"""

from __future__ import annotations

import errno

PASS = 0
DIVERGENCE = 1
BAD_USAGE = 2
BAD_ENVIRONMENT = 3
DAMAGED_JOURNAL = 4
INTERNAL_ERROR = 70
INTERRUPTED = 130
READER_GONE = 141


class CommandError(Exception):
    """Root of what a command says to its user instead of a traceback."""

    exit_code = BAD_USAGE


class Divergence(CommandError):
    """The model and the chain differ, or an invariant is broken."""

    exit_code = DIVERGENCE


class BadUsage(CommandError):
    """The command line or a file given on it cannot be used."""

    exit_code = BAD_USAGE


class BadEnvironment(CommandError):
    """Something this machine needs for the command is missing."""

    exit_code = BAD_ENVIRONMENT


class DamagedJournal(CommandError):
    """A journal was altered, cut short, or belongs to another run."""

    exit_code = DAMAGED_JOURNAL


EXIT_CODES = {
    "concurrent.futures.process.BrokenProcessPool": BAD_ENVIRONMENT,
    "weiproof.contracts.artifact.ArtifactError": BAD_ENVIRONMENT,
    "weiproof.crosscheck.gas.rig.SituationRefused": BAD_ENVIRONMENT,
    "weiproof.contracts.broadcast.errors.CodeDiffers": DIVERGENCE,
    "weiproof.contracts.broadcast.errors.KeyRefused": BAD_USAGE,
    "weiproof.contracts.broadcast.errors.NonceTaken": BAD_ENVIRONMENT,
    "weiproof.contracts.broadcast.errors.RecordDamaged": DAMAGED_JOURNAL,
    "weiproof.contracts.broadcast.errors.RecordForeign": BAD_USAGE,
    "weiproof.contracts.broadcast.errors.TransactionReverted": BAD_ENVIRONMENT,
    "weiproof.contracts.broadcast.errors.Unconfirmed": BAD_ENVIRONMENT,
    "weiproof.contracts.broadcast.errors.Unsendable": BAD_ENVIRONMENT,
    "weiproof.contracts.chains.base.ChainUnavailable": BAD_ENVIRONMENT,
    "weiproof.contracts.chains.base.InsufficientFunds": BAD_USAGE,
    "weiproof.contracts.chains.base.Unminable": BAD_USAGE,
    "weiproof.contracts.chains.rpc_errors.RpcError": BAD_ENVIRONMENT,
    "weiproof.contracts.codec_words.CodecError": BAD_USAGE,
    "weiproof.contracts.deployment.DeploymentError": BAD_USAGE,
    "weiproof.crosscheck.cases.CaseError": DAMAGED_JOURNAL,
    "weiproof.crosscheck.evidence.EvidenceError": DAMAGED_JOURNAL,
    "weiproof.crosscheck.exports.expectation.ExportError": BAD_USAGE,
    "weiproof.crosscheck.invariants.InvariantBroken": DIVERGENCE,
    "weiproof.crosscheck.search.SearchUnavailable": BAD_ENVIRONMENT,
    "weiproof.crosscheck.search.IdleSearch": BAD_USAGE,
    "weiproof.crosscheck.mutation.compiler.CompilerMissing": BAD_ENVIRONMENT,
    "weiproof.crosscheck.mutation.results.ResultsError": DAMAGED_JOURNAL,
    "weiproof.crosscheck.mutation.trial.FailsUnmutated": DIVERGENCE,
    "weiproof.crosscheck.mutation.trial.TrialFailed": BAD_ENVIRONMENT,
    "weiproof.crosscheck.targets.checking.TargetError": BAD_USAGE,
    "weiproof.crosscheck.targets.model.ModelFault": BAD_USAGE,
    "weiproof.simulation.recordings.table.ImportProblem": BAD_USAGE,
    "weiproof.simulation.lines.JournalError": DAMAGED_JOURNAL,
    "weiproof.simulation.tables.arrow.AmountTooLarge": BAD_USAGE,
    "weiproof.simulation.tables.arrow.TablesUnavailable": BAD_ENVIRONMENT,
    "weiproof.simulation.tables.files.ExportError": BAD_USAGE,
    "weiproof.simulation.toml_exact.ScenarioError": BAD_USAGE,
}
"""Exceptions of the rooms below, by name, so that telling them apart imports nothing."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the file system says when it cannot hold more."""


def exit_code_of(error: BaseException) -> int | None:
    """Exit code of an exception that tells the user something; None for a fault of our own.

    A subclass counts as its nearest listed ancestor. An `OSError` that names a file is the user's
    (a path that is missing or may not be read), a full disk is the machine's; any other is not.
    """
    if isinstance(error, CommandError):
        return error.exit_code
    for kind in type(error).__mro__:
        code = EXIT_CODES.get(f"{kind.__module__}.{kind.__qualname__}")
        if code is not None:
            return code
    if isinstance(error, OSError):
        if error.errno in NO_ROOM:
            return BAD_ENVIRONMENT
        return BAD_USAGE if error.filename is not None else None
    return None


def message_of(error: BaseException) -> str:
    """One message for the user; a file problem names the file first."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return f"{error.filename or 'writing'}: {error.strerror}; make room, and run it again"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    return str(error) or type(error).__name__
