"""The whole contract: every check with the sentence that it holds a partner to, and how they are run."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recoup.intake.conformance import cards, codes, honesty, mutilation, signing, telling, words
from recoup.intake.conformance.bench import PLACES, Bench, content
from recoup.intake.conformance.looked import Check, Looked, Result
from recoup.intake.conformance.samples import read_samples
from recoup.partners.contract import Partner

CHECKS: tuple[Check, ...] = (
    Check(
        "capabilities",
        "it can what it says it can, and no more",
        honesty.look_at_capabilities,
        "Claim in the partner's capabilities only what it can, and say in gaps_closed_by how a lost file is noticed.",
    ),
    Check(
        "feeds",
        "every feed has its role and a sample",
        honesty.look_at_feeds,
        "Give each feed a role, and put a sample of it into samples.toml.",
    ),
    Check(
        "closing",
        "a feed that is closed by totals states some",
        honesty.look_at_closing,
        'Say closed_by = "nothing" where the file states no totals, or give controls that compare them.',
    ),
    Check(
        "mapping",
        "each sample tells what it was said to tell",
        telling.look_at_mapping,
        "Where the sample is right, mend the mapping; else say in samples.toml what the file tells.",
    ),
    Check(
        "totals",
        "stated totals are the computed ones",
        telling.look_at_totals,
        "Compare the controls with the file's own totals: which rows, which sign, which currency.",
    ),
    Check(
        "codes",
        "unknown codes stay unknown, with a finding",
        codes.look_at_codes,
        "Look words up by meaning(...), with 'unknown' for those it does not have; a word that the "
        "mapping goes on without belongs into the notes.",
    ),
    Check(
        "words",
        "meanings are words that there are",
        words.look_at_words,
        "Mend the meaning in codes.csv.",
    ),
    Check(
        "vectors",
        "the right signature is accepted, the wrong one refused",
        signing.look_at_vectors,
        "Compare what is signed, byte by byte, with the partner's guide.",
    ),
    Check(
        "forgeries",
        "no other key or byte makes a signature",
        signing.look_at_forgeries,
        "Compare digests whole and in constant time, over the bytes as they came.",
    ),
    Check(
        "same dispute",
        "one dispute told by several files is one",
        telling.look_at_same_disputes,
        "Give the dispute the same id in every feed.",
    ),
    Check(
        "same money",
        "one movement told by several files is one line",
        telling.look_at_same_money,
        "Give the movement an identity that is the same in every feed, and the same amount.",
    ),
    Check(
        "chains",
        "disputes of one payment are linked",
        telling.look_at_chains,
        "Give disputes of one payment the same case_ref.",
    ),
    Check(
        "duplicates",
        "the same bytes twice say nothing new",
        telling.look_at_duplicates,
        "Make identities from the record alone, never from when or how it came.",
    ),
    Check(
        "truncation",
        "a file cut at any record is noticed",
        mutilation.look_at_truncation,
        'Say closed_by = "nothing" where nothing closes the file; else hold what ends without its close.',
    ),
    Check(
        "trailers",
        "a missing trailer is noticed",
        mutilation.look_at_trailers,
        "Hold a file that states totals and comes without them.",
    ),
    Check(
        "stated totals",
        "a total that is wrong by one is noticed",
        mutilation.look_at_stated_totals,
        "Compare the stated total with the computed one in the controls.",
    ),
    Check(
        "joined files",
        "two files in one are noticed",
        mutilation.look_at_joined,
        "Hold, or count, a second head or a second total within one file.",
    ),
    Check(
        "encodings",
        "a file in another encoding is noticed",
        mutilation.look_at_encodings,
        "Hold what is not in the encoding of the guide.",
    ),
    Check(
        "card numbers",
        "no card number survives",
        cards.look_at_card_numbers,
        "Leave identifiers and texts in the columns that are cleaned; nothing else may quote a record.",
    ),
    Check(
        "determinism",
        "the same bytes give the same reading",
        telling.look_at_determinism,
        "Take nothing into the reading but the bytes and what is known of their delivery.",
    ),
    # Last: it looks at every reading of the checks before it.
    Check(
        "records",
        "records in = accepted + quarantined, of spoiled files too",
        telling.look_at_records,
        "Accept or quarantine every record; never skip one.",
    ),
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
    return Result(check.name, check.says, looked.times, tuple(looked.wrong), check.remedy)


def run(
    partner: Partner, folder: Path, room: Path, progress: Callable[[int, int | None], None] | None = None
) -> list[Result]:
    """Run all checks over a partner and its samples; `progress` is told how many are done, of how many."""
    results = []
    with opened(partner, folder, room) as bench:
        for check in CHECKS:
            results.append(look(check, bench))
            if progress is not None:
                progress(len(results), len(CHECKS))
    return results


def digest(bench: Bench) -> str:
    """Give one hash over everything that the samples say: the same in every process."""
    told = [content(bench.taken(sample)) for sample in bench.samples.sample]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
