/* SPDX-License-Identifier: Apache-2.0
 * registry/sources/dcat.c - the catalogue in DCAT 3 (W3C, "Data Catalog Vocabulary, version 3"), as JSON-LD 1.1, by the
 * profile DCAT-AP 3.0.1 (SEMIC).
 *
 * IRIs are the registry's own addresses, so that each can be read. Texts have their language; codes have none. Values that
 * the profile wants of a class are given with it, as nobody has the vocabularies at hand. */
#include <string.h>

#include "base/jsonw.h"
#include "registry/sources/writer_priv.h"

#define EU "http://publications.europa.eu/resource/authority/"

static const char context[] =
    "{\"adms\":\"http://www.w3.org/ns/adms#\",\"dcat\":\"http://www.w3.org/ns/dcat#\","
    "\"dct\":\"http://purl.org/dc/terms/\",\"foaf\":\"http://xmlns.com/foaf/0.1/\","
    "\"prov\":\"http://www.w3.org/ns/prov#\",\"rdfs\":\"http://www.w3.org/2000/01/rdf-schema#\","
    "\"skos\":\"http://www.w3.org/2004/02/skos/core#\",\"vcard\":\"http://www.w3.org/2006/vcard/"
    "ns#\","
    "\"xsd\":\"http://www.w3.org/2001/XMLSchema#\"}";

/* The EU's vocabulary of frequencies. */
static const struct {
    const char *cadence;
    const char *frequency;
} frequencies[] = {
    {"continuous", "UPDATE_CONT"}, {"hourly", "HOURLY"},   {"daily", "DAILY"},
    {"weekly", "WEEKLY"},          {"monthly", "MONTHLY"}, {"quarterly", "QUARTERLY"},
    {"yearly", "ANNUAL"},          {"irregular", "IRREG"},
};

struct graph {
    struct jsonw w;
    const char *base; /* without a slash at its end */
    size_t base_len;
};

/* RFC 3987: what may stand in an IRI as it is. The rest of each IRI is made of codes and numbers. */
static bool is_base(const char *url)
{
    const char *rest = strncmp(url, "https://", 8) == 0  ? url + 8
                       : strncmp(url, "http://", 7) == 0 ? url + 7
                                                         : "";
    return *rest != '\0' && *rest != '/' && url[strcspn(url, " <>\"{}|\\^`#?\t\r\n")] == '\0';
}

static void put_iri(struct graph *g, const char *folder, const char *name)
{
    struct buf iri = BUF_INIT;
    buf_put(&iri, g->base, g->base_len);
    buf_printf(&iri, "%s%s", folder, name);
    jsonw_key(&g->w, "@id");
    jsonw_str(&g->w, buf_cstr(&iri));
    if (buf_failed(&iri)) {
        g->w.out->failed = true;
    }
    buf_fini(&iri);
}

static void open_node(struct graph *g, const char *key, const char *type)
{
    if (key != NULL) {
        jsonw_key(&g->w, key);
    }
    jsonw_open(&g->w, '{');
    jsonw_key(&g->w, "@type");
    jsonw_str(&g->w, type);
}

/* A node of somebody else's. */
static void put_node(struct graph *g, const char *key, const char *type, const char *prefix,
                     const char *name)
{
    struct buf iri = BUF_INIT;
    buf_printf(&iri, "%s%s", prefix, name);
    open_node(g, key, type);
    jsonw_key(&g->w, "@id");
    jsonw_str(&g->w, buf_cstr(&iri));
    jsonw_close(&g->w, '}');
    buf_fini(&iri);
}

static void put_reference(struct graph *g, const char *key, const char *folder, const char *name)
{
    jsonw_key(&g->w, key);
    jsonw_open(&g->w, '{');
    put_iri(g, folder, name);
    jsonw_close(&g->w, '}');
}

static void put_one(struct graph *g, const char *text, const char *language)
{
    if (text != NULL) {
        jsonw_open(&g->w, '{');
        jsonw_key(&g->w, "@value");
        jsonw_str(&g->w, text);
        jsonw_key(&g->w, "@language");
        jsonw_str(&g->w, language);
        jsonw_close(&g->w, '}');
    }
}

/* Each in its language; a code, without one, if there is no text. All NULL: nothing. */
static void put_texts(struct graph *g, const char *key, const char *english, const char *arabic,
                      const char *code)
{
    if (english == NULL && arabic == NULL && code == NULL) {
        return;
    }
    jsonw_key(&g->w, key);
    if (english == NULL && arabic == NULL) {
        jsonw_str(&g->w, code);
        return;
    }
    jsonw_open(&g->w, '[');
    put_one(g, english, "en");
    put_one(g, arabic, "ar");
    jsonw_close(&g->w, ']');
}

