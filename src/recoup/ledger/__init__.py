"""The books: accounts, entries, posting rules; wanted against posted."""
