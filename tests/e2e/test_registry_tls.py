# SPDX-License-Identifier: Apache-2.0
"""Access to the registry: accounts, roles, TLS and clients' certificates."""

import asyncio
import http.client
import json
import signal
import socket
import ssl

import confluent_kafka.schema_registry as confluent
import pytest
from kit import certificates, process
from kit.registry import Ended, basic, bearer, body_of, trusting

SCHEMA = {"type": "record", "name": "Visit", "fields": [{"name": "id", "type": "string"},
                                                        {"name": "seq", "type": "long"}]}
WIDER = {**SCHEMA, "fields": [*SCHEMA["fields"], {"name": "b", "type": "string", "default": ""}]}


def account(world, name, role, *options):
    """Adds an account; returns its secret."""
    return world.nrc.json("account", "add", name, "--person", "The person", "--role", role,
                          "--decision", "No. 1 of 2026", *options)["secret"]


def refused(answer, status):
    assert answer.status == status and answer.code == status, answer
    assert set(answer.json) == {"error_code", "message"}


class Center:
    """A registry with accounts, two agencies and a dataset of the first."""

    def __init__(self, world):
        self.world = world
        self.dataset = world.dataset("moh.visits", "id")
        world.nrc.add_agency("rop")
        self.subject = f"{self.dataset.topic}-value"
        self.moh = basic("moh-visits", account(world, "moh-visits", "producer", "--service", "--agency", "moh"))
        self.rop = basic("rop-feed", account(world, "rop-feed", "producer", "--service", "--agency", "rop"))
        self.steward = basic("huda", account(world, "huda", "steward"))
        self.auditor = basic("salem", account(world, "salem", "auditor"))
        self.node = world.registry(anonymous=False).start()

    def register(self, who, subject=None, schema=SCHEMA):
        return self.node.post(f"/subjects/{subject or self.subject}/versions", body_of(schema), **who)


@pytest.fixture(scope="module")
def center(module_world):
    made = Center(module_world)
    yield made
    assert made.node.stop() == 0, made.node.process.log_tail(40)


# -- accounts


def test_without_an_account_only_health_answers(center):
    for method, path in (("GET", "/subjects"), ("GET", "/"), ("GET", "/schemas/ids/1"), ("PUT", "/config"),
                         ("POST", "/subjects/s/versions"), ("GET", "/nrc/v1/agencies")):
        answer = center.node.request(method, path, {} if method != "GET" else None)
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert center.node.get("/healthz").status == center.node.get("/readyz").status == 200


def test_a_producer_registers_for_its_own_agency_only(center):
    own = center.register(center.moh)
    assert own.status == 200
    refused(center.register(center.rop), 403)
    refused(center.register(center.rop, schema=WIDER), 403)
    refused(center.register(center.rop, "moh.other-value"), 403)
    assert center.node.get(f"/subjects/{center.subject}/versions", **center.rop).json == [1]
    assert center.node.get(f"/schemas/ids/{own.json['id']}", **center.rop).status == 200
    assert center.node.post(f"/subjects/{center.subject}", body_of(SCHEMA), **center.rop).json["version"] == 1
    refused(center.node.delete(f"/subjects/{center.subject}", **center.rop), 403)
    refused(center.node.put(f"/config/{center.subject}", {"compatibility": "NONE"}, **center.rop), 403)


def test_stewards_change_everything_and_auditors_nothing(center):
    assert center.register(center.steward, "center-value").status == 200
    assert center.node.put("/config/center-value", {"compatibility": "FULL"}, **center.steward).status == 200
    assert center.node.put("/mode/center-value", {"mode": "READONLY"}, **center.steward).status == 200
    assert center.node.delete("/mode/center-value", **center.steward).status == 200
    refused(center.register(center.auditor, "center-value"), 403)
    refused(center.node.put("/config", {"compatibility": "NONE"}, **center.auditor), 403)
    refused(center.node.put("/config", {"compatibility": "NONE"}, **center.moh), 403)
    refused(center.node.put("/mode", {"mode": "READONLY"}, **center.moh), 403)
    assert center.node.get("/subjects", **center.auditor).status == 200
    assert center.node.get("/config", **center.auditor).json["compatibilityLevel"] == "BACKWARD"


