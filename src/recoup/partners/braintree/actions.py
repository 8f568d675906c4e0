"""What we ask Braintree for: single disputes by id. A search is a POST with a body, which no seam of ours sends.

Paths begin below `/merchants/<merchant id>`, which is part of the address that the account is set up
with; the API's key is an access token, since that alone goes as a bearer token.
"""

from urllib.parse import quote

from recoup.partners.contract import Message, Request, Send, Swept


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id."""
    request = Request("GET", f"/disputes/{quote(name, safe='')}")
    answer = send(request)
    line = f"{request.method} {request.path} HTTP/1.1"
    return Swept("disputes", f"{name}.http", Message(line, answer.headers, answer.body))
