/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/shape_priv.h - the standard's structure as tables: which members an object has, and what each may be. */
#ifndef SCHEMA_CONTRACT_SHAPE_PRIV_H
#define SCHEMA_CONTRACT_SHAPE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/contract/findings_priv.h"
#include "schema/contract/yaml.h"

enum shape_kind {
    SHAPE_TEXT,    /* any value but null */
    SHAPE_ID,      /* letters, digits, _ and - */
    SHAPE_WORD,    /* one of `words` */
    SHAPE_DAY,     /* YYYY-MM-DD */
    SHAPE_BOOL,    /* true or false */
    SHAPE_INTEGER, /* with `flags` SHAPE_POSITIVE: 0 or more */
    SHAPE_NUMBER,
    SHAPE_SCALAR, /* a value, null too */
    SHAPE_ANY,
    SHAPE_NUMBERS, /* a list of two numbers, which differ */
    SHAPE_TEXTS,   /* a list of texts */
    SHAPE_ANYS,    /* a list */
    SHAPE_OBJECT,  /* of `of` */
    SHAPE_OBJECTS, /* a list of them */
    SHAPE_OTHER    /* `check` says */
};

enum {
    SHAPE_NEEDED = 1,
    SHAPE_SINCE_3_2 = 2,
    SHAPE_POSITIVE = 4,
    SHAPE_NOT_EMPTY = 8, /* a list with an item at least */
    SHAPE_DISTINCT = 16  /* a list of texts, each once */
};

struct shape_check {
    struct sch_findings *findings;
    bool is_3_2;
};

struct shape;
typedef void shape_special(struct shape_check *check, const struct yaml_node *node);

struct shape_field {
    const char *key;
    enum shape_kind kind;
    unsigned flags;
    const struct shape *of;
    const char *const *words; /* ends with NULL */
    shape_special *check;
};

struct shape {
    const char *what; /* "a property" */
    const struct shape_field *fields;
    size_t count;
    shape_special *also; /* what depends on several members; NULL: nothing */
};

/* All that is wrong with the node, and below it, is added to the findings. */
void shape_check_object(struct shape_check *check, const struct yaml_node *node,
                        const struct shape *shape);
void shape_check_value(struct shape_check *check, const struct yaml_node *node,
                       const struct shape_field *field);
const char *shape_kind_of(const struct yaml_node *node); /* "a list", "nothing" … */

/* shape_root.c, shape_schema.c, shape_quality.c, shape_common.c */
extern const struct shape shape_root;
extern const struct shape shape_schema_object;
extern const struct shape shape_quality;
extern const struct shape shape_custom_property;
extern const struct shape shape_definition;
extern const struct shape shape_context;
shape_special shape_check_context;

#define SHAPE_FIELDS(list) (list), sizeof(list) / sizeof((list)[0])
#define SHAPE_TAGS                                                                                 \
    {                                                                                              \
        "tags", SHAPE_TEXTS, 0, NULL, NULL, NULL                                                   \
    }
#define SHAPE_STABLE_ID                                                                            \
    {                                                                                              \
        "id", SHAPE_ID, 0, NULL, NULL, NULL                                                        \
    }
#define SHAPE_CUSTOM                                                                               \
    {                                                                                              \
        "customProperties", SHAPE_OBJECTS, 0, &shape_custom_property, NULL, NULL                   \
    }
#define SHAPE_DEFINITIONS                                                                          \
    {                                                                                              \
        "authoritativeDefinitions", SHAPE_OBJECTS, 0, &shape_definition, NULL, NULL                \
    }
#define SHAPE_IS(key, kind, flags)                                                                 \
    {                                                                                              \
        key, kind, flags, NULL, NULL, NULL                                                         \
    }

/* Numbers as they are written: -?digits, and with a point at most 12 digits in all, 6 behind it. */
bool shape_is_integer(const struct yaml_node *node, long long *value);
bool shape_is_number(const struct yaml_node *node);

#endif
