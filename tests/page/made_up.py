# SPDX-License-Identifier: Apache-2.0
"""The stand-in's register: a thousand sources in two languages, some with hostile names, and what belongs to them."""

import datetime
import random
import re

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
AGENCIES = [
    ("moh", "Ministry of Health", "وزارة الصحة"), ("moj", "Ministry of Justice", "وزارة العدل"),
    ("rop", "Royal Police", "الشرطة"), ("moe", "Ministry of Education", "وزارة التعليم"),
    ("moci", "Ministry of Commerce", "وزارة التجارة"), ("mol", "Ministry of Labour", "وزارة العمل"),
    ("moh_x", "Municipality <script>alert(1)</script>", "بلدية \u202eمسقط"), ("cbo", "Central Bank", "البنك المركزي"),
]
NAMES = [("Births", "المواليد"), ("Deaths", "الوفيات"), ("Marriages", "عقود الزواج"), ("Licences", "الرخص"),
         ("Vehicles", "المركبات"), ("Companies", "الشركات"), ("Contracts of work", "عقود العمل"), ("Pupils", "الطلبة")]
# status, severity, English, Arabic, what to do in both; how many in a thousand
KINDS = [
    ("halted", 3, "Partition 1 is halted since its log starts above the position: 1,204 events are gone from Kafka.",
     "القسم 1 معطل لأن سجله يبدأ بعد الموضع: 1204 أحداث لم تعد في Kafka.",
     "Ask the agency to send again what is missing, then accept the gap.", "اطلب من الجهة إعادة إرسال ما ينقص ثم اقبل الفجوة.", 2),
    ("stopped", 3, "18,330 events wait and no engine has the partition.", "18330 حدثا تنتظر ولا محرك يملك القسم.",
     "Start an engine.", "شغل محركا.", 3),
    ("late", 2, "No sign of life from the source: nothing arrived for 3 hours, and it promised 15 minutes.",
     "لا دليل على أن المصدر يعمل: لم يصل شيء منذ 3 ساعات، وهو متعهد بـ15 دقيقة.", "Call the agency’s coordinator.",
     "اتصل بمنسق الجهة.", 14),
    ("behind", 2, "Events wait for longer than promised, and do not get less.", "تنتظر الأحداث أطول من المتعهد به ولا تتناقص.",
     "Add an engine or lanes.", "أضف محركا.", 9),
    ("unknown", 1, "The broker did not say where the log ends.", "لم يقل الوسيط أين ينتهي السجل.", "See whether the broker answers.",
     "تحقق من أن الوسيط يجيب.", 7),
    ("suspended", 0, "An announced stop, until 14:00.", "إيقاف معلن بإخطار مسبق حتى 14:00.", None, None, 5),
    ("paused", 0, "Paused by Salim.", "أوقفه سالم مؤقتا.", None, None, 2),
    ("catching_up", 0, "The stop is over; what was missed is coming in.", "انتهى الإيقاف وما فات يصل الآن.", None, None, 3),
    ("quiet", 0, "The source lives and has nothing to send.", "المصدر يعمل وليس لديه ما يرسله.", None, None, 40),
    ("not_watched", 0, "No topic is declared.", "لم يصرح بموضوع.", None, None, 20),
]
SILENCES = ["dead_source", "broken_path", "slow_center", "no_cause"]


