"""Programs for those who work on Recoup itself; none of them is needed to run it."""
