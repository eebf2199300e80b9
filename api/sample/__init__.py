"""A made-up omnichannel company of any size, with the truth: for the demo, for tests and for benchmarks.

Six systems (CRM, web shop, loyalty programme, web and app touches, support) know the same people, each in its own way.
Families share telephones, addresses and e-mail addresses; people move, marry, mistype and go by nicknames; numbers are
recycled, store tablets are used by hundreds, and forms are filled with junk. All names and numbers are generated.
"""

from api.sample.writer import Sample, generate, write_sample

__all__ = ["Sample", "generate", "write_sample"]