def at(seconds_ago):
    return (NOW - datetime.timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def hostile(n):
    return {
        11: ("<script>alert('name')</script><img src=x onerror=alert(1)>", "<b>مواليد</b>"),
        12: ("Right\u202eto left\u2066 unclosed", "من\u202dاليسار"),
        13: ("Long " + "name " * 60, "اسم " * 75),
        14: ("", None),
        15: ("javascript:alert(1)", "{n} {name} ${x}"),
    }.get(n)


class World:
    def __init__(self, count=1000):
        dice = random.Random(12)
        self.cursor = 1
        self.sources = []
        bag = [kind for kind in KINDS for _ in range(kind[6])]
        for n in range(count):
            agency = AGENCIES[n % len(AGENCIES)]
            name = NAMES[n // len(AGENCIES) % len(NAMES)]
            kind = bag[n] if n < len(bag) else ("ok", 0, "In time; the last event came a moment ago.",
                                                "في الوقت المناسب، وآخر حدث وصل قبل لحظة.", None, None, 0)
            self.sources.append(self.source(n, agency, name, kind, dice))
        self.sources[0].update(structure_version=3, since=at(600000))  # the worst
        self.by_name = {s["dataset"]: s for s in self.sources}
        self.incidents = [self.incident(n) for n in range(1, 31)]

    @staticmethod
    def source(n, agency, name, kind, dice):
        status, severity = kind[0], kind[1]
        waits = status in ("halted", "stopped", "behind", "catching_up")
        known = status not in ("unknown", "not_watched")
        dataset = f"{agency[0]}.{name[0].lower().split()[0]}_{n}"
        odd = hostile(n)
        names = odd or (f"{name[0]} {n}", f"{name[1]} {n}")
        return {
            "dataset": "moh.births" if n == 0 else dataset, "agency": agency[0], "name": names[0], "name_ar": names[1],
            "agency_name": agency[1], "agency_name_ar": agency[2], "status": status, "severity": severity,
            "since": at(dice.randint(60, 400000)) if status != "not_watched" else None,
            "sentence": kind[2], "sentence_ar": kind[3], "what_to_do": kind[4], "what_to_do_ar": kind[5],
            "cause": {"incident": 3, "kind": "kafka_trouble"} if status == "stopped" else None,
            "lag": {"verdict": "unknown" if not known else "ok", "events": dice.randint(1000, 90000) if waits else 0 if known else None,
                    "is": "known" if known else "unknown", "age_s": dice.randint(100, 9000) if waits else 0 if known else None,
                    "trend": "grows" if waits else "unknown", "change_per_s": 12.5 if waits else None,
                    "catch_up_s": None if status in ("stopped", "halted") else 340, "headroom_s": 90000 if waits else None},
            "freshness": None if status == "not_watched" else {
                "state": "late" if status == "late" else "fresh", "reason": SILENCES[n % 4] if status == "late" else None,
                "since": at(10900), "limit_at": at(9900), "last_arrival_at": at(11000) if status == "late" else at(dice.randint(1, 600))},
            "completeness": dice.choice([1, 1, 0.9999, 0.97, None]) if known else None, "quality": dice.choice([0.99, 0.95, None]),
            "quarantine_open": dice.choice([0, 0, 0, 3, 1250]), "incidents_open": 1 if severity else 0,
            "structure_version": dice.choice([1, 2, 3, None]), "structure_changed_at": at(dice.randint(90000, 9000000)),
            "judged_at": at(20),
        }

    def incident(self, n):
        source = self.sources[n]
        return {
            "id": n, "kind": ["late", "gap", "kafka_trouble", "rule_warned", "engine_failed"][n % 5], "severity": [3, 2, 1][n % 3], "owner": "dataset",
            "dataset": None if n % 5 == 4 else source["dataset"], "topic": source["dataset"] if n % 2 else None, "partition": 1 if n % 2 else None,
            "engine": "a-0" if n % 5 == 4 else None, "detail": "no event for 3 h 2 min <b>(limit 15 min)</b>", "state": ["open", "acknowledged", "open"][n % 3],
            "opened_at": at(n * 700), "last_seen_at": at(30), "count": n * 3, "reopened": n % 2, "closed_at": None, "closed_why": None,
            "acknowledged_by": "Salim" if n % 3 == 1 else None, "acknowledged_at": at(600) if n % 3 == 1 else None,
            "assigned_to": "Maryam" if n % 4 == 0 else None, "caused_by": 3 if n in (8, 13, 18) else None, "causes": 3 if n == 3 else 0,
            "opens_when": "a source is later than its contract allows, on its calendar", "what_to_do": "nrc freshness says where the fault is",
            "what_to_do_ar": "الأمر nrc freshness يبين موضع العلة",
        }

    def change(self, dataset):
        self.cursor += 1
        source = self.by_name[dataset]
        source.update({"status": "late", "severity": 2, "since": at(0), "sentence": "It has just become late.", "sentence_ar": "تأخر للتو.",
                       "changed": self.cursor})

    # -- answers

    def get(self, path, query, agency):
        for pattern, answer in ROUTES:
            found = re.fullmatch(pattern, path)
            if found:
                return answer(self, query, agency, *found.groups())
        return None

    def post(self, path, body):
        if path.startswith("/nrc/v1/quarantine/"):
            judged = [{"id": 4711, "would": "applied", "reason": None, "rule": None},
                      {"id": 4712, "would": "quarantined", "reason": "rule_failed", "rule": "born before recorded"}]
            return {"selected": 3, "withheld": 1, "changed": 0 if body.get("dry_run") else 2, **({"judged": judged} if "replay" in path else {})}
        if path.endswith("/acknowledgement"):
            incident = self.incidents[int(path.split("/")[4]) - 1]
            incident.update(state="acknowledged", acknowledged_by="Salim", acknowledged_at=at(0))
            return incident
        if path.endswith("/approval"):
            REQUEST.update(state="approved", approvals=1)
            return REQUEST
        return {}

    def all_sources(self, query, agency):
        since = int(query.get("changed_since") or 0)
        rows = [s for s in self.sources if (not agency or s["agency"] == agency) and (not since or s.get("changed", 0) > since)]
        return {"cursor": str(self.cursor), "sources": sorted(rows, key=lambda s: -s["severity"])}

    def one_source(self, _query, agency, dataset):
        source = self.by_name.get(dataset)
        if source is None or (agency and source["agency"] != agency):
            return None
        parts = [{"topic": dataset, "partition": n, "position": 88123 + n, "log_start": 100, "log_end": 99000, "events": [0, 1204, None][n], "is": ["known", "known", "unknown"][n],
                  "age_s": [0, 730, None][n], "trend": None, "change_per_s": None, "catch_up_s": None, "headroom_s": [None, 90000, None][n],
                  "verdict": ["ok", "stop", "unknown"][n], "state": ["open", "halted", "paused"][n], "engine": ["a-0", None, "a-1"][n]} for n in range(3)]
        return {**source, "partitions": parts, "contract": {"version": "1.3.0", "cadence": "continuous", "latency_s": 900},
                "coordinator": {"name": "Aisha", "division": "قسم السجلات", "head": "Said bin Ali",
                                "sentence": "Nothing has arrived from Births since 10:42. Please see whether your system sends.",
                                "sentence_ar": "لم يصل شيء من المواليد منذ 10:42. يرجى التحقق من أن نظامكم يرسل."}}

    def series(self, query, _agency, _dataset):
        step, count = (300, 400) if query.get("span") == "week" else (60, 60)
        dice = random.Random(3)
        points = []
        for i in range(count):
            hole = 20 < i < 26
            points.append({"at": at((count - i) * step), "lag_events": None if hole else max(0, (i - 30) * 90 + dice.randint(0, 40)), "lag_age_s": None if hole else max(0, (i - 30) * 25),
                           "latency_s": None if hole else 1.5 + dice.random(), "taken": None if hole else dice.randint(900, 1100), "rejected": None if hole else dice.randint(0, 9)})
        return {"step_s": step, "points": points}

    def overview(self, _query, agency):
        counts = {}
        for s in self.sources:
            if not agency or s["agency"] == agency:
                counts[s["status"]] = counts.get(s["status"], 0) + 1
        own = {"counts": counts, "sources": sum(counts.values()), "incidents_open": 30, "quarantine_open": 4711}
        return own if agency else {**own, "engines": [{"instance": "a-0", "state": "working", "since": at(90000), "partitions": 40}, {"instance": "b-0", "state": "gone", "since": at(740), "partitions": 0}],
                                   "register": {"state": "ok", "free_bytes": 81000000000, "days_until_full": 5}, "monitor": {"turned_at": at(20), "took_ms": 340}}


def quality(_world, _query, _agency, _dataset):
    dice = random.Random(4)
    return [{"dataset": "moh.births", "from": at(86400 * d), "until": at(86400 * (d - 1)), "contract": "1.3.0", "received": 1000, "accuracy": 99.98, "validity": 97 + dice.random() * 3,
             "consistency": None, "timeliness": None if d == 9 else 90 + dice.random() * 10, "relevance": 100, "completeness": 99 + dice.random(), "structure_fitness": 100,
             "source_credibility": 80, "flow_readiness": None, "dimensions": []} for d in range(30, 0, -1)]


FINDINGS = {"from": {"version": 2}, "to": {"version": 3}, "worst": "breaking", "collects_more": True, "safe": 1, "review": 1, "breaking": 1, "omitted": 2, "findings": [
    {"rule": "type-changed", "class": "breaking", "path": "weight", "before": "int", "after": "string", "collects_more": False, "text": "the type changed", "text_ar": "تغيّر النوع", "title": None, "title_ar": None, "accepted": None},
    {"rule": "field-removed", "class": "review", "path": "addr.<script>", "before": "string", "after": None, "collects_more": False, "text": "a field was removed", "text_ar": "أُزيل حقل", "title": None, "title_ar": None, "accepted": None},
    {"rule": "optional-field-added", "class": "safe", "path": "tags[]", "before": None, "after": "string", "collects_more": True, "text": "a field with a default was added", "text_ar": "أُضيف حقل له قيمة افتراضية", "title": None, "title_ar": None, "accepted": None}],
    "dependents": [{"path": "weight", "kind": "view", "name": "moh.births_report", "through": None}], "asked_by": None, "subscribers": None}
REQUEST = {"id": 3, "dataset": "moh.births", "version": None, "schema_id": 14, "class": "breaking", "collects_more": True, "state": "pending", "approvals": 0, "people": 1, "needs_notice": True, "notice": 7,
           "effective_at": at(-90000), "filed_at": at(7200), "filed_by": "moh-producer", "reason": "الوزن يصير نصا <i>", "subject": "moh.births-value", "difference": FINDINGS, "decisions": []}
NOTICES = [{"id": 7, "kind": "stop", "kind_ar": "إيقاف", "agency": "moh", "system": None, "datasets": ["moh.births"], "state": "in_force", "starts_at": at(3600), "ends_at": at(-3600), "lead_hours": 26.5, "late": False,
            "reason": "صيانة", "means": "USB", "filed_at": at(99000), "filed_by": "moh-producer", "withdrawn_at": None, "history": []},
           {"id": 8, "kind": "modification", "kind_ar": "تعديل", "agency": "moh", "system": None, "datasets": ["moh.births"], "state": "announced", "starts_at": at(-90000), "ends_at": None, "lead_hours": 0.5, "late": True,
            "reason": "new form", "means": None, "filed_at": at(99000), "filed_by": "moh-producer", "withdrawn_at": None, "history": []}]
EVENT = {"id": 4711, "dataset": "moh.births", "topic": "moh.births", "partition": 3, "offset": 88123, "recorded_at": at(5000), "event_time": at(9000), "reason": "rule_failed", "rule": "born before recorded", "path": "/born",
         "sentence": "It breaks the rule “born before recorded”.", "sentence_ar": "يخالف القاعدة «born before recorded».", "state": "open", "assigned_to": None, "note": None, "changed_by": None, "changed_at": None, "withheld": False}
EVENTS = [EVENT, {**EVENT, "id": 4712, "reason": "truncated", "rule": None, "path": None, "sentence": "The value is cut short.", "sentence_ar": "القيمة مقطوعة.", "state": "discarded", "assigned_to": "Maryam", "note": "test system"},
          {**EVENT, "id": 4713, "dataset": "moh.deaths", "withheld": True, "event_time": None}]
GROUPS = [{"dataset": "moh.births", "reason": "rule_failed", "rule": "born before recorded", "path": "/born", "open": 1250, "replay": 0, "discarded": 3, "replayed": 12, "superseded": 1, "withheld": 0, "first_at": at(90000), "last_at": at(300), "assigned_to": None},
          {"dataset": "moh.births", "reason": "truncated", "rule": None, "path": None, "open": 4, "replay": 2, "discarded": 0, "replayed": 0, "superseded": 0, "withheld": 0, "first_at": at(9000), "last_at": at(8000), "assigned_to": "Maryam"}]


def one_event(_world, _query, agency, number):
    event = next((e for e in EVENTS if str(e["id"]) == number), None)
    if event is None or agency == "moj":
        return None
    return {**event, "violations": [{"rule": "born before recorded", "path": "/born", "message": "born 2099 is after recorded 2026"}],
            "key": {"structure": None, "json": "12345678", "ends_at_byte": None, "fault": None},
            "value": {"structure": {"subject": "moh.births-value", "version": 3}, "json": {"id": "12345678", "name": None, "born": "2099-01-01"}, "ends_at_byte": 40 if number == "4712" else None,
                      "fault": "the value is cut short in field “weight”" if number == "4712" else None},
            "headers": [{"name": "trace", "value": "abc"}], "hex": "00000000040a68656c6c6f" * 20, "raw_bytes": 220, "redacted": ["/name"],
            "history": [{"at": at(4000), "what": "assigned", "why": "knows the source", "by": "Salim"}]}


def one_incident(world, _query, _agency, number):
    found = next((i for i in world.incidents if str(i["id"]) == number), None)
    return found and {**found, "history": [{"at": at(900), "what": "opened", "detail": None, "by": None}, {"at": at(600), "what": "commented", "detail": "اتصلت بالمنسق <script>", "by": "Salim"}],
                      "told": [{"at": at(800), "channel": "email", "to": "head@moh.example", "outcome": "250 accepted"}]}


def incidents(world, query, agency):
    rows = [i for i in world.incidents if (not query.get("state") or i["state"] == query["state"]) and (not query.get("dataset") or i["dataset"] == query["dataset"])]
    return {"cursor": str(world.cursor), "incidents": [i for i in rows if not agency or (i["dataset"] or "").startswith(agency)]}


def handover(world, _query, _agency):
    some = world.incidents
    return {"from": at(28800), "to": at(0), "opened": some[:3], "closed": [{**some[4], "state": "closed", "closed_at": at(100), "closed_why": "mended"}], "open": some[:6], "unacknowledged": some[1:3],
            "comments": [{"at": at(500), "incident": 3, "detail": "called the coordinator", "by": "Salim"}], "sentence": "Six incidents are open, two of them unacknowledged.",
            "sentence_ar": "ستة بلاغات مفتوحة، لم يقر أحد باثنين منها."}


def catalogue(_world, _query, _agency):
    dataset = {"agency": "moh", "system": "moh.hospital", "dataset": "moh.births", "title": "Births", "title_ar": "المواليد", "description": "Each birth <b>once</b>", "description_ar": "كل ولادة مرة واحدة", "origin": "produced",
               "legal_basis": "قانون 30/2026", "cadence": "continuous", "steward": "Maryam", "steward_ar": "مريم", "steward_account": None, "contact": None, "topic": "moh.births", "key": ["id"], "state": "active", "structures": [], "versions": 3}
    return {"taken_at": at(0), "agencies": [{"code": "moh", "name": "Ministry of Health", "name_ar": "وزارة الصحة", "class": 1, "state": "active", "division": "قسم السجلات", "head": "Said", "since": "2026-01-01",
                                             "systems": [{"agency": "moh", "system": "moh.hospital", "name": "Hospitals", "name_ar": "المستشفيات", "description": None, "datasets": [dataset]}], "datasets": []},
                                            {"code": "moj", "name": "Ministry of Justice", "name_ar": None, "class": 1, "state": "declared", "division": None, "head": None, "since": None, "systems": [], "datasets": []}]}


GAPS = [{"gap": "no_head", "agency": "moj", "object": "moj", "detail": "nobody answers for it", "since": None}]
VIOLATIONS = [{"id": 1, "at": at(9000), "kind": "unannounced_change", "dataset": "moh.births", "object": "request/2", "class": "breaking", "by": "moh-producer"}]


def fixed(answer):
    return lambda *_args: answer


ROUTES = [
    (r"/nrc/v1/sources", World.all_sources), (r"/nrc/v1/sources/([^/]+)", World.one_source), (r"/nrc/v1/sources/([^/]+)/series", World.series),
    (r"/nrc/v1/overview", World.overview), (r"/nrc/v1/datasets/([^/]+)/quality", quality), (r"/nrc/v1/datasets/([^/]+)/structures/diff", fixed({"dataset": "moh.births", **FINDINGS})),
    (r"/nrc/v1/incidents", incidents), (r"/nrc/v1/incidents/(\d+)", one_incident), (r"/nrc/v1/handover", handover), (r"/nrc/v1/notices", fixed(NOTICES)),
    (r"/nrc/v1/violations", fixed(VIOLATIONS)), (r"/nrc/v1/requests", fixed([REQUEST])), (r"/nrc/v1/requests/(\d+)", lambda _w, _q, _a, n: REQUEST if n == "3" else None),
    (r"/nrc/v1/quarantine", lambda _w, q, _a: {"events": [e for e in EVENTS if not q.get("state") or e["state"] == q["state"]], "next_before_id": 4000}),
    (r"/nrc/v1/quarantine/groups", fixed({"groups": GROUPS})), (r"/nrc/v1/quarantine/(\d+)", one_event), (r"/nrc/v1/catalogue", catalogue), (r"/nrc/v1/catalogue/gaps", fixed(GAPS)),
]
