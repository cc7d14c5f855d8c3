"""`make run`: the nightly job in this process, with its progress and a summary for people."""
