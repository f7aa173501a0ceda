/* SPDX-License-Identifier: Apache-2.0
 * registry/openapi_components.h - what operations share in the API's description: parameters of
 * queries, and the schemas of bodies and answers. */
#ifndef REGISTRY_OPENAPI_COMPONENTS_H
#define REGISTRY_OPENAPI_COMPONENTS_H

#include <stddef.h>

/* X(bit's name, parameter, its JSON schema, sentence) */
#define REG_QUERY_TABLE(X)                                                                         \
    X(Q_DELETED, "deleted", "{\"type\":\"boolean\"}", "Also what was soft-deleted.")               \
    X(Q_DELETED_ONLY, "deletedOnly", "{\"type\":\"boolean\"}", "Only what was soft-deleted.")      \
    X(Q_OFFSET, "offset", "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":0}",             \
      "How many of the first are left out.")                                                       \
    X(Q_LIMIT, "limit", "{\"type\":\"integer\",\"format\":\"int32\"}",                             \
      "How many at most; 0 or less: as many as one answer may have.")                              \
    X(Q_SUBJECT_PREFIX, "subjectPrefix", "{\"type\":\"string\"}",                                  \
      "Only subjects whose names begin so.")                                                       \
    X(Q_CONTEXT_PREFIX, "contextPrefix", "{\"type\":\"string\"}",                                  \
      "Only contexts whose names begin so.")                                                       \
    X(Q_LATEST_ONLY, "latestOnly", "{\"type\":\"boolean\"}", "Of each subject the latest alone.")  \
    X(Q_SUBJECT, "subject", "{\"type\":\"string\"}",                                               \
      "The subject, and so the context, in which the id is looked for.")                           \
    X(Q_FORMAT, "format", "{\"type\":\"string\"}",                                                 \
      "resolved: the schemas that it refers to are written into it.")                              \
    X(Q_FETCH_MAX_ID, "fetchMaxId", "{\"type\":\"boolean\"}", "Also the greatest id given out.")   \
    X(Q_KEY, "key", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",                        \
      "Names of properties of the metadata.")                                                      \
    X(Q_VALUE, "value", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",                    \
      "Their values, in the same order.")                                                          \
    X(Q_PERMANENT, "permanent", "{\"type\":\"boolean\"}",                                          \
      "Away for good; it must be soft-deleted.")                                                   \
    X(Q_NORMALIZE, "normalize", "{\"type\":\"boolean\"}",                                          \
      "The schema is taken in its normal form.")                                                   \
    X(Q_FORCE, "force", "{\"type\":\"boolean\"}",                                                  \
      "Although the compatibility level, or what is there already, is against it.")                \
    X(Q_VERBOSE, "verbose", "{\"type\":\"boolean\"}", "Also why not.")                             \
    X(Q_DEFAULT_TO_GLOBAL, "defaultToGlobal", "{\"type\":\"boolean\"}",                            \
      "What is in force, though it be set elsewhere.")                                             \
    X(Q_AGENCY, "agency", "{\"type\":\"string\"}", "Only this agency's.")

enum reg_query {
#define X(name, parameter, schema, sentence) name,
    REG_QUERY_TABLE(X)
#undef X
        REG_QUERY_COUNT
};

struct reg_query_row {
    const char *name;
    const char *schema;
    const char *sentence;
};

struct reg_named_schema {
    const char *name;
    const char *schema; /* JSON */
};

const struct reg_query_row *reg_query_row(enum reg_query which);
const struct reg_named_schema *reg_schemas(size_t *count);

#endif
