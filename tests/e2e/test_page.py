# SPDX-License-Identifier: Apache-2.0
"""The server of the monitor's page: who is let in, what a browser is told to allow, and what bad clients get."""

import pytest
from page_room import page  # noqa: F401 - a fixture

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def has_headers(answer):
    assert {k: answer.headers.get(k) for k in SECURITY} == SECURITY
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert "WWW-Authenticate" not in answer.headers  # a browser would ask for a password in a window of its own


def test_a_browser_is_let_in_by_its_session_alone(page):
    node = page()
    node.account("huda", "steward")
    browser = node.browser()
    answer = browser.get("/")
    assert answer.status == 200 and "<html" in answer.text
    has_headers(answer)
    assert browser.get("/session").status == 401
    signed = browser.sign_in("huda")
    assert signed.status == 200
    has_headers(signed)
    assert signed.headers["Cache-Control"] == "no-store"
    name, *attributes = signed.headers["Set-Cookie"].split("; ")
    assert name.startswith("nrc_session=") and {*attributes} == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}
    said = signed.json
    assert (said["account"], said["person"], said["person_ar"], said["roles"], said["agency"]) == (
        "huda", "The huda", "هدى", ["steward"], None)
    assert browser.get("/session").json["csrf"] == said["csrf"]
    assert browser.get("/nrc/v1/datasets").status == 200
