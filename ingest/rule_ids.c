/* SPDX-License-Identifier: Apache-2.0
 * ingest/rule_ids.c - see the header.
 *
 * A rule is one of a version of a structure or of the contract, so that a count can be traced to the text that was in force. */
#include "ingest/rule_ids.h"

#include <stdlib.h>
#include <string.h>

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

static size_t count_rules(const struct ing_dataset *dataset)
{
    size_t total = 0;
    size_t count;
    for (size_t i = 0; i < dataset->writer_count; i++) {
        if (dataset->writers[i].checks != NULL) {
            (void)sch_checks_rules(dataset->writers[i].checks, &count);
            total += count;
        }
    }
    return total;
}

/* Of all writers, one's after the other's; behind the last. */
static struct sto_rule *describe_all(struct ing_dataset *dataset, struct sto_rule *out)
{
    for (size_t i = 0; i < dataset->writer_count; i++) {
        struct ing_writer *writer = &dataset->writers[i];
        const struct sch_checked_rule *rules =
            writer->checks != NULL ? sch_checks_rules(writer->checks, &writer->rule_count) : NULL;
        for (size_t r = 0; rules != NULL && r < writer->rule_count; r++) {
            describe(dataset, writer, &rules[r], out++);
        }
    }
    return out;
}

static int by_id(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a;
    const int32_t y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* A contract's rule is one under all structures that it fits. */
static size_t sort_once(int32_t *ids, size_t count)
{
    size_t kept = 0;
    qsort(ids, count, sizeof(*ids), by_id);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ids[kept - 1] != ids[i]) {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

static void give_slots(struct ing_dataset *dataset, const int32_t *ids, uint32_t *slots)
{
    for (size_t i = 0; i < dataset->writer_count; i++) {
        struct ing_writer *writer = &dataset->writers[i];
        writer->rule_slots = slots;
        for (size_t r = 0; r < writer->rule_count; r++) {
            const int32_t *found = bsearch(ids++, dataset->rule_ids, dataset->rule_count,
                                           sizeof(*dataset->rule_ids), by_id);
            *slots++ = (uint32_t)(found - dataset->rule_ids);
        }
    }
}

/* ids: of the dataset's rules in the order of describe_all. */
static int give_ids(struct ing_dataset *dataset, const int32_t *ids, size_t count,
                    struct arena *arena)
{
    uint32_t *slots = arena_calloc(arena, count, sizeof(*slots));
    dataset->rule_ids = arena_memdup(arena, ids, count * sizeof(*ids));
    if (slots == NULL || dataset->rule_ids == NULL) {
        return -1;
    }
    dataset->rule_count = sort_once(dataset->rule_ids, count);
    give_slots(dataset, ids, slots);
    return 0;
}

static int give_all(struct ing_dataset *items, size_t count, const int32_t *ids,
                    struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        size_t rules = count_rules(&items[i]);
        if (rules > 0 && give_ids(&items[i], ids, rules, arena) < 0) {
            return -1;
        }
        ids += rules;
    }
    return 0;
}

int ing_rule_ids(struct sto_conn *conn, struct ing_dataset *items, size_t count,
                 struct arena *arena, struct err *err)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += count_rules(&items[i]);
    }
    if (total == 0) {
        return 0;
    }
    struct sto_rule *rules = calloc(total, sizeof(*rules));
    int32_t *ids = calloc(total, sizeof(*ids));
    int rc = -1;
    if (rules == NULL || ids == NULL) {
        goto out;
    }
    struct sto_rule *next = rules;
    for (size_t i = 0; i < count; i++) {
        next = describe_all(&items[i], next);
    }
    rc = sto_rule_ids(conn, rules, total, ids, err) == 0 ? give_all(items, count, ids, arena) : -1;
out:
    if (rc < 0 && err->kind == ERR_KIND_NONE) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for the ids of rules");
    }
    free(rules);
    free(ids);
    return rc;
}
