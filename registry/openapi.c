/* SPDX-License-Identifier: Apache-2.0
 * registry/openapi.c - the API's description, made from the route table: OpenAPI 3.0.3 at
 * /nrc/v1/openapi.json.
 *
 * Every path that is served stands in it, as it is made from what is served; the bodies that are
 * ours are described in full, Confluent's by reference to their kind. */
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "registry/role.h"
#include "registry/routes.h"

#define TEXT         "{\"type\":\"string\"}"
#define NAME         "{\"type\":\"string\",\"minLength\":1}"
#define TEXT_OR_NULL "{\"type\":\"string\",\"nullable\":true}"
#define TEXTS        "{\"type\":\"array\",\"maxItems\":64,\"items\":" TEXT "}"
#define OBJECT       "{\"type\":\"object\"}"

#define SCHEMA_BODY                                                                                \
    "{\"type\":\"object\",\"required\":[\"schema\"],\"properties\":{\"schema\":" TEXT              \
    ",\"schemaType\":" TEXT_OR_NULL ",\"references\":{\"type\":\"array\",\"nullable\":true,"       \
    "\"items\":{\"type\":\"object\",\"required\":[\"name\",\"subject\",\"version\"],"              \
    "\"properties\":{\"name\":" TEXT ",\"subject\":" TEXT                                          \
    ",\"version\":{\"type\":\"integer\"}}}},"                                                      \
    "\"metadata\":{\"type\":\"object\",\"nullable\":true},"                                        \
    "\"ruleSet\":{\"type\":\"object\",\"nullable\":true}}}"

/* What a body must be, of the operations that take one. */
static const struct body {
    enum http_method method;
    const char *pattern;
    const char *schema;
} bodies[] = {
    {HTTP_POST, "/nrc/v1/agencies",
     "{\"type\":\"object\",\"required\":[\"code\",\"name\",\"class\",\"division\",\"head\"],"
     "\"properties\":{\"code\":{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]{0,30}$\"},"
     "\"name\":" NAME ",\"name_ar\":" TEXT_OR_NULL
     ",\"class\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3},\"division\":" NAME
     ",\"head\":" NAME "}}"},
    {HTTP_POST, "/nrc/v1/datasets",
     "{\"type\":\"object\",\"required\":[\"dataset\",\"key\"],\"properties\":{"
     "\"dataset\":{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]{0,30}\\\\.[a-z][a-z0-9_]{0,40}"
     "$\"},\"topic\":" TEXT_OR_NULL ",\"key\":" TEXTS
     ",\"key_format\":{\"type\":\"string\",\"enum\":[\"auto\",\"text\",\"avro\",\"json\","
     "\"long\"]},\"order\":" TEXT_OR_NULL ",\"event_time\":" TEXT_OR_NULL
     ",\"exempt\":{\"type\":\"boolean\"},\"exempt_field\":" TEXT_OR_NULL ",\"exempt_values\":" TEXTS
     ",\"leaves\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":256}}}"},
    {HTTP_POST, "/subjects/{subject}", SCHEMA_BODY},
    {HTTP_POST, "/subjects/{subject}/versions", SCHEMA_BODY},
    {HTTP_POST, "/compatibility/subjects/{subject}/versions", SCHEMA_BODY},
    {HTTP_POST, "/compatibility/subjects/{subject}/versions/{version}", SCHEMA_BODY},
    {HTTP_PUT, "/config", OBJECT},
    {HTTP_PUT, "/config/{subject}", OBJECT},
    {HTTP_PUT, "/mode", OBJECT},
    {HTTP_PUT, "/mode/{subject}", OBJECT},
};

static const char error_schema[] =
    "{\"type\":\"object\",\"required\":[\"error_code\",\"message\"],\"additionalProperties\":false,"
    "\"properties\":{\"error_code\":{\"type\":\"integer\"},\"message\":" TEXT "}}";

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

