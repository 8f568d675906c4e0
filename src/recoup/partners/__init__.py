"""Who says what: one folder per partner, all with the same files; no partner knows another."""
