# SPDX-License-Identifier: Apache-2.0
"""A generated civil register: people with Arabic names whose entries change, arrive out of order, twice, or broken."""

import datetime
import decimal
import random

from kit import paths, stream

STRUCTURE_FILE = paths.ROOT / "ops" / "demo.d" / "rop.residents.avsc"

GIVEN = [("أحمد", "Ahmed"), ("سالم", "Salim"), ("خالد", "Khalid"), ("هلال", "Hilal"), ("ناصر", "Nasser"),
         ("سعيد", "Said"), ("يوسف", "Yousuf"), ("بدر", "Badr"), ("فاطمة", "Fatma"), ("عائشة", "Aisha"),
         ("مريم", "Maryam"), ("شيخة", "Shaikha"), ("زينب", "Zainab"), ("موزة", "Moza"), ("خديجة", "Khadija"),
         ("نورة", "Noora")]
FAMILY = [("البلوشي", "Al Balushi"), ("الحارثي", "Al Harthy"), ("الهنائي", "Al Hinai"), ("المعمري", "Al Maamari"),
          ("الكندي", "Al Kindi"), ("السيابي", "Al Siyabi"), ("الرواحي", "Al Rawahi"), ("الشحي", "Al Shehhi"),
          ("الغافري", "Al Ghafri"), ("المهري", "Al Mahri")]
PLACES = [("مسقط", "السيب"), ("مسقط", "بوشر"), ("مسقط", "مطرح"), ("ظفار", "صلالة"), ("ظفار", "ثمريت"),
          ("الداخلية", "نزوى"), ("الداخلية", "بهلاء"), ("شمال الباطنة", "صحار"), ("جنوب الباطنة", "الرستاق"),
          ("شمال الشرقية", "إبراء"), ("جنوب الشرقية", "صور"), ("الظاهرة", "عبري"), ("البريمي", "البريمي"),
          ("مسندم", "خصب"), ("الوسطى", "هيماء")]
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


class Residents:
    """Rows and events; every call moves the seed on, so a seed gives one stream."""

    def __init__(self, structure, seed=1):
        self.structure = structure
        self.random = random.Random(seed)
        self.seq = {}
        self.last = {}
        self.clock = 0

    def row(self, number, seq):
        r = self.random
        given, family = r.choice(GIVEN), r.choice(FAMILY)
        father = r.choice(GIVEN[:8])
        governorate, wilayat = r.choice(PLACES)
        self.clock += r.randrange(1, 5_000_000)
        address = r.choice([None, f"{wilayat}، سكة {r.randrange(1, 9999)}, House {r.randrange(1, 99)}"])
        return {
            "civil_no": f"{number:08d}",
            "name_ar": f"{given[0]} بن {father[0]} {family[0]}",
            "name_en": f"{given[1]} {father[1]} {family[1]}",
            "birth_date": datetime.date(1930, 1, 1) + datetime.timedelta(days=r.randrange(0, 34000)),
            "sex": "MALE" if given in GIVEN[:8] else "FEMALE",
            "governorate": governorate,
            "wilayat": wilayat,
            "address": address,
            "income": decimal.Decimal(r.randrange(-10_000, 999_999_999)).scaleb(-2),
            "updated_at": START + datetime.timedelta(microseconds=self.clock),
            "seq": seq,
            "active": r.random() < 0.97,
        }

    def change(self, number):
        """The next version of a person's entry."""
        seq = self.seq.get(number, 0) + self.random.randrange(1, 4)
        self.seq[number] = seq
        event = stream.upsert(self.structure, "civil_no", self.row(number, seq))
        self.last[number] = event
        return event

    def older(self, number):
        """A version with an order that was passed already."""
        seq = self.random.randrange(-3, self.seq.get(number, 0))
        return stream.upsert(self.structure, "civil_no", self.row(number, seq))

    def tied(self, number):
        """Another version with the order of the last one, as happens where the order is a time in seconds."""
        return stream.upsert(self.structure, "civil_no", self.row(number, self.seq.get(number, 0)))

    def again(self, number):
        """The last version once more."""
        last = self.last[number]
        return stream.Event(key=last.key, key_bytes=last.key_bytes, value_bytes=last.value_bytes, row=last.row,
                            order=last.order, headers=last.headers)

    def delete(self, number, with_order=None):
        if with_order is None:
            with_order = self.random.random() < 0.5
        key = f"{number:08d}"
        if not with_order:
            return stream.tombstone(key)
        self.seq[number] = self.seq.get(number, 0) + 1
        return stream.tombstone(key, self.seq[number])

    def mixed(self, people, broken=None, broken_share=0.0):
        """Any event: mostly changes, some older, repeated, deletes; a share of broken ones from `broken`."""
        number = self.random.randrange(1, people + 1)
        if broken and self.random.random() < broken_share:
            return self.random.choice(broken)(self.row(number, self.seq.get(number, 0) + 1))
        dice = self.random.random()
        if number not in self.last or dice < 0.80:
            return self.change(number)
        if dice < 0.85:
            return self.older(number)
        if dice < 0.88:
            return self.tied(number)
        if dice < 0.93:
            return self.again(number)
        return self.delete(number)


def structure():
    return stream.Structure(STRUCTURE_FILE)
