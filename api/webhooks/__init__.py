"""Webhooks: the change feed, sent to the addresses that asked for it.

At least once, in order for each webhook, with the cursor of the feed as idempotency key. What is to be sent is read
from the feed when it is sent; only the place in the feed is kept, so there is no queue that could hold what was erased.
"""
