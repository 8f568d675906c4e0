"""The command line: it translates and renders, and decides nothing.

`main.py` is the entry; `call.py` gives every command its global options and turns problems into exit codes;
`render.py` alone prints. Heavy rooms are imported when their command runs, so that `recoup --help` answers at once.
"""
