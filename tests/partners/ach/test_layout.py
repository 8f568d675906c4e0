import io

from recoup.partners.ach.layout import lay_out
from tests.fakes.nacha_files import Batch, File, changed, returned


def test_codes_are_said_in_words() -> None:
    """Return codes with their nature, change codes with what they change; unknown ones not at all."""
    entries = [returned("R10"), returned("R17", sequence=2), returned("R99", sequence=3), changed("C05", sequence=4)]
    laid = list(lay_out(io.BytesIO(File([Batch(entries)]).data())))
    meanings = [field.meaning for record in laid for field in record.fields if field.at == "4-6" and "7" in record.kind]
    assert meanings[0] is not None
    assert meanings[0].endswith("(unauthorised)")
    assert meanings[1] is not None
    assert meanings[1].endswith("(nature not known)")
    assert meanings[2:] == [None, "incorrect transaction code"]
