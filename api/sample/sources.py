"""The six systems of the sample company, each with column names, orders and formats of its own.

``SOURCES`` maps each source to the function that makes its columns. The truth is never among them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from api.sample.arrays import Bools, Ints, Objects, choose, objects
from api.sample.noise import typo
from api.sample.people import BLOCK_ROWS, NO_PHONE, Block, People, make_people
from api.sample.rows import Rows, times_of

Columns = dict[str, Objects]

_NATIONAL = ("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{} {} {}")
_MIXED = ("+1{}{}{}", "+1 {} {} {}", "+1 ({}) {}-{}", "({}) {}-{}", "{}-{}-{}")
_BARE = ("{}{}{}",)
_CALL_CENTRE = ("callcenter@shop.example", "service@shop.example")
_SUBJECTS = (
    "Asked where the parcel is", "Wants to return an item", "Invoice is missing", "Forgot the password",
    "Points were not credited", "Complained about the delivery, was calmed", "Asked for a smaller size",
    "Address label was wrong", "Wants to speak to a manager", "Voucher does not work",
)  # fmt: skip
#: Rows of touches per store tablet, so that each tablet is seen with hundreds of people in a big sample.
_ROWS_PER_TABLET = 40_000
_PEOPLE_PER_ROW = 0.36
_SPARE_PEOPLE = 64
_NUMBERS = 100_000_000


def make_source_rows(block: Block) -> dict[str, tuple[Columns, Ints]]:
    """Every source's columns in this block, with the number of the person behind each row."""
    people = make_people(block, int(block.rows * _PEOPLE_PER_ROW) + _SPARE_PEOPLE)
    counts = _row_counts(block, people)
    has_card = counts[:, list(SOURCES).index("loyalty")] > 0
    made = {}
    for which, (source, make) in enumerate(SOURCES.items()):
        rng = block.rng(2, which)
        person = rng.permutation(np.repeat(np.arange(len(counts)), counts[:, which]))
        rows = Rows(block, people, person, times_of(people, person, rng), rng, has_card[person])
        made[source] = (make(rows), people.number[person])
    return made


def _row_counts(block: Block, people: People) -> Ints:
    """Rows per person (axis 0) and source (axis 1, in the order of SOURCES), which add up to ``block.rows``."""
    rng, count = block.rng(1), len(people.number)

    def seen(share: float, again: float) -> Ints:
        drawn: Ints = (rng.random(count) < share) * (1 + (rng.random(count) < again) + (rng.random(count) < again / 4))
        return drawn

    crm, shop, card = seen(0.6, 0.08), seen(0.5, 0.07), seen(0.42, 0.05)
    crm = np.where(crm + shop + card == 0, 1, crm)
    web = np.where(shop > 0, np.minimum(rng.geometric(0.36, count) - 1, 12), 0)
    app = np.where((shop + card > 0) & (rng.random(count) < 0.4), np.minimum(rng.geometric(0.45, count), 10), 0)
    counts = np.stack([crm, shop, card, web, app, seen(0.14, 0.2)], axis=1)
    flat = counts.ravel()
    before = np.cumsum(flat) - flat
    exact: Ints = np.clip(block.rows - before, 0, flat).reshape(counts.shape)
    return exact


def _crm(rows: Rows) -> Columns:
    given, family = rows.given_names(0.05, 0.025), rows.family_names(0.03)
    swapped = rows.some(0.015)
    generation = choose(rows.some(0.25), rows.people.generation[rows.person], "")
    family = choose(generation != "", family + " " + generation, family)
    mail = rows.blank(rows.junk(rows.mails(0.1, 0.15), 0.012, _CALL_CENTRE), 0.3)
    phone = choose(rows.some(0.65), rows.mobiles(_MIXED), rows.landlines(_MIXED))
    where = rows.addresses()
    street = rows.streets(where, 0.3)
    house = objects([f"{number} {flat}".rstrip() for number, flat in zip(where.number, where.flat, strict=True)])
    no_address = rows.some(0.08)
    return {
        "customer_no": _numbered("{:08d}", rows, 7_368_787),
        "given_name": rows.blank(choose(swapped, family, given), 0.02),
        "family_name": choose(swapped, given, family),
        "dob": rows.blank(rows.junk(rows.birth_dates("{y}-{m:02d}-{d:02d}", 0.012), 0.02, ("1900-01-01",)), 0.2),
        "email": rows.junk_mails(rows.spoil(mail, 0.01, typo), 0.015),
        "phone": rows.junk_phones(phone, 0.02),
        "street": choose(no_address, None, street),
        "house_no": choose(no_address, None, house),
        "postcode": rows.blank(rows.postcodes(where), 0.08),
        "city": choose(no_address, None, rows.cities(where)),
        "updated_at": rows.times("T"),
    }


