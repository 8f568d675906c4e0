"""Every exception Recoup raises, as one tree.

::

    RecoupError
    ├── UsageProblem            cli.usage
    ├── HomeProblem
    │   ├── HomeMissing         home.missing
    │   ├── HomeExists          home.exists
    │   └── HomeRevision        home.revision
    ├── PartnerProblem
    │   ├── UnknownPartner      partners.unknown
    │   ├── UnknownFeed         partners.unknown_feed
    │   ├── PartnerUnreachable  partners.unreachable
    │   └── DeclarationInvalid  partners.declaration
    ├── DomainProblem
    │   ├── MoneyRefused        domain.money
    │   ├── InstantRefused      domain.instant
    │   ├── TableInvalid        domain.table
    │   ├── CalendarExhausted   domain.calendar
    │   └── NoDeadlineRule      domain.deadline
    ├── StorageProblem          storage.problem
    │   ├── ObjectMissing       storage.object_missing
    │   ├── EngineMissing       storage.engine_missing
    │   ├── EngineUnreachable   storage.engine_unreachable
    │   ├── DiskShort           storage.disk_short
    │   ├── LeaseLost           storage.lease_lost
    │   └── StatementFailed     storage.statement_failed
    ├── MartProblem
    │   ├── ModelInvalid        marts.model
    │   ├── TableUnknown        marts.unknown
    │   └── NotKnownThen        marts.not_known_then
    ├── MatchingProblem
    │   ├── RulesInvalid        matching.rules
    │   └── MatchUnknown        matching.unknown
    ├── EnquiryProblem
    │   ├── DisputeNotFound     enquiry.not_found
    │   ├── DisputeAmbiguous    enquiry.ambiguous
    │   ├── SqlRefused          enquiry.sql_refused
    │   └── FormatUnknown       enquiry.format_unknown
    ├── ReportProblem
    │   ├── ReportUnknown       reports.unknown
    │   ├── ReportInvalid       reports.invalid
    │   ├── ParameterRefused    reports.parameter
    │   ├── ReportRefused       reports.refused
    │   ├── OutputUnreadable    reports.output
    │   └── FormatMissing       reports.format_missing
    ├── QuarantineEmpty         intake.quarantine_empty
    ├── SealRefused             compliance.seal_refused
    ├── LockRefused             app.lock_refused
    ├── AcceptRefused           app.accept_refused
    ├── WorkRefused             controls.work_refused
    ├── TicketRefused           controls.ticket_refused
    ├── RecordRefused           app.record_refused
    ├── LifeRefused             app.life_refused
    ├── OutageRefused           app.outage_refused
    ├── SetupInvalid            app.setup_invalid
    └── SamplesInvalid          intake.samples_invalid

An exception says that the program, its configuration or the outside world is wrong. Data that is wrong is a
finding, a value, and never raised. No message carries a secret, a card number or a whole payload: a hash and a
pointer to the kept bytes instead.
"""

from collections.abc import Iterator
from typing import ClassVar


class RecoupError(Exception):
    """A problem told in four parts and a code: where, what was found, what was wanted, what to do next.

    Args:
      where: File and line, table and cell, option or address; empty only where there is no place to name.
      found: What was there, shortened, without secrets.
      wanted: What would have been accepted.
      remedy: The next step as a sentence with its full stop, best with the command to run; may be empty.
    """

    code: ClassVar[str] = ""

    def __init__(self, where: str, found: str, wanted: str, remedy: str = "") -> None:
        super().__init__(where, found, wanted, remedy)
        self.where = where
        self.found = found
        self.wanted = wanted
        self.remedy = remedy

    def __str__(self) -> str:
        """Give the one line `<where>: <found>; wanted <wanted>. <remedy> [<code>]`."""
        place = f"{self.where}: " if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.found}; wanted {self.wanted}.{remedy} [{self.code}]"

    def to_json(self) -> dict[str, dict[str, str]]:
        """Give the object that every command prints under `--json` when it fails."""
        return {
            "error": {
                "code": self.code,
                "where": self.where,
                "found": self.found,
                "wanted": self.wanted,
                "remedy": self.remedy,
            }
        }


