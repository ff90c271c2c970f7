"""Networks: plain modules, one idea per file. Importing this package imports nothing heavy."""
