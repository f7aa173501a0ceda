# SPDX-License-Identifier: Apache-2.0
"""The reference model: the rows of a correct register after a stream, by the rules of order, deletes and effects.

Written from the rules, not from the engine, and event by event: no batches, no folding."""

import collections
import dataclasses

NOTHING = -(2**63)  # the order below every event's own


@dataclasses.dataclass
class Version:
    order: int
    deleted: bool
    row: dict | None
    event: object
    partition: int | None
    ts_ms: int | None
    by_arrival: bool = False  # deleted by a tombstone that has no order of its own


def held(row):
    """What a row's columns hold: a field that its structure does not have yet is null in the register, as one that is null."""
    return row and {name: value for name, value in row.items() if value is not None}


class Model:
    """One dataset. Events of one key must be given in their arrival order."""

    def __init__(self, declared_order=True):
        self.declared_order = declared_order
        self.state = {}
        self.counts = collections.Counter()
        self.reasons = collections.Counter()

    def take(self, event):
        """The verdict: applied, duplicate, stale, quarantined or exempt."""
        verdict = event.verdict
        if verdict == "recorded":
            verdict = self._apply(event)
        elif verdict == "quarantined":
            self.reasons[event.reason] += 1
        self.counts[verdict] += 1
        self.counts["received"] += 1
        return verdict

    def _apply(self, event):
        now = self.state.get(event.key)
        effect, order = self._decide(now, event)
        if effect == "applied":
            self.state[event.key] = Version(order, event.is_delete, event.row, event, event.partition, event.ts_ms,
                                            self.declared_order and event.order is None)
        return effect

    def _decide(self, now, event):
        if not self.declared_order:
            return ("applied" if now is None or self._is_later(now, event) else "stale"), event.offset
        if event.order is None:  # a delete that holds by arrival; only a strictly greater order revives the key
            return "applied", now.order if now else NOTHING
        if now is None or event.order > now.order:
            return "applied", event.order
        return (self._decide_equal(now, event) if event.order == now.order else "stale"), now.order

    @staticmethod
    def _is_later(now, event):
        return now.partition == event.partition or event.ts_ms >= now.ts_ms

    def _decide_equal(self, now, event):
        """Sent twice; or two updates of one order, of which the later arrival is newer."""
        if (event.is_delete and now.deleted) or (event.is_delete == now.deleted and held(event.row) == held(now.row)):
            return "duplicate"
        return "applied" if self._is_later(now, event) and not now.by_arrival else "stale"

    @property
    def live(self):
        return {key: version for key, version in self.state.items() if not version.deleted}

    def recorded(self):
        return sum(self.counts[effect] for effect in ("applied", "duplicate", "stale"))