class UsageProblem(RecoupError):
    """A command was called with options or arguments that do not go together."""

    code = "cli.usage"


class HomeProblem(RecoupError):
    """Something is wrong with the directory that holds an installation's data."""


class HomeMissing(HomeProblem):
    """The home does not exist, or is not a Recoup home."""

    code = "home.missing"


class HomeExists(HomeProblem):
    """A home was to be made where one is already, or where other files lie."""

    code = "home.exists"


class HomeRevision(HomeProblem):
    """The home's tables are those of another version of Recoup, older or newer, or are not there."""

    code = "home.revision"


class PartnerProblem(RecoupError):
    """Something asked of a partner that it does not have, or does not answer."""


class UnknownPartner(PartnerProblem):
    """No partner folder of this name is registered."""

    code = "partners.unknown"


class UnknownFeed(PartnerProblem):
    """The partner is known, but declares no feed of this name."""

    code = "partners.unknown_feed"


class PartnerUnreachable(PartnerProblem):
    """A partner's API gave no answer that counts: it is away, refuses us, or we do not know where it is."""

    code = "partners.unreachable"


class DeclarationInvalid(PartnerProblem):
    """The folder of a declared partner does not hold together: a file is missing, or says what no partner can be."""

    code = "partners.declaration"


class DomainProblem(RecoupError):
    """A value or a table breaks a law of the domain."""


class MoneyRefused(DomainProblem):
    """An amount or a currency is not one, or two amounts cannot be put together."""

    code = "domain.money"


class InstantRefused(DomainProblem):
    """A time, day or zone is not one, or does not say which offset it is meant at."""

    code = "domain.instant"


class TableInvalid(DomainProblem):
    """A table of rules that ships with Recoup, or that an operator changed, does not hold together."""

    code = "domain.table"


class CalendarExhausted(DomainProblem):
    """A date was asked for past the last year that a calendar of business days knows. Not guessed."""

    code = "domain.calendar"


class NoDeadlineRule(DomainProblem):
    """No rule covers this network, stage and date. Not guessed."""

    code = "domain.deadline"


class StorageProblem(RecoupError):
    """The register, the objects, the lake or the inbox cannot do what was asked."""

    code = "storage.problem"


class ObjectMissing(StorageProblem):
    """Bytes that the register points to are not in the store of objects, or are not those bytes."""

    code = "storage.object_missing"


class EngineMissing(StorageProblem):
    """An engine was asked for that does not exist, is not installed, or has no address."""

    code = "storage.engine_missing"


class EngineUnreachable(StorageProblem):
    """The server of an engine does not answer, or lets us not in."""

    code = "storage.engine_unreachable"


class DiskShort(StorageProblem):
    """The disk of the home has too little room, or cannot be written to."""

    code = "storage.disk_short"


class LeaseLost(StorageProblem):
    """Another worker works on the home now: this one was silent for too long, and may write no more."""

    code = "storage.lease_lost"


class StatementFailed(StorageProblem):
    """An engine could not run a statement of ours: a fault in it, a sum too large, or too little room."""

    code = "storage.statement_failed"


class MartProblem(RecoupError):
    """Something is wrong with a data source or model, or with what is asked of it."""


class ModelInvalid(MartProblem):
    """A model's file does not hold together: header, SQL, or what it reads."""

    code = "marts.model"


class TableUnknown(MartProblem):
    """No data source or model has this name, or none that may be seen here."""

    code = "marts.unknown"


class NotKnownThen(MartProblem):
    """A data source of which only the last word is kept was asked as of another time. Not guessed."""

    code = "marts.not_known_then"


class MatchingProblem(RecoupError):
    """Something about the rules of matching, or asked of its results."""


class RulesInvalid(MatchingProblem):
    """A file of matching rules or rates says something that cannot be meant."""

    code = "matching.rules"


class MatchUnknown(MatchingProblem):
    """No pair, rule or line of this name has been matched."""

    code = "matching.unknown"


