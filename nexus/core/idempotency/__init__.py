"""Idempotency keys: a retried request gets the first response, and the work is done once.

A client sends a unique key with a request that must not be repeated, and the same key when it
retries (draft-ietf-httpapi-idempotency-key-header-07). The response is stored in the transaction of
the work itself: the work is never done without a stored response. A request in progress holds an
advisory lock of that transaction, which is released however the transaction ends, so that no key
stays "running" after a process has died.
"""
