# SPDX-License-Identifier: Apache-2.0
"""The ministry of labour's work permits: few, and with a planted fault of each kind that their contract names (mol.permits.yaml).

A permit that a rule keeps out is sent again as it should have been, under the same number, as its agency would. So no number is
missing but those that are lost on purpose."""

import datetime
import decimal
import pathlib
import re

from kit import stream

HERE = pathlib.Path(__file__).resolve().parent
DAY = datetime.timedelta(days=1)
PERMITS = 300
LOST = (41, 42, 77)  # numbers that were counted up, and never sent
TWICE = 2
LATE_DAYS = 20
CONTRADICTED_DAYS = 2


def is_iban(text):
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def iban(account):
    body = f"017{account:016d}"
    check = 98 - int("".join(str(int(c, 36)) for c in f"{body}OM00")) % 97
    return f"OM{check:02d}{body}"


# The part of the score that each moves: how many, and what is wrong in them. Rules that keep an event out, and others.
KEPT_OUT = {
    "rule ends after it starts": (2, lambda row: {"ends": row["starts"]}),
    "rule invalidValues of permit_no": (1, lambda row: {"permit_no": "P-12"}),
    "rule invalidValues of kind": (2, lambda row: {"kind": "given"}),
    "rule an account that can be": (3, lambda row: {"iban": f"OM00{row['iban'][4:]}"}),
    "rule missingValues of occupation": (1, lambda row: {"occupation": "unknown"}),
    "rule no civil number in a remark": (2, lambda row: {"remark": "his brother is 12345678"}),
}
RECORDED = {
    "rule الأجر بالريال العماني": (4, lambda row: {"currency": "USD"}),
    "rule issued before it starts": (2, lambda row: {"starts": (row["issued_at"] - DAY).date()}),
    "required /sponsor": (3, lambda row: {"sponsor": None}),
    "rule nullValues of phone": (30, lambda row: {"phone": None}),
    "rule duplicateValues of passport": (2, lambda row: {"passport": "OM0000300"}),
    "reference place to ncsi.localities": (3, lambda row: {"place": 10**12 + row["seq"]}),
    "in time": (5, lambda row: {"issued_at": row["issued_at"] - (LATE_DAYS - 1) * DAY}),
    "contradicted": (4, lambda row: {"issued_at": row["issued_at"] - (CONTRADICTED_DAYS - 1) * DAY}),
}

# The contract's rules once more: whether one holds, or None if it has nothing to say.
RULES = {
    "ends after it starts": lambda r: r["ends"] > r["starts"],
    "الأجر بالريال العماني": lambda r: r["currency"] == "OMR",
    "issued before it starts": lambda r: r["issued_at"].date() < r["starts"],
    "invalidValues of permit_no": lambda r: re.fullmatch("P-[0-9]{6}", r["permit_no"]) is not None,
    "invalidValues of kind": lambda r: r["kind"] in ("new", "renewed", "transferred"),
    "an account that can be": lambda r: is_iban(r["iban"]),
    "nullValues of phone": lambda r: r["phone"] is not None,
    "missingValues of occupation": lambda r: r["occupation"] not in ("", "unknown"),
    "no civil number in a remark": lambda r: None if r["remark"] is None else not re.search("[0-9]{8}", r["remark"]),
}


class Permits:
    name = "mol.permits"
    rules = RULES

    def __init__(self, schema_id, localities):
        self.structure = stream.Structure(HERE / "mol.permits.avsc", schema_id)
        self.localities = localities
        self.yesterday = datetime.datetime.now(datetime.timezone.utc).replace(hour=8, minute=0, second=0, microsecond=0) - DAY
        self.issued = []

    def row(self, seq, places):
        issued = self.yesterday + datetime.timedelta(seconds=seq)
        return {"permit_no": f"P-{seq:06d}", "seq": seq, "kind": ("new", "renewed", "transferred")[seq % 3],
                "place": places[seq % len(places)], "employer_cr": f"{1000000 + seq % 40}", "iban": iban(seq),
                "passport": f"OM{seq:07d}", "phone": f"+9689{seq:07d}", "sponsor": f"{1000000 + seq % 40}",
                "occupation": "مهندس" if seq % 2 else "طبيب", "remark": "لا ملاحظات" if seq % 5 == 0 else None,
                "wage": decimal.Decimal(300000 + seq).scaleb(-3), "currency": "OMR", "starts": (issued + 10 * DAY).date(),
                "ends": (issued + 740 * DAY).date(), "issued_at": issued}

    def event(self, row, changes=None, reason=None):
        event = stream.upsert(self.structure, "permit_no", {**row, **(changes(row) if changes else {})})
        if reason:
            event.verdict, event.reason = "quarantined", reason
        else:
            self.issued.append(event.row["issued_at"])
        return event

    def stock(self):
        places = sorted(set(self.localities.places) - self.localities.gone)
        numbers = iter(n for n in range(1, PERMITS + len(LOST) + 1) if n not in LOST)
        for count, changes in KEPT_OUT.values():
            for _ in range(count):
                row = self.row(next(numbers), places)
                yield self.event(row, changes, "rule_failed")
                yield self.event(row)
        for count, changes in RECORDED.values():
            for _ in range(count):
                yield self.event(self.row(next(numbers), places), changes)
        for count, number in enumerate(numbers):
            row = self.row(number, places)
            yield self.event(row)
            if count < TWICE:
                yield self.event(row)

    def statements(self):
        """Control totals, as the ministry states them: (day, events). The first is right; of the second day an event is lost;
        the third is corrected."""
        def sent(days):
            return sum(at.date() == (self.yesterday - (days - 1) * DAY).date() for at in self.issued)

        def on(days, more=0):
            return {"dataset": self.name, "day": str((self.yesterday - (days - 1) * DAY).date()), "events": sent(days) + more}
        return [on(1), on(LATE_DAYS, 1), on(CONTRADICTED_DAYS, 1), on(CONTRADICTED_DAYS)]
