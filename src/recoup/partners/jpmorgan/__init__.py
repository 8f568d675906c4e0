"""J.P. Morgan Commerce and Chase Paymentech: reports of disputes, fees and settlement, as files. See README.md."""
