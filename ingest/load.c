/* SPDX-License-Identifier: Apache-2.0
 * ingest/load.c - see the header. */
#include "ingest/load.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/conf.h"
#include "ingest/rule_ids.h"
#include "schema/rules/settings.h"

struct ing_load {
    atomic_int refs;
    struct sto_catalogue *catalogue;
    struct ing_dataset *items;
    size_t count;                  /* those that are compiled */
    struct cel_settings *settings; /* of the functions in rules */
    struct arena arena;
};

static int compile_all(struct ing_load *load, struct err *err)
{
    const struct sto_catalogue *catalogue = load->catalogue;
    const struct ing_compiler compiler = {&load->arena, load->settings};
    load->items = arena_calloc(&load->arena, catalogue->dataset_count, sizeof(*load->items));
    bool failed = load->items == NULL;
    for (size_t i = 0; !failed && i < catalogue->dataset_count; i++) {
        failed = ing_dataset_compile(&compiler, &catalogue->datasets[i], &load->items[i]) < 0;
        load->count += !failed;
    }
    return failed ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for the catalogue")
                  : 0;
}

struct ing_load *ing_load_new(struct sto_catalogue **taken, struct sto_conn *conn,
                              const struct conf *conf, struct err *err)
{
    struct ing_load *load = calloc(1, sizeof(*load));
    if (load == NULL) {
        sto_catalogue_free(taken);
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for the catalogue");
        return NULL;
    }
    atomic_init(&load->refs, 1);
    load->catalogue = *taken;
    *taken = NULL;
    load->settings = cel_settings_of(conf, err);
    if (load->settings == NULL || compile_all(load, err) < 0 ||
        (conn != NULL && ing_rule_ids(conn, load->items, load->count, &load->arena, err) < 0)) {
        ing_load_unref(&load);
    }
    return load;
}

struct ing_load *ing_load_ref(struct ing_load *load)
{
    atomic_fetch_add(&load->refs, 1);
    return load;
}

void ing_load_unref(struct ing_load **taken)
{
    struct ing_load *load = *taken;
    *taken = NULL;
    if (load == NULL || atomic_fetch_sub(&load->refs, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < load->count; i++) {
        ing_dataset_fini(&load->items[i]);
    }
    cel_settings_free(&load->settings);
    sto_catalogue_free(&load->catalogue);
    arena_fini(&load->arena);
    free(load);
}

const struct sto_catalogue *ing_load_catalogue(const struct ing_load *load)
{
    return load->catalogue;
}

const struct ing_dataset *ing_load_items(const struct ing_load *load)
{
    return load->items;
}
