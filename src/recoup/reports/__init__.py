"""Reports: questions kept, asked again with parameters, and answered in files that can be proved later.

A report is a folder of data: `report.toml` says what it is called, what may be chosen, what stands on its pages, when
it is due and who gets what; each `.sql` beside it is one question over the documented data sources. Nothing here
writes to the books, sends mail or reaches a network. Read `definition.py` first, `making.py` for the way of one run.
"""
