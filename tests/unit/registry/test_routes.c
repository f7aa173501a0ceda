/* SPDX-License-Identifier: Apache-2.0
 * The table of the API: every row is whole, and asks for the role that it must. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "registry/access/role.h"
#include "registry/openapi_components.h"
#include "registry/routes.h"

static bool is_schema(const char *name)
{
    size_t count;
    const struct reg_named_schema *schemas = reg_schemas(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(schemas[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void every_row_says_what_it_takes_and_answers(void **state)
{
    (void)state;
    size_t count;
    const struct reg_operation *operations = reg_operations(&count);
    for (size_t i = 0; i < count; i++) {
        const struct reg_operation *row = &operations[i];
        bool has_body =
            row->method == HTTP_PUT || (row->method == HTTP_POST && strcmp(row->pattern, "/") != 0);
        assert_non_null(row->handler);
        assert_int_equal(row->pattern[0], '/');
        assert_int_equal(row->summary[strlen(row->summary) - 1], '.');
        assert_int_equal(row->query >> REG_QUERY_COUNT, 0);
        assert_true(has_body ? row->body != NULL && is_schema(row->body) : row->body == NULL);
        bool has_own_types =
            strcmp(row->response, "text") == 0 || strcmp(row->response, "catalogue") == 0;
        assert_true(has_own_types || is_schema(row->response));
    }
}

static void no_row_is_there_twice(void **state)
{
    (void)state;
    size_t count;
    const struct reg_operation *operations = reg_operations(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(operations[i].method == operations[j].method &&
                         strcmp(operations[i].pattern, operations[j].pattern) == 0);
        }
    }
}

/* Asks, and changes nothing. */
static bool reads(const struct reg_operation *row)
{
    bool asks = strcmp(row->pattern, "/") == 0 ||
                strcmp(row->pattern, "/subjects/{subject}") == 0 ||
                strncmp(row->pattern, "/compatibility/", 15) == 0;
    return row->method == HTTP_GET || (row->method == HTTP_POST && asks);
}

/* Producers register, may name the level in force, and announce what their agency does. */
static bool is_for_producers(const struct reg_operation *row)
{
    return (row->method == HTTP_POST &&
            strcmp(row->pattern, "/subjects/{subject}/versions") == 0) ||
           (row->method == HTTP_PUT && strcmp(row->pattern, "/config/{subject}") == 0) ||
           strncmp(row->pattern, "/nrc/v1/notices", strlen("/nrc/v1/notices")) == 0 ||
           strcmp(row->pattern, "/nrc/v1/datasets/{dataset}/contracts") == 0 ||
           strcmp(row->pattern, "/nrc/v1/datasets/{dataset}/controls") == 0 ||
           strcmp(row->pattern, "/nrc/v1/requests") == 0 ||
           strcmp(row->pattern, "/nrc/v1/requests/{id}/rejection") == 0;
}

/* What an account does for itself: it subscribes, and says that it knows. */
static bool is_its_own(const struct reg_operation *row)
{
    return strncmp(row->pattern, "/nrc/v1/subscriptions", strlen("/nrc/v1/subscriptions")) == 0 ||
           strcmp(row->pattern, "/nrc/v1/notifications/{id}/ack") == 0;
}

/* What is wrong, and whose: beneficiaries of data do not read it. */
static bool is_for_watchers(const struct reg_operation *row)
{
    return strncmp(row->pattern, "/nrc/v1/sources", strlen("/nrc/v1/sources")) == 0 ||
           strcmp(row->pattern, "/nrc/v1/overview") == 0;
}

static bool is_of_quarantine(const struct reg_operation *row)
{
    return strncmp(row->pattern, "/nrc/v1/quarantine", strlen("/nrc/v1/quarantine")) == 0;
}

/* What is done with a source. */
static bool is_of_pausing(const struct reg_operation *row)
{
    return row->method == HTTP_POST &&
           strncmp(row->pattern, "/nrc/v1/sources/", strlen("/nrc/v1/sources/")) == 0;
}

static unsigned wanted_of_pausing(const struct reg_operation *row)
{
    return strstr(row->pattern, "/gap-acceptance") != NULL ? REG_STEWARD : REG_ON_CALL;
}

static unsigned wanted_of_quarantine(const struct reg_operation *row)
{
    return row->method == HTTP_GET                       ? REG_WATCHERS
           : strstr(row->pattern, "/assignment") != NULL ? REG_ON_CALL
                                                         : REG_STEWARD;
}

/* Who watches reads what is wrong, and says that he knows; who is on call gives it to people; a steward closes it. */
static unsigned wanted_of_incidents(const struct reg_operation *row)
{
    static const struct {
        const char *end;
        unsigned roles;
    } acts[] = {
        {"/acknowledgement", REG_CHANGERS},
        {"/comment", REG_CHANGERS},
        {"/assignment", REG_ON_CALL},
        {"/closing", REG_STEWARD},
    };
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        if (strstr(row->pattern, acts[i].end) != NULL) {
            return acts[i].roles;
        }
    }
    return REG_WATCHERS;
}

static bool is_of_incidents(const struct reg_operation *row)
{
    return strncmp(row->pattern, "/nrc/v1/incidents", strlen("/nrc/v1/incidents")) == 0 ||
           strcmp(row->pattern, "/nrc/v1/handover") == 0;
}

static bool is_for_probes(const struct reg_operation *row)
{
    static const char *const patterns[] = {"/healthz", "/readyz", "/metrics",
                                           "/nrc/v1/openapi.json"};
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        if (strcmp(row->pattern, patterns[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void only_stewards_change_what_producers_may_not(void **state)
{
    (void)state;
    size_t count;
    const struct reg_operation *operations = reg_operations(&count);
    for (size_t i = 0; i < count; i++) {
        const struct reg_operation *row = &operations[i];
        unsigned wanted = is_for_probes(row)              ? 0
                          : is_of_quarantine(row)         ? wanted_of_quarantine(row)
                          : is_of_pausing(row)            ? wanted_of_pausing(row)
                          : is_for_watchers(row)          ? REG_WATCHERS
                          : is_of_incidents(row)          ? wanted_of_incidents(row)
                          : reads(row) || is_its_own(row) ? REG_ANYONE
                          : is_for_producers(row)         ? REG_WRITERS
                                                          : REG_STEWARD;
        assert_int_equal(row->roles, wanted);
    }
}

static void every_row_is_served_and_described(void **state)
{
    (void)state;
    size_t count;
    const struct reg_operation *operations = reg_operations(&count);
    struct http_app app;
    struct buf description = BUF_INIT;
    reg_app(&app);
    reg_openapi_put(operations, count, &description);
    assert_int_equal(app.route_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(app.routes[i].pattern, operations[i].pattern);
        assert_int_equal(app.routes[i].method, operations[i].method);
        assert_int_equal(app.routes[i].roles, operations[i].roles);
        assert_non_null(strstr(buf_cstr(&description), operations[i].pattern));
        assert_non_null(strstr(buf_cstr(&description), operations[i].summary));
    }
    buf_fini(&description);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_says_what_it_takes_and_answers),
        cmocka_unit_test(no_row_is_there_twice),
        cmocka_unit_test(only_stewards_change_what_producers_may_not),
        cmocka_unit_test(every_row_is_served_and_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
