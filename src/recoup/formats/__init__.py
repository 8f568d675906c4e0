"""Standard file and message formats: bytes to records and control totals.

A format knows no partner, no dispute and no money; what is wrong with the bytes comes back as a
finding, beside what was right. One file per format; partners say which they send.
"""
