/* SPDX-License-Identifier: Apache-2.0
 * registry/openapi.c - the API's description, made from the route table: OpenAPI 3.0.3 at
 * /nrc/v1/openapi.json.
 *
 * Every path that is served stands in it, as it is made from what is served; the parameters, bodies
 * and answers are openapi_components.c's. */
#include "registry/openapi.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err_table.h"
#include "base/jsonw.h"
#include "registry/openapi_components.h"
#include "registry/sources/sources.h"

#define V1 "application/vnd.schemaregistry.v1+json"

/* Of answers and bodies; a body may also be application/octet-stream (registry/media.h). */
static const char *const types[] = {V1, "application/vnd.schemaregistry+json", "application/json"};

static const char *verb(enum http_method method)
{
    switch (method) {
    case HTTP_GET: return "get";
    case HTTP_POST: return "post";
    case HTTP_PUT: return "put";
    case HTTP_DELETE: return "delete";
    }
    return "get";
}

static void put_raw(struct jsonw *w, const char *key, const char *json)
{
    jsonw_key(w, key);
    jsonw_raw(w, json);
}

static void open_object(struct jsonw *w, const char *key)
{
    jsonw_key(w, key);
    jsonw_open(w, '{');
}

static const char *path_schema(const char *name, size_t len)
{
    static const struct reg_named_schema rows[] = {
        {"id", "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":1,\"example\":1}"},
        {"version", "{\"type\":\"string\",\"pattern\":\"^([1-9][0-9]{0,8}|latest|-1)$\","
                    "\"example\":\"latest\"}"},
        {"subject", "{\"type\":\"string\",\"minLength\":1,\"example\":\"moh.births-value\"}"},
        {"code", "{\"type\":\"string\",\"minLength\":1,\"example\":\"moh\"}"},
        {"system", "{\"type\":\"string\",\"minLength\":1,\"example\":\"moh.registry\"}"},
        {"dataset", "{\"type\":\"string\",\"minLength\":1,\"example\":\"moh.births\"}"},
        {"contract", "{\"type\":\"string\",\"minLength\":1,\"example\":\"latest\"}"},
        {"guid", "{\"type\":\"string\",\"format\":\"uuid\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0) {
            return rows[i].schema;
        }
    }
    return "{\"type\":\"string\",\"minLength\":1}";
}

static void put_parameters(const struct reg_operation *operation, struct jsonw *w)
{
    jsonw_key(w, "parameters");
    jsonw_open(w, '[');
    for (const char *at = strchr(operation->pattern, '{'); at != NULL; at = strchr(at + 1, '{')) {
        size_t len = strcspn(at + 1, "}*");
        jsonw_open(w, '{');
        jsonw_key(w, "name");
        jsonw_str_n(w, at + 1, len);
        jsonw_text(w, "in", "path");
        jsonw_key(w, "required");
        jsonw_bool(w, true);
        put_raw(w, "schema", path_schema(at + 1, len));
        jsonw_close(w, '}');
    }
    for (int i = 0; i < REG_QUERY_COUNT; i++) {
        if ((operation->query & UINT64_C(1) << i) != 0) {
            const struct reg_query_row *row = reg_query_row((enum reg_query)i);
            jsonw_open(w, '{');
            jsonw_text(w, "name", row->name);
            jsonw_text(w, "in", "query");
            jsonw_text(w, "description", row->sentence);
            put_raw(w, "schema", row->schema);
            jsonw_close(w, '}');
        }
    }
    jsonw_close(w, ']');
}

static void put_reference(struct jsonw *w, const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "#/components/schemas/%s", name);
    open_object(w, "schema");
    jsonw_text(w, "$ref", path);
    jsonw_close(w, '}');
}

static void put_content(struct jsonw *w, const char *type, const char *name)
{
    open_object(w, type);
    put_reference(w, name);
    jsonw_close(w, '}');
}

static void put_body(const struct reg_operation *operation, struct jsonw *w)
{
    if (operation->body == NULL) {
        return;
    }
    open_object(w, "requestBody");
    jsonw_key(w, "required");
    jsonw_bool(w, true);
    open_object(w, "content");
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        put_content(w, types[i], operation->body);
    }
    jsonw_close(w, '}');
    jsonw_close(w, '}');
}

static void put_responses(const struct reg_operation *operation, struct jsonw *w)
{
    bool is_text = strcmp(operation->response, "text") == 0;
    open_object(w, "responses");
    open_object(w, "2XX");
    jsonw_text(w, "description", "The result.");
    open_object(w, "content");
    if (is_text) {
        put_raw(w, "text/plain", "{\"schema\":{\"type\":\"string\"}}");
    }
    bool is_catalogue = strcmp(operation->response, "catalogue") == 0;
    for (int i = 0; is_catalogue && i < REG_SOURCES_FORMAT_COUNT; i++) {
        put_raw(w, reg_sources_media_type((enum reg_sources_format)i),
                i == REG_SOURCES_JSON || i == REG_SOURCES_DCAT
                    ? "{\"schema\":{\"type\":\"object\"}}"
                    : "{\"schema\":{\"type\":\"string\"}}");
    }
    for (size_t i = 0; !is_text && !is_catalogue && i < COUNT_OF(types); i++) {
        put_content(w, types[i], operation->response);
    }
    jsonw_close(w, '}');
    jsonw_close(w, '}');
    put_raw(w, "4XX", "{\"$ref\":\"#/components/responses/error\"}");
    put_raw(w, "5XX",
            is_text ? "{\"$ref\":\"#/components/responses/text\"}"
                    : "{\"$ref\":\"#/components/responses/error\"}");
    jsonw_close(w, '}');
}

