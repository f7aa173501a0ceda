# SPDX-License-Identifier: Apache-2.0
"""One change of each class, from its registration to its acknowledgement: an agency asks, stewards decide, and whoever subscribed
is told by webhook. What the receiver is told it verifies with the reference library of Standard Webhooks, and prints; beside it a
reader of the topic of notifications prints what it reads there, with Confluent's deserialiser and CloudEvents' own library."""

import base64
import datetime
import http.server
import json
import queue
import threading
import urllib.error
import urllib.request

from standardwebhooks import Webhook

from kit import process
from kit.topic_reader import TopicReader

TOPIC = "nrc.notifications"
DATASET = "rop.vehicles"
PLATE = {"name": "plate", "type": "string"}
OWNER = {"name": "owner", "type": "string"}
FIRST = [PLATE, OWNER]
SAFE = [*FIRST, {"name": "colour", "type": ["null", "string"], "default": None}]
REVIEW = [PLATE, {"name": "owner_civil_no", "type": "string", "aliases": ["owner"]}, SAFE[2]]
BREAKING = [*REVIEW[:2], {"name": "colour", "type": ["null", "int"], "default": None},
            {"name": "insured_until", "type": {"type": "int", "logicalType": "date"}}]
SOON_S = 8


class Receiver:
    """A subscriber's: what it was told, verified, in order."""

    def __init__(self):
        self.told = queue.Queue()
        self.secret = None
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.put(Webhook(receiver.secret).verify(body, dict(self.headers)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/told"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Scene:
    def __init__(self, nrc, registry_url, bootstrap, say):
        self.nrc, self.url, self.say = nrc, registry_url, say
        self.receiver = Receiver()
        self.reader = TopicReader(bootstrap, TOPIC, registry_url)
        self.secrets = {}

    def account(self, name, person, role, *options):
        self.secrets[name] = self.nrc.json("account", "add", name, "--person", person, "--role", role, "--decision",
                                           "No. 1 of the demo", *options)["secret"]

    def post(self, name, path, body):
        words = base64.b64encode(f"{name}:{self.secrets[name]}".encode()).decode()
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), method="POST", headers={
            "Content-Type": "application/json", "Authorization": f"Basic {words}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)

    @staticmethod
    def schema(fields):
        return json.dumps({"type": "record", "name": "Vehicle", "namespace": "om.rop", "fields": fields})

    def register(self, fields):
        """As a serialiser does."""
        answer = self.post("rop-feed", f"/subjects/{DATASET}-value/versions", {"schema": self.schema(fields)})
        self.say(f"  its serialiser is answered: {answer.get('message') or 'id ' + str(answer['id'])}")

    def await_told(self, kind):
        """Prints what the subscriber is told, until it is told of that."""
        while True:
            event = self.receiver.told.get(timeout=60)
            data = event["data"]
            at = f", takes effect at {data['effective_at']}" if data.get("effective_at") else ""
            self.say(f"  the subscriber is told: {event['type']} {event['subject']}"
                     f"{', ' + data['class'] if data.get('class') else ''}{at}")
            self.await_topic(event["id"])
            if event["type"] == f"nrc.{kind}":
                return event

    def await_topic(self, event_id):
        """Prints what the topic has of that event."""
        while event_id not in self.reader.ids():
            self.reader.wait(len(self.reader.ids()) + 1, 60)
        told = next(m for m in self.reader.messages if m.id == event_id)
        at = f", takes effect at {told.data['effective_at']:%Y-%m-%dT%H:%M:%SZ}" if told.data["effective_at"] else ""
        self.say(f"  the topic has it, too: {told.type} {told.event.get_subject()}, partition {told.partition}, offset"
                 f" {told.offset}{', ' + told.data['class'] if told.data['class'] else ''}{at}")

    def approve(self, request, *stewards):
        for name in stewards:
            answer = self.post(name, f"/nrc/v1/requests/{request}/approval", {"reason": "agreed with the agency"})
            self.say(f"  {name} approves request {request}: {answer.get('message') or answer['state']}")

    def generations(self):
        return self.nrc.json("dataset", "show", DATASET)["generations"]

    def play(self):
        self.account("rop-feed", "Vehicles' system, Royal Oman Police", "producer", "--agency", "rop", "--service")
        for name, person in (("huda", "Huda Al-Balushi"), ("noor", "Noor Al-Kindi"), ("statistics", "Maryam Al-Harthy")):
            self.account(name, person, "steward")
        self.nrc.run("dataset", "add", DATASET, "--key", "plate")
        self.register(FIRST)
        self.receiver.secret = self.nrc.json("subscription", "add", "vehicle-statistics", "--account", "statistics", "--webhook",
                                             self.receiver.url, "--dataset", DATASET, "--type", "structure.*")["secret"]

        self.say("safe: an optional field is added; it is in force at once")
        self.register(SAFE)
        self.await_told("structure.active")

        self.say("review: a field is renamed; a steward decides")
        self.register(REVIEW)
        asked = self.await_told("structure.requested")
        self.approve(asked["subject"].partition("/")[2], "huda")
        self.await_told("structure.active")

        self.say("breaking: a required field is added, and the colour is a number; the agency gives notice, and two stewards decide")
        starts = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=SOON_S)
        self.nrc.run("notice", "file", "modification", "--dataset", DATASET, "--from", starts.strftime("%Y-%m-%dT%H:%M:%SZ"),
                     "--reason", "compulsory insurance")
        made = self.post("rop-feed", "/nrc/v1/requests", {"dataset": DATASET, "schema": self.schema(BREAKING),
                                                         "reason": "compulsory insurance"})
        self.await_told("structure.requested")
        self.approve(made["id"], "huda", "noor")
        told = self.await_told("structure.approved")
        self.post("statistics", f"/nrc/v1/notifications/{told['id']}/ack", {})
        shown = self.nrc.json("notification", "show", told["id"])
        (known,) = shown["acknowledgements"]
        self.say(f"  {known['person']} acknowledges it: on record since {known['at']} (NRL-18)")
        self.await_told("structure.active")
        process.wait_until(lambda: len(self.generations()) == 2, 60, "the view is made anew")
        former, present = self.generations()
        self.say(f"  readers of {present['view']} see the number; what was built on it stays on {former['view']}, with the text")
        # The receiver ends with this scene.
        self.nrc.run("subscription", "disable", "vehicle-statistics", "--reason", "the demo's scene is over")


def play(nrc, registry_url, bootstrap, say):
    scene = Scene(nrc, registry_url, bootstrap, say)
    try:
        scene.play()
    finally:
        scene.reader.close()
        scene.receiver.close()
