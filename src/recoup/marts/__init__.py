"""The documented data sources: tables of the register and the lake as they may be asked, and models over them."""