static void put_typed(struct graph *g, const char *key, const char *value, const char *type)
{
    if (value != NULL) {
        jsonw_key(&g->w, key);
        jsonw_open(&g->w, '{');
        jsonw_key(&g->w, "@value");
        jsonw_str(&g->w, value);
        jsonw_key(&g->w, "@type");
        jsonw_str(&g->w, type);
        jsonw_close(&g->w, '}');
    }
}

static void put_agency(struct graph *g, const struct sto_grid *agencies, size_t row)
{
    open_node(g, NULL, "foaf:Agent");
    put_iri(g, "/nrc/v1/agencies/", sto_grid_get(agencies, row, "code"));
    put_texts(g, "foaf:name", sto_grid_get(agencies, row, "name"),
              sto_grid_get(agencies, row, "name_ar"), NULL);
    jsonw_key(&g->w, "dct:identifier");
    jsonw_str(&g->w, sto_grid_get(agencies, row, "code"));
    jsonw_close(&g->w, '}');
}

/* What a system does makes its datasets. */
static void put_system(struct graph *g, const struct sto_grid *systems, size_t row)
{
    open_node(g, NULL, "prov:Activity");
    put_iri(g, "/nrc/v1/systems/", sto_grid_get(systems, row, "system"));
    put_texts(g, "dct:title", sto_grid_get(systems, row, "name"),
              sto_grid_get(systems, row, "name_ar"), NULL);
    put_texts(g, "dct:description", sto_grid_get(systems, row, "description"), NULL, NULL);
    jsonw_close(&g->w, '}');
}

/* The plain form, of which a mailto: IRI can be made as it is. */
static bool is_mail(const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
    size_t name = strspn(text, plain);
    size_t host = text[name] == '@' ? strspn(text + name + 1, plain) : 0;
    return name > 0 && host > 0 && text[name + 1 + host] == '\0';
}

static void put_contact(struct graph *g, const struct sto_grid *datasets, size_t row)
{
    const char *contact = sto_grid_get(datasets, row, "contact");
    const char *steward = sto_grid_get(datasets, row, "steward");
    if (contact == NULL && steward == NULL) {
        return;
    }
    open_node(g, "dcat:contactPoint", "vcard:Kind");
    jsonw_key(&g->w, "vcard:fn");
    jsonw_str(&g->w, steward != NULL ? steward : contact);
    if (contact != NULL && is_mail(contact)) {
        struct buf iri = BUF_INIT;
        buf_printf(&iri, "mailto:%s", contact);
        jsonw_key(&g->w, "vcard:hasEmail");
        jsonw_open(&g->w, '{');
        jsonw_key(&g->w, "@id");
        jsonw_str(&g->w, buf_cstr(&iri));
        jsonw_close(&g->w, '}');
        buf_fini(&iri);
    } else if (contact != NULL) {
        jsonw_key(&g->w, "vcard:note");
        jsonw_str(&g->w, contact);
    }
    jsonw_close(&g->w, '}');
}

static void put_frequency(struct graph *g, const char *cadence)
{
    for (size_t i = 0; i < COUNT_OF(frequencies); i++) {
        if (reg_sources_same(cadence, frequencies[i].cadence)) {
            put_node(g, "dct:accrualPeriodicity", "dct:Frequency", EU "frequency/",
                     frequencies[i].frequency);
        }
    }
}

/* Where the data comes from: by which law, and whether the agency makes it or holds another's. */
static void put_statement(struct graph *g, const char *english, const char *arabic)
{
    if (english != NULL) {
        open_node(g, NULL, "dct:ProvenanceStatement");
        put_texts(g, "rdfs:label", english, arabic, NULL);
        jsonw_close(&g->w, '}');
    }
}

static void put_provenance(struct graph *g, const struct sto_grid *datasets, size_t row)
{
    const char *origin = sto_grid_get(datasets, row, "origin");
    const char *basis = sto_grid_get(datasets, row, "legal_basis");
    bool is_produced = reg_sources_same(origin, "produced");
    jsonw_key(&g->w, "dct:provenance");
    jsonw_open(&g->w, '[');
    put_statement(g, origin, origin == NULL ? NULL : is_produced ? "تنتجها الجهة" : "تحوزها الجهة");
    if (basis != NULL) {
        struct buf text = BUF_INIT;
        struct buf arabic = BUF_INIT;
        buf_printf(&text, "Legal basis: %s", basis);
        buf_printf(&arabic, "السند القانوني: %s", basis);
        put_statement(g, buf_cstr(&text), buf_cstr(&arabic));
        buf_fini(&text);
        buf_fini(&arabic);
    }
    jsonw_close(&g->w, ']');
}

/* The agency that answers now, as far as the catalogue has it. */
static const char *publisher_of(const struct sto_sources *sources, size_t row)
{
    const char *agency = sto_grid_get(sources->datasets, row, "agency");
    size_t at = reg_sources_find(sources->agencies, "code", agency);
    const char *answering = sto_grid_get(sources->agencies, at, "answered_by");
    return reg_sources_find(sources->agencies, "code", answering) < sources->agencies->rows
               ? answering
               : agency;
}