def test_a_bearer_token_is_the_name_and_the_secret(center):
    secret = account(center.world, "token", "steward")
    assert center.node.get("/subjects", **bearer(f"token.{secret}")).status == 200
    refused(center.node.get("/subjects", **bearer("token.not-it")), 401)
    refused(center.node.get("/subjects", Authorization="Digest x"), 401)
    refused(center.node.get("/subjects", Authorization="Basic !!!"), 401)


def test_confluent_clients_log_in_with_basic_authentication(center):
    secret = account(center.world, "python", "producer", "--service", "--agency", "moh")
    client = confluent.SchemaRegistryClient({"url": center.node.url, "basic.auth.user.info": f"python:{secret}"})
    assert client.register_schema("moh.python-value", confluent.Schema(json.dumps(SCHEMA), "AVRO")) > 0
    wrong = confluent.SchemaRegistryClient({"url": center.node.url, "basic.auth.user.info": f"python:{secret}x"})
    with pytest.raises(confluent.error.SchemaRegistryError) as unknown:
        wrong.get_subjects()
    assert (unknown.value.http_status_code, unknown.value.error_code) == (401, 401)


def test_a_disabled_account_is_out_at_once_and_a_rotated_secret_too(center):
    first = basic("leaver", account(center.world, "leaver", "steward"))
    assert center.node.get("/subjects", **first).status == 200
    second = basic("leaver", center.world.nrc.json("account", "rotate", "leaver")["secret"])
    process.wait_until(lambda: center.node.get("/subjects", **second).status == 200, 30, "the new secret is right")
    process.wait_until(lambda: center.node.get("/subjects", **first).status == 401, 30, "the old secret is wrong")
    center.world.nrc.run("account", "disable", "leaver", "--reason", "left")
    process.wait_until(lambda: center.node.get("/subjects", **second).status in (401, 429), 30, "the account is out")
    assert center.node.get("/subjects", **center.steward).status == 200
    assert "leaver" in [row["name"] for row in center.world.nrc.json("account", "list")]


def test_guesses_are_slowed_and_who_knows_the_secret_is_not(world):
    known = basic("known", account(world, "known", "steward"))
    node = world.registry(anonymous=False, NRC_REGISTRY_WORKERS=1).start()
    assert node.get("/subjects", **known).status == 200
    statuses = [node.get("/subjects", **basic("known", f"guess-{n}")).status for n in range(7)]
    assert statuses[0] == 401 and statuses[-1] == 429
    slowed = node.get("/subjects", **basic("known", "guess"))
    assert slowed.status == 429 and int(slowed.headers["Retry-After"]) >= 1
    assert node.get("/subjects", **known).status == 200
    assert "guess" not in node.log_text()
    world.finish()


def test_who_changed_what_stands_in_the_log_and_no_secret(center):
    """NRL-15, NRL-18."""
    secret = account(center.world, "trail", "steward")
    who = basic("trail", secret)
    before = len(center.node.log_lines())
    assert center.register(who, "trail-value").status == 200
    assert center.node.put("/config/trail-value", {"compatibility": "FULL"}, **who).status == 200
    assert center.node.put("/mode/trail-value", {"mode": "READWRITE"}, **who).status == 200
    assert center.node.delete("/subjects/trail-value", **who).status == 200
    assert center.node.delete("/subjects/trail-value?permanent=true", **who).status == 200
    assert center.node.get("/subjects", **who).status == 200
    assert center.node.post("/subjects/trail-value", body_of(SCHEMA), **who).status == 404
    refused(center.node.put("/config/trail-value", {"compatibility": "NONE"}, **center.rop), 403)
    refused(center.node.put("/config/trail-value", {"compatibility": "NONE"}), 401)
    refused(center.node.get("/subjects", **basic("trail", "wrong-secret")), 401)
    rows = center.node.log_lines()[before:]
    done = [(r["account"], r["method"], r["path"], r["status"], r.get("permanent")) for r in rows if r["event"] == "changed"]
    assert done == [("trail", "POST", "/subjects/trail-value/versions", "200", None),
                    ("trail", "PUT", "/config/trail-value", "200", None),
                    ("trail", "PUT", "/mode/trail-value", "200", None),
                    ("trail", "DELETE", "/subjects/trail-value", "200", None),
                    ("trail", "DELETE", "/subjects/trail-value", "200", "true")]
    not_done = [(r["account"], r["path"], r["status"]) for r in rows if r["event"] == "change_refused"]
    assert not_done == [("rop-feed", "/config/trail-value", "403"), ("-", "/config/trail-value", "401")]
    assert [r["account"] for r in rows if r["event"] == "login_failed"] == ["trail"]
    assert all(r["peer"] == "127.0.0.1" for r in rows if r["event"] in ("changed", "change_refused", "login_failed"))
    assert secret not in center.node.log_text() and "wrong-secret" not in center.node.log_text()


