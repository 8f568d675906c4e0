"""Encryption of bytes in chunks, in one pass and constant memory: AES-256-GCM, one key for one content.

A nonce is the chunk's number and whether it is the last one. As a key closes one content only, no nonce comes
twice; as the last chunk says so, nothing can be cut off, put in or turned round unnoticed. Empty content is one
empty last chunk. What a content is about is bound to its key, not to its chunks.
"""

from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK_BYTES = 1024 * 1024
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


def seal(key: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Encrypt chunks, each of `CHUNK_BYTES` but the last one, which may be shorter."""
    return _each(AESGCM(key).encrypt, chunks)


def unseal(key: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decrypt chunks, each of `SEALED_CHUNK_BYTES` but the last one.

    Raises:
      cryptography.exceptions.InvalidTag: Another key, or not all the chunks in their order.
    """
    return _each(AESGCM(key).decrypt, chunks)


def _each(turn: Callable[[bytes, bytes, None], bytes], chunks: Iterator[bytes]) -> Iterator[bytes]:
    number, held = 0, next(chunks, b"")
    for chunk in chunks:
        yield turn(_nonce(number, is_last=False), held, None)
        number, held = number + 1, chunk
    yield turn(_nonce(number, is_last=True), held, None)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
