"""The transactional outbox: work that is done if and only if a transaction commits.

A service publishes an event inside its transaction, which writes one row for each handler of its
topic. After the commit a worker passes each row to its handler and marks it as delivered in the
same transaction: a handler's database writes happen once, its external effects, such as a mail, at
least once. If the broker or a worker is down, messages are delayed but not lost: a sweeper finds
those that are due. Messages are not delivered in order. (Richardson, "Transactional outbox".)
"""
