# SPDX-License-Identifier: Apache-2.0
"""The server of the monitor's page: who is let in, what a browser is told to allow, and what bad clients get."""

import gzip
import signal
import time

import pytest
from page_room import Page, page  # noqa: F401 - page is a fixture

from kit import certificates, process, stream
from kit.registry import Session, basic, quote, trusting

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SCHEMA = {"type": "record", "name": "R", "fields": [{"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}]}


def has_headers(answer):
    assert {k: answer.headers.get(k) for k in SECURITY} == SECURITY, answer
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert "WWW-Authenticate" not in answer.headers  # a browser would ask for a password in a window of its own


@pytest.fixture(scope="module")
def node(module_world):
    """One page for all: two agencies with a dataset each, and who asks."""
    for name in ("moh.births", "rop.residents"):
        module_world.dataset(name, "civil_no", stream.Structure(SCHEMA))
    made = Page(module_world, NRC_PAGE_CONNECTIONS=64, NRC_PAGE_STREAMS=16, NRC_MONITOR_LISTEN="127.0.0.1:0").start()
    module_world.closers.append(made.kill)
    made.account("huda", "steward")
    made.account("salim", "operator")
    made.account("aisha", "producer", "moh")
    made.account("rashid", "producer", "rop")
    yield made
    assert made.stop() == 0


# -- sign-in and sessions


def test_a_browser_is_let_in_by_its_session_alone(node):
    browser = node.browser()
    answer = browser.get("/")
    assert answer.status == 200 and "<html" in answer.text
    has_headers(answer)
    assert browser.get("/session").status == 401
    for known in (basic("huda", node.secrets["huda"]), {"Authorization": f"Bearer huda.{node.secrets['huda']}"}):
        refused = browser.get("/nrc/v1/datasets", **known)
        assert refused.status == 401
        has_headers(refused)
    signed = browser.sign_in("huda")
    assert signed.status == 200
    has_headers(signed)
    assert signed.headers["Cache-Control"] == "no-store"
    name, *attributes = signed.headers["Set-Cookie"].split("; ")
    assert name.startswith("nrc_session=") and {*attributes} == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}
    assert {**signed.json, "csrf": "", "expires_at": ""} == {
        "account": "huda", "person": "The huda", "person_ar": "هدى", "roles": ["steward"], "agency": None, "csrf": "",
        "expires_at": "", "zone": "Asia/Muscat"}
    assert browser.get("/session").json["csrf"] == browser.csrf
    assert {d["dataset"] for d in browser.get("/nrc/v1/datasets").json} == {"moh.births", "rop.residents"}
    assert node.secrets["huda"] not in node.log_text() and browser.cookie not in node.log_text()


def test_a_session_that_is_over_is_worth_nothing(node):
    """Signing out ends it here, and not only in the browser; signing in again ends the one before."""
    browser, thief = node.browser("salim"), node.browser()
    thief.cookie, thief.csrf = browser.cookie, browser.csrf
    assert browser.sign_in("salim").status == 200 and browser.cookie != thief.cookie
    assert thief.get("/session").status == 401 and browser.get("/session").status == 200
    thief.cookie, thief.csrf = browser.cookie, browser.csrf
    gone = browser.request("DELETE", "/session")
    assert gone.status == 204 and "Max-Age=0" in gone.headers["Set-Cookie"]
    assert thief.get("/session").status == 401 and thief.get("/nrc/v1/datasets").status == 401


def test_a_cookie_that_was_changed_is_none(node):
    browser = node.browser("huda")
    good = browser.cookie
    for i in (0, 20, 42):
        browser.cookie = good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1:]
        assert browser.get("/session").status == 401
    for cookie in (good[:-1], good + "A", good.lower(), "", f"{good}; nrc_session={good}", "x" * 5000, "\x01é"):
        browser.cookie = cookie
        assert browser.get("/session").status in (400, 401)
    browser.cookie = good
    assert browser.get("/session").status == 200


def test_a_disabled_account_and_a_rotated_secret_are_out_at_once(node):
    for name, *end in (("leaver", "account", "disable", "leaver", "--reason", "left"), ("mover", "account", "rotate", "mover")):
        node.account(name, "operator")
        browser = node.browser(name)
        with browser.stream() as told:
            assert told.status == 200 and told.event()
            node.world.nrc.run(*end)
            process.wait_until(lambda: browser.get("/nrc/v1/datasets").status == 401, 20, f"{name} is out")
            assert told.event() is None  # the stream, too
        assert browser.get("/session").status == 401
    assert node.browser().sign_in("leaver").status == 401


def test_sign_in_that_fails_is_slowed_and_says_nothing(page):
    node = page(NRC_PAGE_WORKERS=1)
    node.account("huda", "steward")
    browser = node.browser()
    answers = [browser.sign_in(name, "wrong") for name in ("huda", "nobody", "huda", "Robert'); --")]
    assert {(a.status, a.text) for a in answers} == {(401, answers[0].text)}
    for name, secret in (("huda", ""), ("huda", "x" * 300)):
        has_headers(browser.sign_in(name, secret))
    slowed = process.wait_until(lambda: (a := browser.sign_in("huda")).status == 429 and a, 20, "it is told to wait")
    assert int(slowed.headers["Retry-After"]) >= 1
    has_headers(slowed)
    assert {r["account"] for r in node.log_lines("login_failed")} == {"huda", "nobody", "-"}


def test_who_does_nothing_is_signed_out(page):
    node = page(NRC_PAGE_IDLE_MS=1000)
    node.account("huda", "operator")
    browser = node.browser("huda")
    assert browser.get("/session").status == 200
    # What a page asks for by itself is no sign of a person.
    process.wait_until(lambda: browser.get("/session", X_NRC_Auto="1").status == 401, 20, "it is over")


# -- what a foreign page could make a browser do


def test_a_change_needs_the_token_and_the_page_itself(node):
    browser, other = node.browser("huda"), node.browser("huda")
    path = "/nrc/v1/agencies"
    new = {"code": "mol", "name": "Labour", "name_ar": "العمل", "class": 1, "division": "D", "head": "H"}
    good = browser.csrf
    for csrf in (None, "", "x", good[:-1], other.csrf, good + "A", browser.cookie):
        refused = browser.post(path, new, X_NRC_CSRF=csrf)
        assert refused.status == 403 and "X-NRC-CSRF" in refused.json["message"]
        has_headers(refused)
    for foreign in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"},
                    {"Sec_Fetch_Site": "same-site"}, {"Origin": f"http://127.0.0.1:{node.port + 1}"}):
        assert browser.post(path, new, **foreign).status == 403, foreign
        assert browser.request("DELETE", "/session", **foreign).status == 403, foreign
        assert node.browser().sign_in("huda", **foreign).status == 403, foreign
    for form in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        assert browser.post(path, new, Content_Type=form).status == 415
        assert node.browser().sign_in("huda", Content_Type=form).status == 415
    assert [a["code"] for a in browser.get(path).json] == ["moh", "rop"]
    own = {"Origin": f"http://127.0.0.1:{node.port}", "Sec_Fetch_Site": "same-origin"}
    assert browser.post(path, new, **own).status == 201
    assert node.world.rows("SELECT by_name FROM nrc.audit WHERE object = 'agency/mol'") == [{"by_name": "huda"}]