/* What the path is about: its first word, and our own paths' own. */
static void put_tag(const char *pattern, struct jsonw *w)
{
    const char *own = strncmp(pattern, "/nrc/v1/", 8) == 0 ? pattern + 8 : pattern + 1;
    size_t len = strcspn(own, "/.");
    jsonw_key(w, "tags");
    jsonw_open(w, '[');
    jsonw_str_n(w, len > 0 ? own : "root", len > 0 ? len : strlen("root"));
    jsonw_close(w, ']');
}

static void put_operation(const struct reg_operation *operation, struct jsonw *w)
{
    open_object(w, verb(operation->method));
    jsonw_text(w, "summary", operation->summary);
    put_tag(operation->pattern, w);
    put_parameters(operation, w);
    put_body(operation, w);
    put_responses(operation, w);
    put_raw(w, "security", operation->roles != 0 ? "[{\"basic\":[]},{\"bearer\":[]}]" : "[]");
    jsonw_close(w, '}');
}

/* OpenAPI knows no tail that spans segments. */
static bool is_described(const struct reg_operation *operation)
{
    return strchr(operation->pattern, '*') == NULL;
}

static bool is_first_of_path(const struct reg_operation *operations, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (strcmp(operations[j].pattern, operations[i].pattern) == 0) {
            return false;
        }
    }
    return true;
}

static void put_paths(const struct reg_operation *operations, size_t count, struct jsonw *w)
{
    jsonw_open(w, '{');
    for (size_t i = 0; i < count; i++) {
        if (!is_described(&operations[i]) || !is_first_of_path(operations, i)) {
            continue;
        }
        jsonw_key(w, operations[i].pattern);
        jsonw_open(w, '{');
        for (size_t j = i; j < count; j++) {
            if (strcmp(operations[i].pattern, operations[j].pattern) == 0) {
                put_operation(&operations[j], w);
            }
        }
        jsonw_close(w, '}');
    }
    jsonw_close(w, '}');
}

static bool is_first_of_code(size_t i, const int *codes)
{
    for (size_t j = 0; j < i; j++) {
        if (codes[j] == codes[i]) {
            return false;
        }
    }
    return true;
}

/* {"error_code":N,"message":"…"}: which numbers there are, and what those of HTTP mean. */
static void put_error_schema(struct jsonw *w)
{
#define X(name, token, status, code, sentence) code,
    static const int codes[] = {ERR_TABLE(X)};
#undef X
#define X(name, token, status, code, sentence) #code ": " sentence ". "
    static const char meanings[] = ERR_TABLE_HTTP(X);
#undef X
    jsonw_open(w, '{');
    jsonw_text(w, "type", "object");
    put_raw(w, "required", "[\"error_code\",\"message\"]");
    put_raw(w, "additionalProperties", "false");
    open_object(w, "properties");
    open_object(w, "error_code");
    jsonw_text(w, "type", "integer");
    jsonw_text(w, "description", meanings);
    jsonw_key(w, "enum");
    jsonw_open(w, '[');
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (is_first_of_code(i, codes)) {
            jsonw_int(w, codes[i]);
        }
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
    put_raw(w, "message", "{\"type\":\"string\"}");
    jsonw_close(w, '}');
    jsonw_close(w, '}');
}

static void put_components(struct jsonw *w)
{
    size_t count;
    const struct reg_named_schema *schemas = reg_schemas(&count);
    jsonw_open(w, '{');
    open_object(w, "schemas");
    jsonw_key(w, "Error");
    put_error_schema(w);
    for (size_t i = 0; i < count; i++) {
        put_raw(w, schemas[i].name, schemas[i].schema);
    }
    jsonw_close(w, '}');
    open_object(w, "responses");
    open_object(w, "error");
    jsonw_text(w, "description", "The error.");
    open_object(w, "content");
    put_content(w, V1, "Error");
    jsonw_close(w, '}');
    jsonw_close(w, '}');
    put_raw(w, "text",
            "{\"description\":\"The error.\",\"content\":{\"text/plain\":{\"schema\":{\"type\":"
            "\"string\"}},\"" V1 "\":{\"schema\":{\"$ref\":\"#/components/schemas/Error\"}}}}");
    jsonw_close(w, '}');
    put_raw(w, "securitySchemes",
            "{\"basic\":{\"type\":\"http\",\"scheme\":\"basic\",\"description\":"
            "\"An account's name and secret.\"},"
            "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":"
            "\"NAME.SECRET of an account.\"}}");
    jsonw_close(w, '}');
}

void reg_openapi_put(const struct reg_operation *operations, size_t count, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_text(&w, "openapi", "3.0.3");
    put_raw(&w, "info",
            "{\"title\":\"National Records Center: structures and datasets\",\"version\":"
            "\"1\",\"description\":\"Confluent's schema registry API, and the Center's own "
            "under /nrc/v1/.\"}");
    put_raw(&w, "servers",
            "[{\"url\":\"/\"},{\"url\":\"/contexts/{context}\",\"description\":"
            "\"The context of names that have none of their own.\","
            "\"variables\":{\"context\":{\"default\":\".\"}}}]");
    jsonw_key(&w, "paths");
    put_paths(operations, count, &w);
    jsonw_key(&w, "components");
    put_components(&w);
    jsonw_close(&w, '}');
}
