"""The `platelight` command: one file per sub-command, each importing heavy packages only when it runs."""
