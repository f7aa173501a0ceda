/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/quality.h - a contract's quality rules: metrics with a threshold, expressions in CEL, and references to other datasets.
 *
 * Plain values of the contract that they are read from, and live as long (schema/contract/contract.h). */
#ifndef SCHEMA_CONTRACT_QUALITY_H
#define SCHEMA_CONTRACT_QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(id, word): as the standard writes them. */
#define SCH_METRIC_TABLE(X)                                                                        \
    X(SCH_METRIC_NULLS, "nullValues")      /* of one property: the value is null */                \
    X(SCH_METRIC_MISSING, "missingValues") /* of one property: it is one of `values` */            \
    X(SCH_METRIC_INVALID,                                                                          \
      "invalidValues") /* of one property: none of `values`, or not as `pattern` */                \
    X(SCH_METRIC_DUPLICATES, "duplicateValues") /* of one property, or of `fields` together */     \
    X(SCH_METRIC_ROWS, "rowCount")              /* of the dataset */

#define SCH_COMPARISON_TABLE(X)                                                                    \
    X(SCH_MUST_BE, "mustBe")                                                                       \
    X(SCH_MUST_NOT_BE, "mustNotBe")                                                                \
    X(SCH_MUST_BE_GREATER, "mustBeGreaterThan")                                                    \
    X(SCH_MUST_BE_AT_LEAST, "mustBeGreaterOrEqualTo")                                              \
    X(SCH_MUST_BE_LESS, "mustBeLessThan")                                                          \
    X(SCH_MUST_BE_AT_MOST, "mustBeLessOrEqualTo")                                                  \
    X(SCH_MUST_BE_BETWEEN, "mustBeBetween")        /* from low to high, both of them in it */      \
    X(SCH_MUST_NOT_BE_BETWEEN, "mustNotBeBetween") /* below low, or above high */

#define SCH_DIMENSION_TABLE(X)                                                                     \
    X(SCH_DIMENSION_ACCURACY, "accuracy")                                                          \
    X(SCH_DIMENSION_COMPLETENESS, "completeness")                                                  \
    X(SCH_DIMENSION_CONFORMITY, "conformity")                                                      \
    X(SCH_DIMENSION_CONSISTENCY, "consistency")                                                    \
    X(SCH_DIMENSION_COVERAGE, "coverage")                                                          \
    X(SCH_DIMENSION_TIMELINESS, "timeliness")                                                      \
    X(SCH_DIMENSION_UNIQUENESS, "uniqueness")

/* What is done about an event that a rule finds bad, or about a metric beyond its threshold. */
#define SCH_SEVERITY_TABLE(X)                                                                      \
    X(SCH_SEVERITY_ERROR, "error")     /* the event is quarantined; a metric opens an incident */  \
    X(SCH_SEVERITY_WARNING, "warning") /* an incident */                                           \
    X(SCH_SEVERITY_INFO, "info")       /* it is counted */

#define X(id, word) id,
enum sch_metric { SCH_METRIC_TABLE(X) SCH_METRIC_COUNT };
enum sch_comparison { SCH_COMPARISON_TABLE(X) SCH_COMPARISON_COUNT };
enum sch_dimension { SCH_DIMENSION_TABLE(X) SCH_DIMENSION_NONE };
enum sch_severity { SCH_SEVERITY_TABLE(X) SCH_SEVERITY_COUNT };
#undef X

/* units / 10^scale, exactly: 99.95 is 9995 and 2. At most 12 digits, of which at most 6 are behind the point. */
struct sch_decimal {
    int64_t units;
    int scale;
};

struct sch_threshold {
    enum sch_comparison comparison;
    bool is_percent;         /* of the events; else a number of them */
    struct sch_decimal low;  /* of one number: it */
    struct sch_decimal high; /* of the two comparisons with a range */
};

/* Whether `found` of `total` is as the threshold says, without rounding. Of no events no percentage can be told: then it
 * holds. */
bool sch_threshold_holds(const struct sch_threshold *threshold, uint64_t found, uint64_t total);

enum sch_quality_kind {
    SCH_QUALITY_METRIC = 0,
    SCH_QUALITY_CEL, /* an expression that is true of a good event */
    SCH_QUALITY_NOT_RUN /* text, sql, or another engine's: it is kept, and the register does not run it */
};

enum { SCH_MAX_QUALITY = 500, SCH_MAX_EXPRESSION_BYTES = 64 * 1024, SCH_MAX_PATTERN_BYTES = 1000 };

struct sch_quality {
    enum sch_quality_kind kind;
    /* Of its own, or made of what it measures and where; no other rule of the contract has it. */
    const char *name;
    const char *description; /* "": none */
    int32_t property;        /* the index of a property; -1: of the dataset */
    /* The property's, or with "/" and a star behind it each item of its list or map; "" the dataset. */
    const char *path;
    enum sch_severity severity;
    enum sch_dimension dimension;
    /* Each event is good or bad by itself: an expression; or no null, missing or invalid value is allowed. */
    bool is_per_event;

    enum sch_metric metric; /* of a METRIC; likewise the next seven */
    struct sch_threshold threshold;
    const char **values; /* MISSING: NULL among them is null. INVALID: the valid ones */
    size_t value_count;
    const char
        *pattern; /* INVALID: a regular expression that the whole value is to match; NULL: none */
    int32_t *
        fields; /* DUPLICATES of the dataset: indices of properties, whose values together are counted */
    size_t field_count;

    const char *expression; /* CEL */
    size_t expression_len;
    bool searches;      /* its matches() is of a part of the text; else of the whole */
    const char *engine; /* NOT_RUN: "sql", "text", or the engine's name */

    const char *place; /* "/schema/0/quality/1": of the rule; of a CEL rule: of its expression */
    uint32_t line;     /* likewise */
    uint32_t column;
    bool is_template; /* line and column are of the template's text */
};

/* Values that another dataset has: `fields` of an event are `to_fields` of one of its rows. */
struct sch_relationship {
    const char *name;
    int32_t *fields;        /* indices of properties */
    const char *to_dataset; /* "moci.companies" */
    const char **to_fields; /* as many */
    size_t field_count;
    int64_t grace_s;            /* real time from the event's arrival until the row must be there */
    enum sch_severity severity; /* never ERROR: the event is stored by then */
    uint32_t line;
    uint32_t column;
};

/* The text as a literal of CEL, in quotes. */
struct buf;
void sch_put_literal(struct buf *out, const char *text);

const char *sch_metric_name(enum sch_metric metric);
const char *sch_comparison_name(enum sch_comparison comparison);
const char *sch_severity_name(enum sch_severity severity);
const char *sch_dimension_name(enum sch_dimension dimension); /* "" : none */

#endif
