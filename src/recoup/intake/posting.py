"""Write the difference between wanted and posted entries: turns of facts, never edits."""
