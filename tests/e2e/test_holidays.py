# SPDX-License-Identifier: Apache-2.0
"""Public holidays: announced, or estimated until they are; loaded from CSV or iCalendar, and kept with their history."""

import json

CSV = """date,end_date,name_ar,name_en,kind,instrument,instrument_date
2027-03-09,2027-03-12,عيد الفطر,Eid al-Fitr,estimated,,
2027-01-11,,يوم تولي السلطان,Accession Day,announced,Royal Decree 8/2027,2027-01-03
"""


def loaded(world, path, *options):
    return json.loads(world.nrc.run("holiday", "load", path, *options, "--json").stdout)


def rows(world, *options):
    return {(row["first_day"], row["kind"], row["state"]): row for row in world.nrc.json("holiday", "list", *options)}


def test_a_list_is_tried_loaded_and_loaded_again(world, tmp_path):
    path = tmp_path / "2027.csv"
    path.write_text(CSV, encoding="utf-8")
    assert loaded(world, path, "--dry-run") == {"added": 2, "replaced": 0, "kept": 0, "dry_run": True}
    assert world.nrc.json("holiday", "list") == []
    assert loaded(world, path) == {"added": 2, "replaced": 0, "kept": 0, "dry_run": False}
    assert loaded(world, path) == {"added": 0, "replaced": 0, "kept": 2, "dry_run": False}
    eid = rows(world)["2027-03-09", "estimated", "in_force"]
    assert (eid["name_ar"], eid["last_day"], eid["instrument"]) == ("عيد الفطر", "2027-03-12", None)
    assert eid["loaded_by"] and eid["loaded_at"]
    assert "عيد الفطر" in world.nrc.run("holiday", "list", "--year", "2027").stdout
    assert world.nrc.json("holiday", "list", "--year", "2026") == []


def test_an_announcement_takes_the_place_of_the_estimate_which_stays_on_record(world, tmp_path):
    """NRL-18: who changed what, when and why."""
    path = tmp_path / "2027.csv"
    path.write_text(CSV, encoding="utf-8")
    loaded(world, path)
    said = json.loads(world.nrc.run("holiday", "announce", "2027-03-10", "--until", "2027-03-12", "--name", "Eid al-Fitr",
                                    "--instrument", "Statement 4/2027", "--dated", "2027-03-08", "--json").stdout)
    assert said == {"added": 1, "replaced": 1, "kept": 0, "dry_run": False}
    assert ("2027-03-09", "estimated", "in_force") not in rows(world)
    history = rows(world, "--all")
    assert history["2027-03-09", "estimated", "replaced"]["why"] == "Statement 4/2027"
    announced = history["2027-03-10", "announced", "in_force"]
    assert loaded(world, path)["kept"] == 2  # the estimate does not come back
    world.nrc.run("holiday", "withdraw", announced["id"], "--why", "moved by a later statement")
    world.nrc.run("holiday", "withdraw", announced["id"], "--why", "again", ok=(1,))
    assert rows(world, "--all")["2027-03-10", "announced", "withdrawn"]["why"] == "moved by a later statement"
    trail = world.nrc.json("audit", "list", "--object", f"holiday/{announced['id']}")
    assert [entry["what"] for entry in trail] == ["holiday.withdrawn", "holiday.announced"]


def test_icalendar_takes_its_instrument_from_the_command(world, tmp_path):
    path = tmp_path / "2027.ics"
    path.write_bytes("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20271118\r\nDTEND;VALUE=DATE:20271120\r\n"
                     "SUMMARY:اليوم الوطني\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode())
    refused = world.nrc.run("holiday", "load", path, ok=(2, 1))
    assert "line 2: an announced holiday names its instrument" in refused.stderr
    assert loaded(world, path, "--instrument", "Decree 1/2027", "--dated", "2027-01-01")["added"] == 1
    day = rows(world)["2027-11-18", "announced", "in_force"]
    assert (day["last_day"], day["name"], day["name_ar"]) == ("2027-11-19", None, "اليوم الوطني")
    assert (day["instrument"], day["instrument_date"]) == ("Decree 1/2027", "2027-01-01")


def test_a_fault_is_named_by_file_and_line_and_nothing_is_loaded(world, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(CSV + "2027-02-29,,,Leap day,estimated,,\n", encoding="utf-8")
    refused = world.nrc.run("holiday", "load", path, ok=(2, 1))
    assert "line 4, column date" in refused.stderr and "bad.csv" in refused.stderr
    path = tmp_path / "bad.ics"
    path.write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\nRRULE:FREQ=YEARLY\n", encoding="utf-8")
    refused = world.nrc.run("holiday", "load", path, ok=(2, 1))
    assert "line 4: RRULE" in refused.stderr
    assert world.nrc.json("holiday", "list", "--all") == []