def test_every_request_is_a_line_when_debugging(world):
    node = world.registry(NRC_LOG_LEVEL="debug").start()
    assert node.get("/subjects?deleted=true").status == 200
    row = next(r for r in node.log_lines("request") if r["path"] == "/subjects")
    assert (row["account"], row["method"], row["status"]) == ("anonymous", "GET", "200") and int(row["us"]) > 0
    world.finish()


# -- TLS


@pytest.fixture(scope="module")
def authority(module_world):
    return certificates.Authority(module_world.folder)


def tls_node(world, authority, name, **settings):
    certificate, key = authority.server(f"{name}-server")
    node = world.registry(name, NRC_REGISTRY_CERTIFICATE=certificate, NRC_REGISTRY_KEY=key, **settings)
    node.tls = trusting(authority.path)
    return node


def broken(function):
    """The connection ends without an answer."""
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
        function()


def test_tls_protects_the_whole_surface(center, authority):
    node = tls_node(center.world, authority, "tls", anonymous=False).start()
    assert node.get("/subjects", **center.steward).status == 200
    refused(node.get("/subjects"), 401)
    name, secret = "tls-client", account(center.world, "tls-client", "producer", "--service", "--agency", "moh")
    client = confluent.SchemaRegistryClient({"url": node.url, "ssl.ca.location": str(authority.path),
                                             "basic.auth.user.info": f"{name}:{secret}"})
    schema_id = client.register_schema("moh.tls-value", confluent.Schema(json.dumps(SCHEMA), "AVRO"))
    assert json.loads(client.get_schema(schema_id).schema_str) == SCHEMA
    with node.session(**center.steward) as session:
        assert {session.request("GET", f"/schemas/ids/{schema_id}").status for _ in range(50)} == {200}
    assert node.stop() == 0


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_tls_refuses_plain_text_and_old_versions(center, authority):
    node = tls_node(center.world, authority, "versions").start()
    plain = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
    broken(lambda: (plain.request("GET", "/"), plain.getresponse()))
    plain.close()
    old = trusting(authority.path)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    broken(lambda: node.get("/", tls=old))
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        now = trusting(authority.path)
        now.minimum_version = now.maximum_version = version
        assert node.get("/", tls=now).status == 200
    broken(lambda: node.get("/", tls=ssl.create_default_context()))
    assert node.stop() == 0


def test_a_client_certificate_may_be_required(center, authority):
    other = certificates.Authority(authority.folder, "stranger")
    node = tls_node(center.world, authority, "required", NRC_REGISTRY_CLIENT_CA=authority.path,
                    NRC_REGISTRY_CLIENT_CERTIFICATE="required").start(wait=False)
    good = trusting(authority.path, *authority.client("good"))
    process.wait_until(lambda: node.get("/readyz", tls=good).status == 200, 30, "ready for those with a certificate")
    broken(lambda: node.get("/"))
    broken(lambda: node.get("/", tls=trusting(authority.path, *other.client("strange"))))
    broken(lambda: node.get("/", tls=trusting(authority.path, *authority.client("expired", days=-1))))
    assert node.get("/subjects", tls=good).status == 200
    assert node.stop() == 0


def test_a_client_certificate_may_be_optional(center, authority):
    other = certificates.Authority(authority.folder, "outsider")
    node = tls_node(center.world, authority, "optional", NRC_REGISTRY_CLIENT_CA=authority.path,
                    NRC_REGISTRY_CLIENT_CERTIFICATE="optional").start()
    assert node.get("/subjects").status == 200
    assert node.get("/subjects", tls=trusting(authority.path, *authority.client("shown"))).status == 200
    broken(lambda: node.get("/", tls=trusting(authority.path, *other.client("foreign"))))
    assert node.stop() == 0


