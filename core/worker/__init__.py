"""The process that works for Nuke and Maya: it keeps models loaded and makes normals and light estimates on demand.

`serve.Worker` is the process; `docs/worker.md` says what is said over its connection and
`worker_link/protocol.schema.json` in which form. The hosts' side is `worker_link`.
"""
