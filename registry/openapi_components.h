/* SPDX-License-Identifier: Apache-2.0
 * registry/openapi_components.h - what operations share in the API's description: parameters of
 * queries, and the schemas of bodies and answers. */
#ifndef REGISTRY_OPENAPI_COMPONENTS_H
#define REGISTRY_OPENAPI_COMPONENTS_H

#include <stddef.h>

/* X(bit's name, parameter, its JSON schema, sentence) */
#define REG_QUERY_TABLE(X)                                                                         \
    X(Q_DELETED, "deleted", "{\"type\":\"boolean\"}", "Includes what is soft-deleted.")            \
    X(Q_DELETED_ONLY, "deletedOnly", "{\"type\":\"boolean\"}", "Only what is soft-deleted.")       \
    X(Q_OFFSET, "offset", "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":0}",             \
      "How many of the first results are skipped.")                                                \
    X(Q_LIMIT, "limit", "{\"type\":\"integer\",\"format\":\"int32\"}",                             \
      "How many results at most; 0 or less: as many as one answer may have.")                      \
    X(Q_SUBJECT_PREFIX, "subjectPrefix", "{\"type\":\"string\"}",                                  \
      "Only subjects whose names begin with this.")                                                \
    X(Q_CONTEXT_PREFIX, "contextPrefix", "{\"type\":\"string\"}",                                  \
      "Only contexts whose names begin with this.")                                                \
    X(Q_LATEST_ONLY, "latestOnly", "{\"type\":\"boolean\"}",                                       \
      "Only the latest version of each subject.")                                                  \
    X(Q_SUBJECT, "subject", "{\"type\":\"string\"}",                                               \
      "The subject, and so the context, in which the id is looked up.")                            \
    X(Q_FORMAT, "format", "{\"type\":\"string\"}",                                                 \
      "resolved: the schema includes the schemas that it refers to.")                              \
    X(Q_FETCH_MAX_ID, "fetchMaxId", "{\"type\":\"boolean\"}", "Adds the greatest id in use.")      \
    X(Q_KEY, "key", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",                        \
      "Names of properties of the metadata.")                                                      \
    X(Q_VALUE, "value", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",                    \
      "Their values, in the same order.")                                                          \
    X(Q_PERMANENT, "permanent", "{\"type\":\"boolean\"}",                                          \
      "Deletes permanently; only after a soft delete.")                                            \
    X(Q_NORMALIZE, "normalize", "{\"type\":\"boolean\"}",                                          \
      "Uses the normalized form of the schema.")                                                   \
    X(Q_FORCE, "force", "{\"type\":\"boolean\"}",                                                  \
      "Overrides the compatibility level, or versions that are there already.")                    \
    X(Q_VERBOSE, "verbose", "{\"type\":\"boolean\"}", "Adds the reasons.")                         \
    X(Q_DEFAULT_TO_GLOBAL, "defaultToGlobal", "{\"type\":\"boolean\"}",                            \
      "The value in force, also when it is set for the registry or the context.")                  \
    X(Q_AGENCY, "agency", "{\"type\":\"string\"}", "Only this agency's.")                          \
    X(Q_CATALOGUE_FORMAT, "format",                                                                \
      "{\"type\":\"string\",\"enum\":[\"json\",\"csv\",\"html\",\"dcat\"]}",                       \
      "The form of the answer; without it Accept decides.")                                        \
    X(Q_DATASET, "dataset", "{\"type\":\"string\"}", "Only about this dataset.")                   \
    X(Q_FROM, "from", "{\"type\":\"string\"}",                                                     \
      "The older version, or latest; absent: the one before the newer.")                           \
    X(Q_TO, "to", "{\"type\":\"string\"}", "The newer version; absent: the latest.")               \
    X(Q_OVER, "over", "{\"type\":\"boolean\"}", "Includes what is over or was withdrawn.")         \
    X(Q_MISSED, "missed", "{\"type\":\"boolean\"}", "Only what failed or was skipped.")            \
    X(Q_UNACKNOWLEDGED, "unacknowledged", "{\"type\":\"boolean\"}",                                \
      "Only what asks for an acknowledgement and has none.")                                       \
    X(Q_OBJECT, "object", "{\"type\":\"string\",\"example\":\"dataset/moh.births\"}",              \
      "Only of this object; one that ends in /*: of all beneath it.")                              \
    X(Q_WHAT, "what", "{\"type\":\"string\",\"example\":\"notice.*\"}",                            \
      "Only such changes: notice.filed, or notice.* for all of a kind.")                           \
    X(Q_BY, "by", "{\"type\":\"string\"}", "Only what this account or person did.")                \
    X(Q_SPAN, "by", "{\"type\":\"string\",\"enum\":[\"total\",\"day\"]}",                          \
      "day: a row for each day in UTC, at most 100, of one dataset.")                              \
    X(Q_SINCE, "since", "{\"type\":\"string\",\"example\":\"2026-01-31T22:00Z\"}",                 \
      "Only from this time on, or from this day in UTC on.")                                       \
    X(Q_UNTIL, "until", "{\"type\":\"string\",\"example\":\"2099-12-31\"}",                        \
      "Only before this time; a day counts whole.")                                                \
    X(Q_PARTITION, "partition", "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":0}",       \
      "The partition of the dataset's topic.")                                                     \
    X(Q_EVENT_OFFSET, "offset", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0}",       \
      "The event's offset there.")                                                                 \
    X(Q_EVENT_KEY, "key", "{\"type\":\"string\"}", "The key, which is one text.")                  \
    X(Q_STATUS, "status", "{\"type\":\"string\",\"example\":\"late\"}",                            \
      "Only sources that are this now.")                                                           \
    X(Q_SOURCES_SINCE, "changed_since", "{\"type\":\"string\",\"pattern\":\"^[0-9]{1,18}$\"}",     \
      "Only what has changed since the answer with this cursor; some of it may be told twice.")    \
    X(Q_SERIES_SPAN, "span", "{\"type\":\"string\",\"enum\":[\"hour\",\"week\"]}",                 \
      "The last hour, or the last week.")                                                          \
    X(Q_REASON, "reason", "{\"type\":\"string\",\"example\":\"rule_failed\"}",                     \
      "Only for this reason.")                                                                     \
    X(Q_RULE, "rule", "{\"type\":\"string\"}", "Only by this rule.")                               \
    X(Q_PATH, "path", "{\"type\":\"string\",\"example\":\"/address/zip\"}",                        \
      "Only with the fault at this field.")                                                        \
    X(Q_CASE_STATE, "state",                                                                       \
      "{\"type\":\"string\",\"enum\":[\"open\",\"replay\",\"replayed\",\"discarded\","             \
      "\"superseded\"]}",                                                                          \
      "Only in this state.")                                                                       \
    X(Q_ASSIGNED_TO, "assigned_to", "{\"type\":\"string\"}", "Only what this person works on.")    \
    X(Q_BEFORE_ID, "before_id", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1}",       \
      "Only with a lower id: the next page, whatever comes meanwhile.")                            \
    X(Q_INCIDENT_STATE, "state",                                                                   \
      "{\"type\":\"string\",\"enum\":[\"open\",\"acknowledged\",\"closed\"]}",                     \
      "Only incidents in this state.")                                                             \
    X(Q_INCIDENT_KIND, "kind", "{\"type\":\"string\",\"example\":\"late\"}", "Only of this kind.") \
    X(Q_CHANGED_SINCE, "changed_since",                                                            \
      "{\"type\":\"string\",\"example\":\"2026-01-31T22:00:00.000000Z\"}",                         \
      "Only what has changed since an answer with this cursor, closed ones too; a few twice.")     \
    X(Q_BEFORE, "before", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1}",             \
      "Only rows with a lower id: the page after the one whose last row has this id.")

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
