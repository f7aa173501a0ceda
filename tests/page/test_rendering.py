# SPDX-License-Identifier: Apache-2.0
"""The page's files: what they show of made-up answers, and what stands in them."""

import json
import re
import subprocess

from conftest import in_browser

from kit import paths

WWW = paths.ROOT / "ops/monitor/page/www"
TERMS = {  # the law's words, and ours where it has none: never swapped (NRL 1 to 10)
    "page.sources": "مصادر البيانات", "page.catalogue": "قائمة مصادر البيانات", "source": "مصدر البيانات",
    "structure": "الهيكلة", "notice.restructure": "هيكلة أنظمة البيانات", "notice.stop": "إيقاف", "notice.modification": "تعديل",
    "notice.update": "تحديث", "notice.additional_collection": "عمليات جمع إضافية", "page.notices": "الإخطارات",
    "coordinator.division": "التقسيم المختص بالتنسيق مع المركز", "coordinator.head": "رئيس التقسيم", "freshness": "آخر تحديث",
    "freshness.late": "غير محدثة", "freshness.fresh": "في الوقت المناسب", "completeness": "الاكتمال",
    "dimension.accuracy": "الدقة", "dimension.validity": "شرعية البيانات", "dimension.consistency": "الاتساق",
    "dimension.relevance": "صلة البيانات بالغرض", "dimension.structure_fitness": "ملاءمة البنية",
    "dimension.source_credibility": "مصداقية المصدر", "dimension.flow_readiness": "جاهزية التدفق",
    "role.beneficiary": "الجهة المعنية المستفيدة", "role.steward": "أمين البيانات", "reject": "رفض الطلب", "approve": "موافقة",
    "violation": "المخالفة", "lag": "التأخر", "quarantine": "الحجر", "contract": "عقد البيانات", "replay": "إعادة المعالجة",
    "incident": "البلاغ",
}


def texts(language):
    script = f"import t from '{WWW}/text/{language}.js'; console.log(JSON.stringify(t))"
    return json.loads(subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True).stdout)


def forms(text):
    return {"other": text} if isinstance(text, str) else text


# First, and test_room.py last: pytest's two workers begin at both ends.
def test_in_a_browser(standin):
    in_browser("rendering", standin)


def test_both_languages_have_the_same_texts():
    arabic, english = texts("ar"), texts("en")
    assert arabic.keys() == english.keys()
    for key, text in arabic.items():
        names = [set(re.findall(r"\{(\w+)\}", " ".join(forms(t).values()))) - {"n"} for t in (text, english[key])]
        assert names[0] == names[1], key
        assert "other" in forms(text) and "other" in forms(english[key]), key


def test_arabic_uses_the_laws_words():
    arabic = texts("ar")
    assert {key: arabic[key] for key in TERMS} == TERMS
    marks = re.compile(r"[\u064b-\u0652\u200e\u200f\u202a-\u202e\u2066-\u2069]")
    assert not [key for key, text in arabic.items() if marks.search(" ".join(forms(text).values()))]


def rows(table, pattern, until=None):
    text = "".join(file.read_text() for file in sorted(paths.ROOT.glob(table)))
    found = re.findall(pattern, text.split(f"define {until}(")[0], re.S)
    assert len(found) > 5, table
    return found


def test_whatever_the_register_can_say_has_a_word():
    """The tables in C have the tokens; the page has each in both languages, and the same order of badness."""
    english = texts("en")
    for family, tokens in {
        "status": rows("ops/monitor/status_table.h", r'X\(OPS_STATUS_\w+,\s*"(\w+)"'),
        "kind": rows("storage/catalogue/incident_*.h", r'X\(STO_INCIDENT_\w+,\s*"(\w+)"'),
        "silence": rows("ops/monitor/freshness.h", r'X\(OPS_REASON_\w+,\s*"(\w+)"'),
        "freshness": rows("ops/monitor/freshness.h", r'X\(OPS_STATE_\w+,\s*"(\w+)"'),
        "verdict": rows("ops/monitor/lag.h", r'X\(OPS_LAG_\w+,\s*"(\w+)"'),
        "reason": rows("base/err_table.h", r'X\(ERR_\w+,\s*"(\w+)",', until="ERR_TABLE_SYSTEM"),
    }.items():
        assert [t for t in tokens if f"{family}.{t}" not in english] == [], family
    worst_first = re.search(r"const BADNESS = \[(.*?)\]", (WWW / "js/status.js").read_text(), re.S).group(1)
    assert re.findall(r"\w+", worst_first) == rows("ops/monitor/status_table.h", r'X\(OPS_STATUS_\w+,\s*"(\w+)"')[::-1]


def test_every_text_that_the_page_names_is_there_and_none_is_left_over():
    code = "\n".join(p.read_text() for p in WWW.glob("js/**/*.js"))
    english = texts("en")
    named = set(re.findall(r"\bt\('([\w.]+)'", code)) | set(re.findall(r"'([a-z_]+\.[a-z_.]+)'", code)) | set(re.findall(r"\? '([\w.]+)' : '", code))
    families = set(re.findall(r"word\('(\w+)'", code)) | set(re.findall(r"\bt\(`([\w.]+)\.\$", code))
    assert not [n for n in re.findall(r"\bt\('([\w.]+)'", code) if n not in english]
    unused = [k for k in english if k not in named and k.split(".")[0] not in families and f"'{k}'" not in code]
    assert unused == []


def test_the_pages_files_keep_the_policy():
    """No markup is made of data, no script or style stands in an attribute, nothing is named that is on another host."""
    for file in WWW.rglob("*"):
        if file.suffix not in (".js", ".html", ".css"):
            continue
        text = file.read_text()
        assert "SPDX-License-Identifier" in text[:120], file
        plain = re.sub(r"/\*.*?\*/", "", text, flags=re.S) if file.suffix != ".html" else text
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", plain), file
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", plain), file
        if file.suffix == ".html":
            assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", text), file
        if file.suffix == ".css":
            assert not re.search(r"[\s;{](margin|padding|border|inset)-(left|right)|[\s;{](left|right)\s*:|text-align:\s*(left|right)|float:", plain), file
        assert len(text.splitlines()) <= 300 or file.parent.name == "text", file