def test_a_registry_with_a_broken_configuration_says_so_and_ends(world):
    pair = {"NRC_REGISTRY_CERTIFICATE": "/nowhere.pem", "NRC_REGISTRY_KEY": "/nowhere.key"}
    for settings, word in ((pair, "the certificate /nowhere.pem: No such file or directory"),
                           ({"NRC_REGISTRY_LISTEN": "0.0.0.0:0", "NRC_REGISTRY_ANONYMOUS": "no"}, "plain = yes"),
                           ({"NRC_REGISTRY_LISTEN": "127.0.0.1.invalid:0"}, "127.0.0.1.invalid"),
                           ({"NRC_REGISTRY_LISTEN": "0.0.0.0:0"}, "anonymous"),
                           ({"NRC_REGISTRY_CERTIFICATE": "/nowhere.pem"}, "key")):
        node = world.registry(f"broken-{len(settings)}-{word[:5].strip()}", **settings)
        with pytest.raises(Ended):
            node.start()
        assert node.exit_code not in (0, None) and word in node.log_text()


def test_other_machines_are_served_without_tls_only_if_that_is_said(world):
    node = world.registry(anonymous=False, NRC_REGISTRY_LISTEN="0.0.0.0:0", NRC_REGISTRY_PLAIN="yes").start()
    assert node.get("/healthz").status == 200
    assert world.registry("by-name", NRC_REGISTRY_LISTEN="localhost:0").start(wait=False).stop() == 0
    world.finish()


def test_a_renewed_certificate_is_taken_without_a_restart(center, authority):
    node = tls_node(center.world, authority, "renewed", anonymous=False).start()

    def shown():
        with socket.create_connection(("127.0.0.1", node.port), 30) as s:
            with trusting(authority.path).wrap_socket(s, server_hostname="localhost") as tls:
                return tls.getpeercert()["serialNumber"]

    first = shown()
    with node.session(**center.steward) as old:
        assert old.request("GET", "/subjects").status == 200
        certificate, key = authority.server("renewed-server")
        node.process.send(signal.SIGHUP)
        process.wait_until(lambda: shown() != first, 30, "the new certificate is shown")
        assert old.request("GET", "/subjects").status == 200
    second = shown()
    key.write_text("broken")
    node.process.send(signal.SIGHUP)
    process.wait_until(lambda: node.log_lines("reload_failed"), 30, "the broken key is told")
    assert shown() == second
    assert node.stop() == 0


async def between_tries(seconds):
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=seconds)


async def one_of_many(number, node, context, first, half, again):
    """Asks until it is served, before and after the restart."""
    headers = "".join(f"{k}: {v}\r\n" for k, v in node.headers.items())
    request = f"GET /schemas/ids/1 HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Connection: close\r\n\r\n".encode()

    async def served():
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", node.port, ssl=context, ssl_handshake_timeout=100)
                writer.write(request)
                said = await reader.read()
                writer.close()
                if said.startswith(b"HTTP/1.1 200 "):
                    return
                assert not said or said.startswith(b"HTTP/1.1 5"), said  # 500, 503: away, or full
            except OSError:  # refused, or cut off by the restart
                pass
            await between_tries(0.05 + number % 50 / 100)

    await served()
    first.append(number)
    if len(first) == 500:
        half.set()
    while not again.is_set():
        await served()
    await served()


@pytest.mark.timeout(400)
def test_a_thousand_clients_find_the_registry_again_when_it_restarts(world, tmp_path):
    authority = certificates.Authority(tmp_path)
    node = tls_node(world, authority, "many", anonymous=False, NRC_REGISTRY_CONNECTIONS=200,
                    NRC_REGISTRY_LISTEN=f"127.0.0.1:{process.free_port()}")
    node.headers = basic("huda", account(world, "huda", "steward"))
    node.start()
    node.register("s", '"string"')
    first, half, again = [], asyncio.Event(), asyncio.Event()

    async def all_of_them():
        clients = [asyncio.create_task(one_of_many(n, node, node.tls, first, half, again)) for n in range(1000)]
        try:
            served = asyncio.create_task(half.wait())
            await asyncio.wait([served, *clients], return_when=asyncio.FIRST_COMPLETED)
            assert not any(c.done() for c in clients), [c for c in clients if c.done()][:3]
            assert await asyncio.to_thread(node.stop) == 0
            await asyncio.to_thread(node.start)
            again.set()
            await asyncio.gather(*clients)
        finally:
            for client in clients:
                client.cancel()

    asyncio.run(asyncio.wait_for(all_of_them(), 300))
    assert len(first) == 1000, "none was left out"
    assert node.get("/subjects").json == ["s"]
    world.finish()