def test_behind_a_proxy_that_changes_host_the_url_is_told(page):
    node = page(NRC_PAGE_URL="https://nrc.example/")
    node.account("huda", "operator")
    through = {"Origin": "https://nrc.example", "Sec_Fetch_Site": "same-origin", "Host": "backend:8090"}
    browser = node.browser()
    assert browser.sign_in("huda", **through).status == 200
    assert browser.request("DELETE", "/session", **through).status == 204
    assert node.browser().sign_in("huda", **{**through, "Origin": "https://nrc.example.evil"}).status == 403


# -- bad requests, and other agencies' rows


def test_every_refusal_has_the_headers(node):
    browser = node.browser("huda")
    for status, method, path in ((404, "GET", "/nothing"), (405, "PUT", "/session"), (404, "GET", "/page/../../etc/passwd"),
                                 (404, "GET", "/page/%2e%2e%2f%2e%2e%2fetc%2fpasswd"), (404, "GET", "/page/"), (404, "GET", "/metrics"),
                                 (400, "GET", "/page/%00"), (400, "GET", "/page/%ff"), (401, "GET", "/session")):
        asks = node.browser() if status == 401 else browser
        answer = asks.request(method, path)
        assert answer.status == status, (path, answer)
        has_headers(answer)
    for path in (f"/nrc/v1/datasets?q={'x' * 100_000}", "/" + "x" * 100_000):
        answer = node.browser().get(path)
        assert answer.status == 431
        has_headers(answer)
    for name in ("<script>alert(1)</script>", "\u202emoc.live", "x" * 3000):
        answer = browser.get(f"/subjects/{quote(name)}/versions")
        assert answer.status == 404 and answer.headers["Content-Type"].startswith("application/")
    assert browser.get("/session").status == 200


def test_an_agency_finds_no_rows_of_others_by_their_ids(node):
    center, aisha = node.browser("huda"), node.browser("aisha")
    rows = center.get("/nrc/v1/audit?limit=100").json
    foreign = [r["id"] for r in rows if r.get("agency") not in (None, "moh")]
    assert foreign and aisha.get("/nrc/v1/audit").status == 200
    for number in [*foreign[:3], 99_999_999]:
        assert aisha.get(f"/nrc/v1/audit/{number}").status == 404
    assert {r.get("agency") for r in aisha.get("/nrc/v1/audit?limit=100").json} <= {"moh"}


# -- files