def _webshop(rows: Rows) -> Columns:
    name = rows.full_names(rows.given_names(0.12, 0.02), rows.family_names(0.02))
    where = rows.addresses()
    lines = zip(where.number, rows.streets(where, 0.6), where.flat, strict=True)
    line = objects([f"{number} {street} {flat}".rstrip() for number, street, flat in lines])
    dates = rows.junk(rows.birth_dates("{d:02d}.{m:02d}.{y}", 0.01), 0.03, ("01.01.1900", "01.01.1970"))
    return {
        "email": rows.mails((_ordinals(rows.person) > 0).astype(float), 0),  # a second account has a second address
        "account_id": _numbered("W{:08d}", rows, 3_141_593),
        "full_name": name,
        "address": rows.blank(line, 0.06),
        "zip": rows.blank(rows.postcodes(where), 0.05),
        "town": rows.blank(rows.cities(where), 0.06),
        "phone": rows.junk_phones(rows.blank(rows.mobiles(_NATIONAL), 0.35), 0.02),
        "birth_date": rows.blank(dates, 0.5),
        "last_seen": rows.times(" "),
    }


def _loyalty(rows: Rows) -> Columns:
    given, family = rows.given_names(0.06, 0.03), rows.family_names(0.035)
    swapped = rows.some(0.01)
    ordinal = _ordinals(rows.person)
    return {
        "card_number": objects([_card(its) for its in _card_numbers(rows, ordinal).tolist()]),
        "last_name": choose(swapped, given, family),
        "first_name": choose(swapped, family, given),
        "birthday": rows.blank(rows.birth_dates("{m:02d}/{d:02d}/{y}", 0.012), 0.25),
        "mobile": rows.junk_phones(rows.blank(rows.mobiles(_BARE), 0.2), 0.015),
        "home_phone": rows.blank(rows.landlines(_BARE), 0.3),
        "mail": rows.junk_mails(rows.spoil(rows.blank(rows.mails(0.15, 0.15), 0.22), 0.012, typo), 0.015),
        "postcode": rows.blank(rows.postcodes(rows.addresses()), 0.04),
        "joined": rows.times("D"),
    }


def _web(rows: Rows) -> Columns:
    ordinal = _ordinals(rows.person)
    device, shared = _devices(rows, ordinal)
    signed_in = (ordinal == 0) | shared | rows.some(0.55)
    which_cookie = np.where(rows.some(0.25) & signed_in & (ordinal > 0), rows.rng.integers(1, 4, len(rows)), 0)
    cookie = _opaque(rows.people.number[rows.person] * 4 + which_cookie, rows.block.seed, "{:016x}")
    no_device = signed_in & ~shared & rows.some(0.04)
    return {
        "event_id": _numbered("v{:08d}", rows, 5_772_157),
        "login_time": rows.times("T"),
        "cookie": choose(signed_in & (shared | ((ordinal > 0) & rows.some(0.06))), None, cookie),
        "device": choose(no_device, None, device),
        "email": choose(signed_in, rows.mails(0.02, 0), None),
    }


def _app(rows: Rows) -> Columns:
    ordinal = _ordinals(rows.person)
    device, shared = _devices(rows, ordinal)
    with_card = rows.has_card & rows.some(0.8)
    cards = [_card(number) for number in _card_numbers(rows, np.zeros_like(ordinal)).tolist()]
    dashed = objects([f"{card[:4]}-{card[4:8]}-{card[8:]}" for card in cards])
    on_first = ~shared & (device == _hexadecimal(rows.people.devices[rows.person, 0]))
    signed_out = (ordinal > 0) & on_first & ~rows.people.shares_device[rows.person] & rows.some(0.16)
    return {
        "device": objects([its.upper() for its in device]),
        "loyalty_id": choose(with_card & ~signed_out, dashed, None),
        "email": choose((~with_card | rows.some(0.15)) & ~signed_out, rows.mails(0.02, 0), None),
        "time": rows.times(" "),
        "event_id": _numbered("a{:08d}", rows, 2_718_283),
    }