static void put_parameters(const char *pattern, struct jsonw *w)
{
    jsonw_key(w, "parameters");
    jsonw_open(w, '[');
    for (const char *at = strchr(pattern, '{'); at != NULL; at = strchr(at + 1, '{')) {
        size_t len = strcspn(at + 1, "}*");
        jsonw_open(w, '{');
        jsonw_key(w, "name");
        jsonw_str_n(w, at + 1, len);
        jsonw_key(w, "in");
        jsonw_str(w, "path");
        jsonw_key(w, "required");
        jsonw_bool(w, true);
        jsonw_key(w, "schema");
        jsonw_raw(w, len == 2 && strncmp(at + 1, "id", 2) == 0
                         ? "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":1}"
                         : NAME);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void put_body(const struct http_route *route, struct jsonw *w)
{
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        if (bodies[i].method != route->method || strcmp(bodies[i].pattern, route->pattern) != 0) {
            continue;
        }
        jsonw_key(w, "requestBody");
        jsonw_open(w, '{');
        jsonw_key(w, "required");
        jsonw_bool(w, true);
        jsonw_key(w, "content");
        jsonw_open(w, '{');
        jsonw_key(w, "application/json");
        jsonw_open(w, '{');
        jsonw_key(w, "schema");
        jsonw_raw(w, bodies[i].schema);
        jsonw_close(w, '}');
        jsonw_close(w, '}');
        jsonw_close(w, '}');
    }
}

static void put_operation(const struct http_route *route, struct jsonw *w)
{
    jsonw_key(w, verb(route->method));
    jsonw_open(w, '{');
    jsonw_key(w, "summary");
    jsonw_str(w, route->summary);
    put_parameters(route->pattern, w);
    put_body(route, w);
    jsonw_key(w, "responses");
    jsonw_raw(w, "{\"2XX\":{\"description\":\"What was asked for.\"},"
                 "\"4XX\":{\"$ref\":\"#/components/responses/error\"},"
                 "\"5XX\":{\"$ref\":\"#/components/responses/error\"}}");
    jsonw_key(w, "security");
    jsonw_raw(w, route->roles != 0 ? "[{\"basic\":[]},{\"bearer\":[]}]" : "[]");
    jsonw_close(w, '}');
}

/* OpenAPI knows no tail that spans segments. */
static bool is_described(const struct http_route *route)
{
    return strchr(route->pattern, '*') == NULL;
}

static bool is_first_of_path(const struct http_route *routes, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (strcmp(routes[j].pattern, routes[i].pattern) == 0) {
            return false;
        }
    }
    return true;
}

static void put_paths(const struct http_app *app, struct jsonw *w)
{
    jsonw_open(w, '{');
    for (size_t i = 0; i < app->route_count; i++) {
        if (!is_described(&app->routes[i]) || !is_first_of_path(app->routes, i)) {
            continue;
        }
        jsonw_key(w, app->routes[i].pattern);
        jsonw_open(w, '{');
        for (size_t j = i; j < app->route_count; j++) {
            if (strcmp(app->routes[i].pattern, app->routes[j].pattern) == 0) {
                put_operation(&app->routes[j], w);
            }
        }
        jsonw_close(w, '}');
    }
    jsonw_close(w, '}');
}

static int get_openapi(struct http_request *req, struct err *err)
{
    (void)err;
    struct http_app app;
    reg_app(&app);
    struct jsonw w = jsonw_to(http_out(req));
    jsonw_open(&w, '{');
    jsonw_key(&w, "openapi");
    jsonw_str(&w, "3.0.3");
    jsonw_key(&w, "info");
    jsonw_raw(&w, "{\"title\":\"National Records Center: structures and datasets\",\"version\":"
                  "\"1\",\"description\":\"Confluent's schema registry API, and the Center's own "
                  "under /nrc/v1/.\"}");
    jsonw_key(&w, "paths");
    put_paths(&app, &w);
    jsonw_key(&w, "components");
    jsonw_open(&w, '{');
    jsonw_key(&w, "responses");
    jsonw_open(&w, '{');
    jsonw_key(&w, "error");
    jsonw_open(&w, '{');
    jsonw_key(&w, "description");
    jsonw_str(&w, "Why not.");
    jsonw_key(&w, "content");
    jsonw_open(&w, '{');
    jsonw_key(&w, "application/vnd.schemaregistry.v1+json");
    jsonw_open(&w, '{');
    jsonw_key(&w, "schema");
    jsonw_raw(&w, error_schema);
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
    jsonw_key(&w, "securitySchemes");
    jsonw_raw(&w, "{\"basic\":{\"type\":\"http\",\"scheme\":\"basic\"},"
                  "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}");
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
    http_ok(req, 200, "application/json");
    return 0;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/nrc/v1/openapi.json", 0, get_openapi, "This description."},
};

const struct http_route *reg_openapi_routes(size_t *count)
{
    *count = COUNT_OF(routes);
    return routes;
}
