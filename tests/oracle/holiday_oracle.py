#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the calendar with PyPI's `holidays`, which has Oman, and with plain arithmetic of Python's dates.

The package's days of 2020 to 2026 are written as CSV and as iCalendar; tests/tools/holiday_tool.c reads each. Every day must then
be judged as the package judges it, and working days, working time and the k-th working day of a month must be what Python
counts. Days that the package calls estimated are also loaded as such: they and their neighbours are unsure.

    python3 tests/oracle/holiday_oracle.py --tool build/asan/tests/holiday_tool [--cases N] [--seed S]

Exit 0 when nothing differs, 1 when something does, 2 when the oracle cannot run."""

import argparse
import csv
import datetime
import pathlib
import random
import sys
import tempfile
import zoneinfo

from programs import Program, Tally

try:
    import holidays
except ImportError:
    print("the package holidays is missing: ops/install")
    sys.exit(2)

DAY = datetime.timedelta(days=1)
FIRST, LAST = datetime.date(2020, 1, 1), datetime.date(2026, 12, 31)
ESTIMATED = " (estimated)"
MUSCAT = zoneinfo.ZoneInfo("Asia/Muscat")


def days(first=FIRST, last=LAST):
    return [first + i * DAY for i in range((last - first).days + 1)]


def listed():
    """(day, name, is it estimated), each name of a day on its own."""
    oman = holidays.country_holidays("OM", years=range(2020, 2027), language="en_US")
    for day in sorted(oman):
        for name in oman.get_list(day):
            yield day, name.removesuffix(ESTIMATED), name.endswith(ESTIMATED)


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["date", "kind", "name_en", "instrument", "instrument_date"])
        for day, name, estimated in rows:
            out.writerow([day, "estimated" if estimated else "announced", name, "a decree", "2020-01-01"])


def fold(line):
    """RFC 5545 3.1: at most 75 bytes a line, here few, so that most are folded."""
    return "\r\n ".join(line[i:i + 30] for i in range(0, len(line), 30)) + "\r\n"


def write_ics(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
        for day, name, estimated in rows:
            text = name.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
            for line in ("BEGIN:VEVENT", f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + DAY:%Y%m%d}",
                         "SUMMARY:" + text, "STATUS:" + ("TENTATIVE" if estimated else "CONFIRMED"), "END:VEVENT"):
                file.write(fold(line))
        file.write("END:VCALENDAR\r\n")


def equal(tally, what, got, want):
    tally.put(what, None if got == want else f"{got!r}, and not {want!r}")


def check_days(tally, tool, what, oman):
    for day in days():
        weekend = day.weekday() in (4, 5)
        want = "weekend" if weekend else "holiday" if day in oman else "working"
        equal(tally, f"{what} {day}", tool.ask_line(f"day {day}"), want)
        if (want == "working") != oman.is_working_day(day):
            tally.put(f"the package on {day}", "its weekend is not Friday and Saturday")


def check_estimates(tally, tool, rows):
    sure = {day for day, _, estimated in rows if not estimated}
    unsure = {day + i * DAY for day, _, estimated in rows if estimated for i in (-1, 0, 1)} - sure
    for day in days():
        weekend = day.weekday() in (4, 5)
        want = "weekend" if weekend else "unsure" if day in unsure else "holiday" if day in sure else "working"
        equal(tally, f"estimates {day}", tool.ask_line(f"day {day}"), want)


class Python:
    """The same questions, by adding up days."""

    def __init__(self, oman, opens, closes):
        self.opens, self.closes = opens, closes
        self.working = [day for day in days() if oman.is_working_day(day)]

    def days(self, first, last):
        return sum(first <= day <= last for day in self.working)

    def window(self, day):
        midnight = datetime.datetime.combine(day, datetime.time(), MUSCAT).timestamp()
        return midnight + self.opens * 60, midnight + self.closes * 60

    def elapsed(self, start, end):
        near = (datetime.date.fromtimestamp(start) - 2 * DAY, datetime.date.fromtimestamp(end) + 2 * DAY)
        windows = (self.window(day) for day in self.working if near[0] <= day <= near[1])
        return int(sum(max(0, min(b, end) - max(a, start)) for a, b in windows))

    def month(self, year, month, k):
        of_month = [day for day in self.working if (day.year, day.month) == (year, month)]
        place = k - 1 if k > 0 else k
        return str(of_month[place]) if k != 0 and -len(of_month) <= place < len(of_month) else None


def check_random(tally, tool, python, cases, rng):
    span = (LAST - FIRST).days
    lowest = int(datetime.datetime(2020, 2, 1, tzinfo=MUSCAT).timestamp())
    for _ in range(cases):
        first = FIRST + rng.randrange(span) * DAY
        last = first + rng.randrange(-3, 900) * DAY
        last = min(last, LAST)
        equal(tally, f"days {first} {last}", tool.ask_line(f"days {first} {last}"), python.days(first, last))
        start = lowest + rng.randrange(span * 80000)
        end = start + rng.randrange(40 * 86400)
        got = tool.ask_line(f"elapsed {start} {end}")
        equal(tally, f"elapsed {start} {end}", got, python.elapsed(start, end))
        then = tool.ask_line(f"add {start} {got}")
        equal(tally, f"add {start} {got}", python.elapsed(start, then), got)
        year, month, k = rng.randrange(2020, 2027), rng.randrange(1, 13), rng.randrange(-24, 25)
        equal(tally, f"month {year} {month} {k}", tool.ask_line(f"month {year} {month} {k}"), python.month(year, month, k))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    args = parser.parse_args()
    oman = holidays.country_holidays("OM", years=range(2020, 2027))
    rows = list(listed())
    announced = [(day, name, False) for day, name, _ in rows]
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for kind, write in (("csv", write_csv), ("ics", write_ics)):
            path = pathlib.Path(folder) / ("sure." + kind)
            write(path, announced)
            tool = Program(args.tool, path, "Asia/Muscat", "450", "870")
            check_days(tally, tool, kind, oman)
            path = pathlib.Path(folder) / ("estimated." + kind)
            write(path, rows)
            check_estimates(tally, Program(args.tool, path, "Asia/Muscat", "450", "870"), rows)
        check_random(tally, tool, Python(oman, 450, 870), args.cases, random.Random(args.seed))
    print(f"seed {args.seed}; {len({day for day, _, _ in rows})} days of holidays")
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(1 if tally.failed or not rows else 0)


if __name__ == "__main__":
    main()
