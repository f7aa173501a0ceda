# SPDX-License-Identifier: Apache-2.0
"""The catalogue of sources in tests: an agency with datasets to begin with, and readers of the exports that trust nothing."""

import datetime
import html.parser

import pyshacl
import rdflib

from kit import paths

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCTERMS = rdflib.Namespace("http://purl.org/dc/terms/")
FOAF = rdflib.Namespace("http://xmlns.com/foaf/0.1/")
PROV = rdflib.Namespace("http://www.w3.org/ns/prov#")
SHAPES = paths.ROOT / "tests" / "e2e" / "dcat-ap-3"
TODAY = datetime.datetime.now(datetime.timezone.utc).date()
BIRTH = {"type": "record", "name": "Birth", "fields": [
    {"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}]}


def day(days):
    return (TODAY + datetime.timedelta(days=days)).isoformat()


def health(world):
    """The agency moh with the datasets births and deaths; returns the world's nrc."""
    world.nrc.add_agency("moh", "Ministry of Health", "وزارة الصحة", division="دائرة الإحصاء", head="د. سلمى الحارثية")
    for dataset in ("births", "deaths"):
        world.nrc.run("dataset", "add", f"moh.{dataset}", "--key", "civil_no", "--topic", f"{dataset}.{world.tag}")
    return world.nrc


def refused(nrc, *words, code=1):
    return nrc.run(*words, ok=(code,)).stderr


def edit(nrc, dataset, *options, reason="the first description"):
    nrc.run("dataset", "edit", dataset, *options, "--reason", reason)


def gaps(nrc, kind):
    return [gap for gap in nrc.json("catalogue", "gaps") if gap["gap"] == kind]


class Page(html.parser.HTMLParser):
    """The page's elements, and the text in each direction; a tag that is not ours fails."""

    OURS = {"html", "head", "meta", "title", "style", "body", "section", "h1", "h2", "h3", "h4", "p", "bdi", "table", "tr", "th", "td"}

    def __init__(self, text):
        super().__init__()
        self.text, self.direction, self.tags = {"rtl": "", "ltr": "", None: ""}, None, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        assert tag in self.OURS, tag
        self.tags.append(tag)
        if tag == "section":
            self.direction = dict(attrs)["dir"]
            assert dict(attrs)["lang"] == {"rtl": "ar", "ltr": "en"}[self.direction]

    def handle_endtag(self, tag):
        self.direction = None if tag == "section" else self.direction

    def handle_data(self, data):
        self.text[self.direction] += data


def graph_of(text):
    return rdflib.Graph().parse(data=text, format="json-ld")


def check_profile(graph):
    """DCAT-AP 3.0.1's own shapes: what is mandatory, and the classes of values."""
    shapes = rdflib.Graph()
    for name in ("shapes.ttl", "range.ttl"):
        shapes.parse(SHAPES / name)
    conforms, _, said = pyshacl.validate(graph, shacl_graph=shapes, inference="none", advanced=False)
    assert conforms, said
