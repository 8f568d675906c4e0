"""Visa as a network: clearing transaction files (BASE II) by a layout that an installation may bring."""
