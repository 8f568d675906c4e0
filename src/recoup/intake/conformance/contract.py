"""The whole contract: every check with the sentence that it holds a partner to, and how they are run."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recoup.intake.conformance import cards, codes, honesty, mutilation, signing, telling
from recoup.intake.conformance.bench import PLACES, Bench, content
from recoup.intake.conformance.looked import Check, Looked, Result
from recoup.intake.conformance.samples import read_samples
from recoup.partners.contract import Partner

CHECKS: tuple[Check, ...] = (
    Check("capabilities", "it can what it says it can, and no more", honesty.look_at_capabilities),
    Check("feeds", "every feed has its role and a sample", honesty.look_at_feeds),
    Check("closing", "a feed that is closed by totals states some", honesty.look_at_closing),
    Check("mapping", "each sample tells what it was said to tell", telling.look_at_mapping),
    Check("totals", "stated totals are the computed ones", telling.look_at_totals),
    Check("codes", "unknown codes stay unknown, with a finding", codes.look_at_codes),
    Check("vectors", "the right signature is accepted, the wrong one refused", signing.look_at_vectors),
    Check("forgeries", "no other key or byte makes a signature", signing.look_at_forgeries),
    Check("same dispute", "one dispute told by several files is one", telling.look_at_same_disputes),
    Check("same money", "one movement told by several files is one line", telling.look_at_same_money),
    Check("chains", "disputes of one payment are linked", telling.look_at_chains),
    Check("duplicates", "the same bytes twice say nothing new", telling.look_at_duplicates),
    Check("truncation", "a file cut at any record is noticed", mutilation.look_at_truncation),
    Check("trailers", "a missing trailer is noticed", mutilation.look_at_trailers),
    Check("stated totals", "a total that is wrong by one is noticed", mutilation.look_at_stated_totals),
    Check("joined files", "two files in one are noticed", mutilation.look_at_joined),
    Check("encodings", "a file in another encoding is noticed", mutilation.look_at_encodings),
    Check("card numbers", "no card number survives", cards.look_at_card_numbers),
    Check("determinism", "the same bytes give the same reading", telling.look_at_determinism),
    # Last: it looks at every reading of the checks before it.
    Check("records", "records in = accepted + quarantined, of spoiled files too", telling.look_at_records),
)


@contextmanager
def opened(partner: Partner, folder: Path, room: Path, places: int = PLACES) -> Iterator[Bench]:
    """Open a bench for the samples of a folder.

    Args:
      partner: Whose they are.
      folder: Where they lie.
      room: A directory for what engines write.
      places: In how many places of one sample something is changed at most.

    Raises:
      SamplesInvalid: The samples do not hold together.
    """
    bench = Bench(partner, read_samples(folder), folder, room, places)
    try:
        yield bench
    finally:
        bench.close()


def look(check: Check, bench: Bench) -> Result:
    """Run one check."""
    looked = Looked()
    check.look(bench, looked)
    return Result(check.name, check.says, looked.times, tuple(looked.wrong))


def run(partner: Partner, folder: Path, room: Path) -> list[Result]:
    """Run all checks over a partner and its samples."""
    with opened(partner, folder, room) as bench:
        return [look(check, bench) for check in CHECKS]


def digest(bench: Bench) -> str:
    """Give one hash over everything that the samples say: the same in every process."""
    told = [content(bench.taken(sample)) for sample in bench.samples.sample]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
