# SPDX-License-Identifier: Apache-2.0
"""Broken events of the residents' structure: one function a fault, from a good row to an Event with its verdict.

A value is broken by writing it with a lying copy of the structure, in which one field has another type."""

import copy
import json

from kit import stream


class Faults:
    """foreign_id: the schema id of another dataset's structure, None: there is none."""

    def __init__(self, structure, foreign_id=None):
        self.structure = structure
        self.foreign_id = foreign_id

    def all(self):
        """Functions row → Event."""
        names = [n for n in dir(self) if n.startswith("fault_")]
        return [getattr(self, n) for n in names if n != "fault_foreign_structure" or self.foreign_id]

    def _event(self, row, value, reason, path=None, key=None, note=None):
        key_bytes = row["civil_no"].encode() if key is None else key
        return stream.Event(key=(row["civil_no"],), key_bytes=key_bytes or None, value_bytes=value, row=row,
                            order=row["seq"], verdict="quarantined", reason=reason, path=path, note=note or reason)

    def _lie(self, row, reason, field, lying_type, value, note=None):
        """Writes the row with one field as if it had another type."""
        schema = copy.deepcopy(json.loads(self.structure.text))
        for entry in schema["fields"]:
            if entry["name"] == field:
                entry["type"] = lying_type
                entry.pop("default", None)
        liar = stream.Structure(schema, self.structure.schema_id)
        return self._event(row, liar.frame({**row, field: value}), reason, f"/{field}", note=note)

    # -- frame

    def fault_empty_value(self, row):
        return self._event(row, b"", "empty_value")

    def fault_bad_magic(self, row):
        return self._event(row, b"\x07" + self.structure.frame(row)[1:], "bad_frame", note="unknown magic byte")

    def fault_short_frame(self, row):
        return self._event(row, b"\x00\x00\x00", "bad_frame", note="a frame cut short")

    def fault_unknown_structure(self, row):
        return self._event(row, stream.frame(987654, self.structure.avro(row)), "unknown_structure")

    def fault_foreign_structure(self, row):
        return self._event(row, stream.frame(self.foreign_id, self.structure.avro(row)), "foreign_structure")

    # -- bytes

    def fault_truncated(self, row):
        return self._event(row, self.structure.frame(row)[:-1], "truncated", "/active")

    def fault_nothing_after_frame(self, row):
        return self._event(row, self.structure.frame(row)[:5], "truncated", "/civil_no")

    def fault_trailing_byte(self, row):
        return self._event(row, self.structure.frame(row) + b"\x00", "trailing_bytes")

    def fault_long_varint(self, row):
        avro = self.structure.avro(row)
        return self._event(row, stream.frame(self.structure.schema_id, b"\xff" * 11 + avro), "bad_varint", "/civil_no",
                           note="a varint of 11 bytes")

    def fault_int_overflow(self, row):
        return self._lie(row, "bad_varint", "birth_date", "long", 2**40, "an int out of 32 bits")

    def fault_negative_length(self, row):
        return self._event(row, stream.frame(self.structure.schema_id, b"\x03" + self.structure.avro(row)), "bad_length",
                           "/civil_no", note="a negative length")

    def fault_huge_length(self, row):
        value = stream.frame(self.structure.schema_id, b"\xfe\xff\xff\xff\x0f" + self.structure.avro(row))
        event = self._event(row, value, "truncated", "/civil_no", note="a length of two billion")
        return event

    # -- values

    def fault_bad_enum(self, row):
        return self._lie(row, "bad_enum", "sex", "int", 2)

    def fault_bad_branch(self, row):
        return self._lie(row, "bad_branch", "address", "long", 9)

    def fault_bad_boolean(self, row):
        return self._event(row, self.structure.frame(row)[:-1] + b"\x02", "bad_boolean", "/active")

    def fault_bad_utf8(self, row):
        return self._lie(row, "bad_text", "name_en", "bytes", b"Salim \xc3\x28", "invalid UTF-8")

    def fault_nul_in_text(self, row):
        return self._lie(row, "bad_text", "wilayat", "string", "Sur\x00", "U+0000 in text")

    def fault_decimal_too_great(self, row):
        return self._lie(row, "bad_number", "income", "bytes", (10**12).to_bytes(8, "big"), "13 digits in decimal(12,2)")

    def fault_date_out_of_range(self, row):
        return self._lie(row, "bad_time", "birth_date", "int", 2**31 - 1)

    def fault_timestamp_out_of_range(self, row):
        return self._lie(row, "bad_time", "updated_at", "long", 2**63 - 1)

    # -- keys

    def fault_missing_key(self, row):
        return self._event(row, self.structure.frame(row), "missing_key", key=b"")

    def fault_key_mismatch(self, row):
        return self._event(row, self.structure.frame(row), "key_mismatch", key=b"99999999")

    def fault_key_not_text(self, row):
        return self._event(row, self.structure.frame(row), "bad_text", key=b"\xff\xfe\x00", note="a key that is no UTF-8")

    def fault_key_too_long(self, row):
        long_row = {**row, "civil_no": "9" * 1100}
        return self._event(long_row, self.structure.frame(long_row), "key_too_long")