class EnquiryProblem(RecoupError):
    """A question that has no answer, or more than one."""


class DisputeNotFound(EnquiryProblem):
    """No dispute or payment has this id, partner's id or reference."""

    code = "enquiry.not_found"


class DisputeAmbiguous(EnquiryProblem):
    """Several disputes answer to this reference; the message lists them."""

    code = "enquiry.ambiguous"


class SqlRefused(EnquiryProblem):
    """A query that is not read-only, or reaches outside the documented data sources."""

    code = "enquiry.sql_refused"


class FormatUnknown(EnquiryProblem):
    """A file shows no sign of a format, or of a partner's feed, that is known here."""

    code = "enquiry.format_unknown"


class ReportProblem(RecoupError):
    """A report cannot be made, or not so."""


class ReportUnknown(ReportProblem):
    """There is no report of this name."""

    code = "reports.unknown"


class ReportInvalid(ReportProblem):
    """The folder of a report does not hold together: a name that does not exist, or two that clash."""

    code = "reports.invalid"


class ParameterRefused(ReportProblem):
    """What was chosen for a report is missing, is not known, or is no value of its type."""

    code = "reports.parameter"


class ReportRefused(ReportProblem):
    """The report cannot be answered as asked: not as known at another time, or with more rows than allowed."""

    code = "reports.refused"


class OutputUnreadable(ReportProblem):
    """A file to verify is not one that a report was written to, or can no longer be read as one."""

    code = "reports.output"


class FormatMissing(ReportProblem):
    """The library that writes a format is not installed."""

    code = "reports.format_missing"


class QuarantineEmpty(RecoupError):
    """Nothing waits in quarantine at the place named."""

    code = "intake.quarantine_empty"


class SealRefused(RecoupError):
    """A partner-day that cannot be sealed as asked: it is not over, sealed already, or waits and nobody said why."""

    code = "compliance.seal_refused"


class LockRefused(RecoupError):
    """A period of the books that cannot be locked, opened or approved as asked."""

    code = "app.lock_refused"


class AcceptRefused(RecoupError):
    """There is nothing of a feed to accept: its shape is as it was, or no schedule was learnt of it."""

    code = "app.accept_refused"


class WorkRefused(RecoupError):
    """What was decided about a break cannot be: there is no such break, it is over, or another person has to say it."""

    code = "controls.work_refused"


class TicketRefused(RecoupError):
    """What is to be done about a ticket cannot be: there is none, it is closed, or it is no partner's matter."""

    code = "controls.ticket_refused"


class RecordRefused(RecoupError):
    """What a person learnt cannot be recorded: its form does not hold together, or another person has to approve it."""

    code = "app.record_refused"


class LifeRefused(RecoupError):
    """What was to be ruled about an account cannot be: its gate is not passed, or another person has to say it."""

    code = "app.life_refused"


class OutageRefused(RecoupError):
    """What was to be said of an outage cannot be: there is no such outage, or its times do not hold together."""

    code = "app.outage_refused"


class SetupInvalid(RecoupError):
    """A `setup.toml` or an option names what does not exist or does not fit together."""

    code = "app.setup_invalid"


class SamplesInvalid(RecoupError):
    """The samples of a partner do not hold together: a field that they do not have, or a file that is not there."""

    code = "intake.samples_invalid"


def errors_by_code() -> dict[str, type[RecoupError]]:
    """Give every class that has a code of its own, in order of code.

    Raises:
      AssertionError: Two classes share a code, which only a change to this file can cause.
    """
    found: dict[str, type[RecoupError]] = {}
    for error in _descendants(RecoupError):
        code = error.__dict__.get("code")
        if code:
            assert code not in found, f"{error.__name__} and {found[code].__name__} share the code {code}"
            found[code] = error
    return dict(sorted(found.items()))


def _descendants(error: type[RecoupError]) -> Iterator[type[RecoupError]]:
    for child in error.__subclasses__():
        yield child
        yield from _descendants(child)
