"""Our bank accounts: statements in our own documented layout. Read README.md."""
