# SPDX-License-Identifier: Apache-2.0
"""The checker and `nrc ledger verify` can fail: each kind of damage to the register is seen."""

import pytest
from kit import checker, faults

HISTORY, STATE = "rop.residents_history", "rop.residents_state"
ONE = "(SELECT {0} FROM {1} WHERE _op <> 'd' ORDER BY _offset LIMIT 1)"

# what is done to the register → whether `nrc ledger verify` must see it too
DAMAGE = {
    "a history row is lost": (f"DELETE FROM {HISTORY} WHERE _offset = 5", True),
    "a history row is doubled": (f"INSERT INTO {HISTORY} SELECT * FROM {HISTORY} WHERE _offset = 5", True),
    "a value in history differs": (f"UPDATE {HISTORY} SET name_en = 'x' WHERE _offset = 5", False),
    "an effect differs": (f"UPDATE {HISTORY} SET _effect = 's' WHERE _offset = 5", True),
    "a state row is lost": (f"DELETE FROM {STATE} WHERE civil_no = '00000007'", False),
    "a value in the state differs": (f"UPDATE {STATE} SET name_en = 'x' WHERE civil_no = '00000007'", False),
    "an older version won": (f"UPDATE {STATE} SET _order = _order - 1 WHERE civil_no = '00000007'", False),
    "a deleted key is live": (f"UPDATE {STATE} SET _op = 'u' WHERE _op = 'd'", False),
    "a key too many": (f"UPDATE {STATE} SET civil_no = 'nobody' WHERE civil_no = '00000007'", False),
    "a quarantined event is lost": ("DELETE FROM nrc.quarantine WHERE topic_offset = 300", True),
    "a reason differs": ("UPDATE nrc.quarantine SET reason = 'bad_text' WHERE topic_offset = 300", False),
    "a ledger row is lost": ("DELETE FROM nrc.ledger WHERE from_offset = (SELECT min(from_offset) FROM nrc.ledger)", True),
    "a position is moved": ("UPDATE nrc.position SET next_offset = next_offset + 1", True),
}


@pytest.fixture(scope="module")
def settled(module_world):
    """A register that equals its stream."""
    dataset, people = module_world.residents()
    node = module_world.engine().start()
    for _ in range(3):
        dataset.send_all(people.change(n) for n in range(100))
        dataset.wait_drained()
    dataset.send(faults.Faults(dataset.structure).fault_bad_enum(people.row(1, 1)))
    dataset.send(people.delete(99))
    dataset.wait_drained()
    assert node.stop() == 0
    dataset.check()
    module_world.verify()
    return dataset


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_seen(settled, what):
    statement, seen_by_verify = DAMAGE[what]
    world = settled.world
    with world.connect() as db:
        db.execute("BEGIN")
        assert db.execute(statement).rowcount >= 1
        with pytest.raises(checker.Difference):
            checker.Checker(db, settled.name, settled.sender.sent, settled.key_fields, topic=settled.topic).check()
        faults_found = db.execute("SELECT (SELECT count(*) FROM nrc.ledger_faults()) + (SELECT count(*) FROM nrc.dataset d,"
                                  " nrc.dataset_faults(d.id))").fetchone()[0]
        db.execute("ROLLBACK")
    assert not seen_by_verify or faults_found > 0
