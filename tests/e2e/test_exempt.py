# SPDX-License-Identifier: Apache-2.0
"""What the law exempts (NRL-2) is counted and kept nowhere: not a byte of it in the register, its files or the log."""

import pathlib
import subprocess

from kit import stream
from kit.postgres import BIN

SECRET = "سرّي-Q7XK2V-top-secret"


def found_anywhere(world, text):
    """Where the text is, looking at a whole dump, at the server's raw files and at the engines' logs."""
    dump = subprocess.run([BIN / "pg_dump", "-d", world.postgres.dsn(world.database)], capture_output=True, check=True).stdout
    needles = [text.encode(), text.encode().hex().encode()]
    places = ["dump"] if any(n in dump for n in needles) else []
    world.postgres.sql("CHECKPOINT")
    for path in pathlib.Path(world.postgres.data).rglob("*"):
        if path.is_file() and needles[0] in path.read_bytes():
            places.append(str(path))
    places += [e.process.name for e in world.engines if text in e.log_text()]
    return places


def test_exempt_dataset_leaves_no_byte(world):
    dataset, people = world.residents(options=("--exempt",))
    world.engine().start()
    for number in range(50):
        row = {**people.row(number, 1), "name_ar": SECRET}
        event = stream.upsert(dataset.structure, "civil_no", row)
        event.verdict = "exempt"
        dataset.send(event)
        broken = stream.Event(key=("x",), key_bytes=SECRET.encode(), value_bytes=event.value_bytes[:-3], row={},
                              verdict="exempt", headers=[("h", SECRET.encode())])
        dataset.send(broken)
    dataset.wait_drained()
    assert found_anywhere(world, SECRET) == []
    assert dataset.rows("_state") == [] and dataset.rows("_history") == [] and dataset.quarantine() == []
    assert sum(row["exempt"] for row in dataset.ledger()) == 100
    world.finish()


def test_exempt_rows_leave_no_byte_and_others_are_recorded(world):
    dataset, people = world.residents(
        options=("--exempt-field", "governorate", "--exempt-value", "مسندم", "--exempt-value", "الوسطى"))
    world.engine().start()
    for number in range(200):
        row = people.row(number, 1)
        exempt = row["governorate"] in ("مسندم", "الوسطى")
        if exempt:
            row["name_ar"] = SECRET
        event = stream.upsert(dataset.structure, "civil_no", row)
        event.verdict = "exempt" if exempt else "recorded"
        dataset.send(event)
    # Nobody can tell whether a broken one was exempt: its reason is kept, its bytes are not.
    broken = stream.upsert(dataset.structure, "civil_no", {**people.row(900, 1), "name_ar": SECRET})
    broken.value_bytes += SECRET.encode()
    broken.headers = [("h", SECRET.encode())]
    broken.verdict, broken.reason = "quarantined", "trailing_bytes"
    dataset.send(broken)
    dataset.wait_drained()
    assert found_anywhere(world, SECRET) == []
    rows = dataset.quarantine()
    assert len(rows) == 1 and rows[0]["withheld"]
    assert rows[0]["payload"] is None and rows[0]["key"] is None and rows[0]["headers"] is None
    world.finish()


def test_the_search_would_find_it(world):
    """The check above can fail: the same text in a dataset that is not exempt is found."""
    dataset, people = world.residents()
    world.engine().start()
    dataset.send_all([stream.upsert(dataset.structure, "civil_no", {**people.row(1, 1), "name_ar": SECRET})])
    dataset.wait_drained()
    assert "dump" in found_anywhere(world, SECRET)
    world.finish()
