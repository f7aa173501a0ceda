# SPDX-License-Identifier: Apache-2.0
"""What a request to the registry may look like: paths, media types and bodies."""

import http.client
import json

import pytest
from kit.registry import V1, body_of, record, refused


def field(name, avro_type="string", **more):
    return {"name": name, "type": avro_type, **more}


A = field("a")


def test_root_types_and_metadata(registry):
    assert registry.get("/").json == {}
    assert registry.post("/").json == {}
    assert registry.get("/schemas/types").json == ["AVRO"]
    assert registry.get("/v1/metadata/id").status == 200
    assert registry.get("/v1/metadata/version").status == 200


@pytest.mark.parametrize("accept,answered", [
    (V1, V1), ("application/vnd.schemaregistry+json", "application/vnd.schemaregistry+json"),
    ("application/json", "application/json"), ("*/*", V1), ("application/*;q=0.1", V1),
    (f"{V1}, application/vnd.schemaregistry+json; q=0.9, application/json; q=0.5", V1),
    (f"{V1};q=0.1, application/json;q=0.2", "application/json"),
    ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", V1)])
def test_answers_are_of_the_type_that_was_asked_for(registry, accept, answered):
    answer = registry.get("/subjects", Accept=accept)
    assert answer.status == 200 and answer.headers["Content-Type"].split(";")[0] == answered


@pytest.mark.parametrize("sent", [V1, "application/vnd.schemaregistry+json", "application/json",
                                  "application/json; charset=utf-8", "application/octet-stream"])
def test_requests_may_be_of_any_known_type(registry, subject, sent):
    answer = registry.post(f"/subjects/{subject}/versions", body_of(record(A)), Content_Type=sent)
    assert answer.status == 200


@pytest.mark.parametrize("accept", ["text/html", "application/vnd.schemaregistry.v2+json", "text/*", "*/*;q=0"])
def test_a_type_that_is_not_spoken_is_not_answered(registry, subject, accept):
    registry.register(subject, record(A))
    for method, path in (("GET", "/subjects"), ("GET", f"/subjects/{subject}/versions/1"), ("GET", "/schemas/ids/1"),
                         ("POST", f"/subjects/{subject}"), ("PUT", "/config"), ("GET", "/nrc/v1/agencies")):
        body = body_of(record(A)) if method != "GET" else None
        answer = registry.request(method, path, body, Accept=accept)
        refused(answer, 406, 406)
        assert answer.json["message"] == "HTTP 406 Not Acceptable" and answer.headers["Content-Type"] == V1
    assert registry.get("/healthz", Accept=accept).status == 200
    assert registry.get("/config").json == {"compatibilityLevel": "BACKWARD"}


@pytest.mark.parametrize("sent", ["application/x-www-form-urlencoded", "text/plain", "text/html; charset=utf-8",
                                  "application/vnd.schemaregistry.v2+json"])
def test_a_body_of_a_type_that_is_not_spoken_is_not_read(registry, subject, sent):
    for method, path in (("POST", f"/subjects/{subject}/versions"), ("POST", f"/subjects/{subject}"),
                         ("PUT", f"/config/{subject}"), ("PUT", f"/mode/{subject}"),
                         ("POST", f"/compatibility/subjects/{subject}/versions")):
        answer = registry.request(method, path, b'{"schema":"\\"int\\"","mode":"READONLY"}', Content_Type=sent)
        refused(answer, 415, 415)
        assert answer.json["message"] == "HTTP 415 Unsupported Media Type" and answer.headers["Content-Type"] == V1
    refused(registry.get(f"/subjects/{subject}/versions", Content_Type=sent), 404, 40401)


def test_a_body_without_a_type_is_read(registry, subject):
    connection = http.client.HTTPConnection("127.0.0.1", registry.port, timeout=30)
    connection.request("POST", f"/subjects/{subject}/versions", json.dumps(body_of(record(A))))
    assert connection.getresponse().status == 200
    connection.close()


def test_unknown_parameters_and_fields_are_ignored_and_a_trailing_slash_is_accepted(registry, subject):
    first = registry.register(subject, record(A), "?unheard=of&normalize=True", futureField={"x": 1}, id=None)
    assert registry.get(f"/subjects/{subject}/versions/").json == [1]
    assert registry.get(f"/subjects/{subject}/versions?deleted=True").json == [1]
    assert registry.look_up(subject, record(A)).json["id"] == first


@pytest.mark.parametrize("path", ["/nowhere", "/associations", "/associations/subjects/x", "/subjects/x/nowhere"])
def test_unknown_paths_are_404(registry, path):
    for method in ("GET", "POST") if "associations" in path else ("GET",):
        answer = registry.request(method, path)
        assert answer.status == 404 and set(answer.json) == {"error_code", "message"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b'{"schema":', b"\xff\xfe", b'{"schema": 7}',
                                  b'{"schema": {}}'])
def test_a_body_that_is_no_request_is_refused_and_no_server_error(registry, subject, body):
    answer = registry.post(f"/subjects/{subject}/versions", body)
    assert 400 <= answer.status < 500 and set(answer.json) == {"error_code", "message"}
