/* SPDX-License-Identifier: Apache-2.0
 * ingest/rule_ids.c - see the header.
 *
 * A rule is one of a version of a structure or of the contract, so that a count can be traced to the text that was in force. */
#include "ingest/rule_ids.h"

#include <stdlib.h>

#include "ingest/datasets.h"
#include "storage/catalogue/rule.h"

static void describe(const struct ing_dataset *dataset, const struct ing_writer *writer,
                     const struct sch_checked_rule *rule, struct sto_rule *out)
{
    *out = (struct sto_rule){
        .dataset_id = dataset->row->id,
        .origin = sch_rule_origin_name(rule->origin),
        .version = rule->origin == SCH_ORIGIN_CONTRACT ? dataset->row->contract_version : NULL,
        .structure_version = writer->structure->version,
        .name = rule->name,
        .action = sch_rule_action_name(rule->action)};
}

static int ids_of_writer(struct sto_conn *conn, const struct ing_dataset *dataset,
                         struct ing_writer *writer, struct arena *arena, struct err *err)
{
    size_t count;
    const struct sch_checked_rule *rules = sch_checks_rules(writer->checks, &count);
    struct sto_rule *keys = calloc(count + 1, sizeof(*keys));
    int32_t *ids = arena_calloc(arena, count + 1, sizeof(*ids));
    int rc = -1;
    if (keys == NULL || ids == NULL) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for the ids of rules");
    } else {
        for (size_t i = 0; i < count; i++) {
            describe(dataset, writer, &rules[i], &keys[i]);
        }
        rc = count > 0 ? sto_rule_ids(conn, keys, count, ids, err) : 0;
    }
    free(keys);
    writer->rule_ids = rc == 0 ? ids : NULL;
    return rc;
}

int ing_rule_ids(struct sto_conn *conn, struct ing_dataset *dataset, struct arena *arena,
                 struct err *err)
{
    for (size_t i = 0; i < dataset->writer_count; i++) {
        if (dataset->writers[i].checks != NULL &&
            ids_of_writer(conn, dataset, &dataset->writers[i], arena, err) < 0) {
            return -1;
        }
    }
    return 0;
}