static void put_dataset(struct graph *g, const struct sto_sources *sources, size_t row)
{
    const struct sto_grid *datasets = sources->datasets;
    const char *name = sto_grid_get(datasets, row, "dataset");
    const char *english = sto_grid_get(datasets, row, "title");
    const char *arabic = sto_grid_get(datasets, row, "title_ar");
    const char *text = sto_grid_get(datasets, row, "description");
    const char *text_ar = sto_grid_get(datasets, row, "description_ar");
    const char *system = sto_grid_get(datasets, row, "system");
    const char *successor = sto_grid_get(datasets, row, "successor");
    bool is_described = text != NULL || text_ar != NULL;
    open_node(g, NULL, "dcat:Dataset");
    put_iri(g, "/nrc/v1/datasets/", name);
    jsonw_key(&g->w, "dct:identifier");
    jsonw_str(&g->w, name);
    put_texts(g, "dct:title", english, arabic, name);
    put_texts(g, "dct:description", is_described ? text : english, is_described ? text_ar : arabic,
              name);
    put_reference(g, "dct:publisher", "/nrc/v1/agencies/", publisher_of(sources, row));
    put_typed(g, "dct:issued", sto_grid_get(datasets, row, "declared_on"), "xsd:date");
    put_node(g, "dct:accessRights", "dct:RightsStatement", EU "access-right/", "NON_PUBLIC");
    put_frequency(g, sto_grid_get(datasets, row, "cadence"));
    put_contact(g, datasets, row);
    put_provenance(g, datasets, row);
    if (system != NULL) {
        put_reference(g, "prov:wasGeneratedBy", "/nrc/v1/systems/", system);
    }
    if (successor != NULL) {
        put_reference(g, "dct:isReplacedBy", "/nrc/v1/datasets/", successor);
    }
    jsonw_close(&g->w, '}');
}

static void put_catalogue(struct graph *g, const struct sto_grid *datasets)
{
    char now[REG_SOURCES_TIME_SIZE];
    open_node(g, NULL, "dcat:Catalog");
    put_iri(g, "/nrc/v1/catalogue", "");
    put_texts(g, "dct:title", "Catalogue of data sources", "قائمة مصادر البيانات", NULL);
    put_texts(g, "dct:description",
              "The data sources that public bodies have declared to the National Records Center.",
              "مصادر البيانات التي أعلنتها الجهات المعنية للمركز.", NULL);
    open_node(g, "dct:publisher", "foaf:Agent");
    put_iri(g, "/nrc/v1/", "");
    put_texts(g, "foaf:name", "National Records Center", "مركز السجلات الوطنية", NULL);
    jsonw_close(&g->w, '}');
    jsonw_key(&g->w, "dct:language");
    jsonw_open(&g->w, '[');
    put_node(g, NULL, "dct:LinguisticSystem", EU "language/", "ARA");
    put_node(g, NULL, "dct:LinguisticSystem", EU "language/", "ENG");
    jsonw_close(&g->w, ']');
    put_typed(g, "dct:modified", reg_sources_now(now), "xsd:dateTime");
    jsonw_key(&g->w, "dcat:dataset");
    jsonw_open(&g->w, '[');
    for (size_t row = 0; row < datasets->rows; row++) {
        jsonw_open(&g->w, '{');
        put_iri(g, "/nrc/v1/datasets/", sto_grid_get(datasets, row, "dataset"));
        jsonw_close(&g->w, '}');
    }
    jsonw_close(&g->w, ']');
    jsonw_close(&g->w, '}');
}

int reg_sources_dcat(const struct sto_sources *sources, const char *public_url, struct buf *out,
                     struct err *err)
{
    if (public_url == NULL || !is_base(public_url)) {
        return err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                       "[registry] public_url is no address that begins with https:// or http://");
    }
    struct graph g = {.w = jsonw_to(out), .base = public_url, .base_len = strlen(public_url)};
    while (public_url[g.base_len - 1] == '/') {
        g.base_len--;
    }
    jsonw_open(&g.w, '{');
    jsonw_key(&g.w, "@context");
    jsonw_raw(&g.w, context);
    jsonw_key(&g.w, "@graph");
    jsonw_open(&g.w, '[');
    put_catalogue(&g, sources->datasets);
    for (size_t row = 0; row < sources->agencies->rows; row++) {
        put_agency(&g, sources->agencies, row);
    }
    for (size_t row = 0; row < sources->systems->rows; row++) {
        put_system(&g, sources->systems, row);
    }
    for (size_t row = 0; row < sources->datasets->rows; row++) {
        put_dataset(&g, sources, row);
    }
    jsonw_close(&g.w, ']');
    jsonw_close(&g.w, '}');
    buf_put_u8(out, '\n');
    return 0;
}
