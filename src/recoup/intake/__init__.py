"""Take in, fold, link, book, expect: from arrived bytes to derived state."""
