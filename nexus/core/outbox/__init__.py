"""The outbox: what is to be done once a transaction has been committed, and not otherwise.

A service publishes an event inside its transaction, and one row is written for each handler of its
topic. After the commit a worker gives each row to its handler and marks it in the same
transaction: what a handler writes to the database happens once, what it does outside, such as a
mail, at least once. A broker or a worker that is away delays a message and loses none: a sweeper
finds what is due. Messages are not kept in order. (Richardson, "Transactional outbox".)
"""