def _support(rows: Rows) -> Columns:
    name = rows.full_names(rows.given_names(0.15, 0.02), rows.family_names(0.03))
    by_mail = rows.some(0.65) | (rows.people.mobile[rows.person] == NO_PHONE)
    mail = rows.spoil(rows.junk(rows.mails(0.1, 0.1), 0.02, _CALL_CENTRE), 0.01, typo)
    subjects = np.array(_SUBJECTS, dtype=object)[rows.rng.integers(0, len(_SUBJECTS), len(rows))]
    orders = rows.rng.integers(10_000, 1_000_000, len(rows)).tolist()
    return {
        "ticket_id": _numbered("T-{:08d}", rows, 1_618_033),
        "created": rows.times(" "),
        "contact_name": rows.blank(name, 0.1),
        "email": choose(by_mail, mail, None),
        "phone": choose(by_mail & rows.some(0.6), None, rows.mobiles(_MIXED)),
        "note": objects([f"{subject} (order {order})" for subject, order in zip(subjects, orders, strict=True)]),
    }


#: The sources in the order in which they are made and written.
SOURCES: dict[str, Callable[[Rows], Columns]] = {
    "crm": _crm,
    "webshop": _webshop,
    "loyalty": _loyalty,
    "web": _web,
    "app": _app,
    "support": _support,
}
#: The column of each source that holds the row's own id.
ID_COLUMNS = {
    "crm": "customer_no",
    "webshop": "account_id",
    "loyalty": "card_number",
    "web": "event_id",
    "app": "event_id",
    "support": "ticket_id",
}


def _numbered(layout: str, rows: Rows, stride: int) -> Objects:
    """Ids that are unique in the whole sample and say nothing of who stands behind them. ``stride`` has no factor in
    common with the number of ids, so that no two rows get the same."""
    serial = rows.block.number * BLOCK_ROWS + np.arange(len(rows))
    return objects([layout.format(number) for number in ((serial * stride + stride) % _NUMBERS).tolist()])


def _ordinals(person: Ints) -> Ints:
    """For each row how many rows of the same person come before it."""
    order = np.argsort(person, kind="stable")
    ordered = person[order]
    new = np.r_[True, ordered[1:] != ordered[:-1]] if len(person) else np.empty(0, dtype=bool)
    starts = np.flatnonzero(new)
    within = np.arange(len(person)) - np.repeat(starts, np.diff(np.r_[starts, len(person)]))
    ordinals = np.empty(len(person), dtype=np.int64)
    ordinals[order] = within
    return ordinals


def _card_numbers(rows: Rows, ordinal: Ints) -> Ints:
    """The number of a person's first, second or third card; numbered by person because the app knows them too."""
    numbers: Ints = ((rows.people.number[rows.person] * 3 + ordinal) * 1_414_213 + 1) % _NUMBERS
    return numbers


def _card(number: int) -> str:
    return f"6280{number:08d}"


def _devices(rows: Rows, ordinal: Ints) -> tuple[Objects, Bools]:
    """Device ids, and whether it is a tablet in a store. A person's first touch is on the first device."""
    devices = rows.people.devices[rows.person]
    own = np.where((ordinal == 0) | rows.some(0.8), devices[:, 0], devices[:, 1])
    shared = (ordinal > 0) & rows.some(0.05)
    tablets = max(1, rows.block.all_rows // _ROWS_PER_TABLET)
    tablet = _opaque(rows.rng.integers(0, tablets, len(rows)), rows.block.seed + 1, "{:012x}")
    return choose(shared, tablet, _hexadecimal(own)), shared


def _hexadecimal(devices: Ints) -> Objects:
    return objects(f"{its:012x}" for its in devices.tolist())


def _opaque(numbers: Ints, seed: int, layout: str) -> Objects:
    """Numbers as opaque ids, the same for the same number: the finaliser of SplitMix64, which is a bijection."""
    mixed = numbers.astype(np.uint64) + np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    digits = int(layout[layout.index("0") + 1 : -2]) * 4
    return objects([layout.format(its) for its in (mixed >> np.uint64(64 - digits)).tolist()])
