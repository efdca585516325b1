"""Requests that may be repeated: the same key gets the same answer, and the work is done once.

A client sends a key of its own with a request that must not be done twice, and sends the same key
when it repeats it (draft-ietf-httpapi-idempotency-key-header-07). The answer is written down in the
transaction of the work itself: there is no moment in which the work is done and its answer is not
known. Who works on a key holds an advisory lock of that transaction, which ends with it however it
ends, so that no key stays "running" behind a process that died.
"""
