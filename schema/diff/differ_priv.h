/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/differ_priv.h - what the files of the diff share: one comparison, its places, and where
 * findings go.
 *
 * One differ serves one call of sch_diff and lives on its stack. After a failure nothing more is found. */
#ifndef SCHEMA_DIFF_DIFFER_PRIV_H
#define SCHEMA_DIFF_DIFFER_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "schema/diff/diff.h"
#include "schema/model/nameset.h"
#include "schema/model/type_pair.h"
#include "schema/parse/source.h"

/* A type with the JSON that it stands as in its text. */
struct sch_side {
    const struct sch_source *source;
    const struct sch_type *type;
    const json_t *json;
};

/* A chain on the C stack, from the inside out; NULL is the whole structure. */
struct sch_place {
    const struct sch_place *up;
    enum { SCH_PLACE_FIELD, SCH_PLACE_ITEMS, SCH_PLACE_VALUES, SCH_PLACE_BRANCH } kind;
    const char *name;    /* of a field or branch */
    const json_t *field; /* a field's JSON, for its titles */
};

enum sch_diff_role { SCH_NO_ROLE = 0, SCH_KEY_ROLE, SCH_ORDER_ROLE };

struct sch_differ {
    const struct sch_roles *roles; /* NULL: none */
    enum sch_diff_role role;       /* of the top-level field that is being compared */
    struct sch_diff *out;
    struct err *err;
    struct sch_pairs pairs;
    uint64_t steps;
    int nested;
    bool failed;
};

/* finding.c: keeps a finding. before, after: copied; NULL when there is none. */
void sch_find(struct sch_differ *d, const struct sch_place *at, enum sch_change change,
              const char *before, const char *after);
void sch_find_types(struct sch_differ *d, const struct sch_place *at, enum sch_change change,
                    const struct sch_type *before, const struct sch_type *after);
/* The comparison cannot go on. */
void sch_diff_fail(struct sch_differ *d, enum err_code code, const char *why);
/* False: it has taken too long, or has failed before. */
bool sch_diff_spend(struct sch_differ *d, size_t steps);

/* match.c. Finish them in any case. A failure is the differ's, or memory is out. */
struct sch_fields {
    const struct sch_type *before; /* records; given */
    const struct sch_type *after;
    struct sch_nameset before_names;
    const struct sch_field **same; /* of each newer field: the older one; NULL: it is new */
    bool *stays;                   /* of each older field: a newer one is the same */
};
MUST_CHECK int sch_fields_init(struct sch_fields *fields);
void sch_fields_fini(struct sch_fields *fields);
bool sch_fields_moved(const struct sch_fields *fields); /* stand in another order */

struct sch_branches {
    int *same;   /* of each older branch: the index of the newer one; -1: it is gone */
    bool *stays; /* of each newer branch: an older one is the same */
};
MUST_CHECK bool sch_branches_init(struct sch_differ *d, const struct sch_type *before,
                                  const struct sch_type *after, struct sch_branches *branches);
void sch_branches_fini(struct sch_branches *branches);
bool sch_branches_moved(const struct sch_type *before, const struct sch_branches *branches);

/* enum.c: both are enums. */
void sch_diff_enums(struct sch_differ *d, const struct sch_place *at, const struct sch_type *before,
                    const struct sch_type *after);

/* attribute.c: documentation and everything else that Avro does not read by. */
void sch_diff_type_attributes(struct sch_differ *d, const struct sch_place *at,
                              struct sch_side before, struct sch_side after);
void sch_diff_field_attributes(struct sch_differ *d, const struct sch_place *at,
                               const json_t *before, const json_t *after);
void sch_diff_aliases(struct sch_differ *d, const struct sch_place *at,
                      const struct sch_names *before, const struct sch_names *after);
void sch_diff_defaults(struct sch_differ *d, const struct sch_place *at,
                       const struct sch_field *before, const json_t *before_json,
                       const struct sch_field *after, const json_t *after_json);

#endif