def test_files_are_packed_and_asked_for_once(node):
    http_ = Session(node.port)
    def raw(method="GET", **headers):
        http_.connection.request(method, "/", headers={k.replace("_", "-"): v for k, v in headers.items()})
        with http_.connection.getresponse() as response:
            return response.status, dict(response.headers), response.read()
    status, plain, body = raw()
    assert status == 200 and plain["Cache-Control"] == "no-cache"
    status, packed, small = raw(Accept_Encoding="gzip, br")
    assert packed["Content-Encoding"] == "gzip" and gzip.decompress(small) == body and packed["ETag"] != plain["ETag"]
    assert raw(Accept_Encoding="gzip", If_None_Match=packed["ETag"])[::2] == (304, b"")
    status, head, nothing = raw("HEAD", Accept_Encoding="gzip")
    assert (status, nothing) == (200, b"") and head["Content-Length"] == packed["Content-Length"]


# -- streams


def opened(world, kind, dataset):
    return world.value("SELECT nrc.see_incident(%s, 'by_person', d.id, NULL, NULL, 'tried', 1, clock_timestamp())"
                       " FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id WHERE a.code || '.' || d.name = %s", kind, dataset)


def test_a_stream_tells_each_of_its_own(node):
    with node.browser("salim").stream() as center, node.browser("rashid").stream() as rop:
        assert center.status == rop.status == 200
        assert center.headers["Content-Type"].startswith("text/event-stream") and center.headers["Cache-Control"] == "no-store"
        assert center.headers["X-Accel-Buffering"] == "no"  # nginx would keep events for itself
        first, own = center.event(), rop.event()
        assert {*first} == {"sources", "incidents", "quarantine"}
        opened(node.world, "tried_a", "moh.births")
        second = center.event()
        assert second["incidents"] != first["incidents"] and second["quarantine"] == first["quarantine"]
        # What it says is what the lists take.
        asks = node.browser("salim")
        since = asks.get(f"/nrc/v1/incidents?changed_since={first['incidents']}").json["incidents"]
        assert "tried_a" in [i["kind"] for i in since]
        assert asks.get(f"/nrc/v1/sources?changed_since={second['sources']}").status == 200
        # The agency's stream has said nothing of that: what it says next is of its own.
        opened(node.world, "tried_b", "rop.residents")
        third = rop.event()
        (its,) = node.world.rows("SELECT incidents FROM nrc.page_cursors('{rop}') WHERE agency = 'rop'")
        assert third["incidents"] == its["incidents"] != own["incidents"]


def test_a_thousand_streams_are_refused_and_others_served(node):
    greedy, other = node.browser("huda"), node.browser("salim")
    held, statuses = [], []
    try:
        for _ in range(1000):
            one = greedy.stream()
            statuses.append(one.status)
            if one.status == 200:
                held.append(one)
            else:
                assert one.headers["Connection"] == "close" and one.headers["Retry-After"]
                one.close()
        assert (statuses.count(200), statuses.count(503)) == (8, 992)
        with other.stream() as its:
            assert its.status == 200 and its.event()
        assert other.get("/nrc/v1/datasets").status == 200
        assert greedy.get("/session").status == 200
    finally:
        for one in held:
            one.close()
    # Whoever closed them may have them again.
    process.wait_until(lambda: (s := greedy.stream()).close() or s.status == 200, 20, "there is room again")


def test_a_beneficiary_has_no_stream(node):
    node.account("reader", "beneficiary")
    assert node.browser("reader").get("/stream").status == 403


# -- the process


def test_sigterm_ends_streams_at_once(page):
    node = page()
    node.account("huda", "operator")
    browser = node.browser("huda")
    streams = [browser.stream() for _ in range(8)]
    assert all(s.event() for s in streams)
    begin = time.monotonic()
    assert node.stop() == 0
    assert time.monotonic() - begin < 20
    for one in streams:
        assert one.event() is None
        one.close()


def test_it_does_not_start_half(world):
    """Roles and TLS: what is missing is named."""
    def refused(**settings):
        node = Page(world, **settings)
        node.process.spawn([world.nrc.program, "monitor"], env=world.nrc.environment(**node.settings))
        assert node.wait_gone() == 1, node.log_text()
        return node.log_text()
    assert "set certificate and key" in refused(NRC_PAGE_LISTEN="0.0.0.0:0")
    assert "set both certificate and key" in refused(NRC_PAGE_KEY="/nowhere.key")
    assert "[page] streams" in refused(NRC_PAGE_STREAMS=1024)
    world.execute("CREATE ROLE page_watch_only LOGIN; GRANT nrc_watch, nrc_registry TO page_watch_only")
    try:
        dsn = world.postgres.dsn(world.database, "page_watch_only")
        text = refused(NRC_REGISTER_DSN=dsn)
        assert "nrc_desk" in text and "nrc_registry" in text
    finally:
        world.execute("DROP ROLE page_watch_only")


def test_tls_is_remembered_and_read_again(world, tmp_path):
    authority = certificates.Authority(tmp_path)
    certificate, key = authority.server("first")
    node = Page(world, tls=trusting(authority.path), NRC_PAGE_CERTIFICATE=certificate, NRC_PAGE_KEY=key)
    world.closers.append(node.kill)
    node.start()
    node.account("huda", "operator")
    browser = node.browser("huda")
    answer = browser.get("/")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    with browser.stream() as told:
        assert told.event()
    node.process.send(signal.SIGHUP)
    process.wait_until(lambda: node.log_lines("reloaded"), 20, "the certificate is read again")
