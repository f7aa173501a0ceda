/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/option_priv.h - one of a property's logicalTypeOptions as an expression: for read_options.c, option_bound.c. */
#ifndef SCHEMA_CONTRACT_OPTION_PRIV_H
#define SCHEMA_CONTRACT_OPTION_PRIV_H

#include <stdbool.h>

#include "base/buf.h"
#include "schema/contract/reader_priv.h"

struct element {
    struct reader *r;
    int32_t property;
    const char *path;
    const char *type;  /* logicalType */
    const char *value; /* the variable that has it: "this"; "k" a map's key */
};

/* One option of one element; what it is to be true of a good value goes to expr, and nothing if it holds of all. */
struct option {
    const struct element *e;
    const struct yaml_node *node;
    struct buf expr;
    bool searches;
};

/* ">=" of minimum …; NULL: the option is no bound. */
const char *option_operator(const char *key);

/* Each adds what is true of a good value, or a finding. */
void option_put_bound(struct option *o);
void option_put_multiple(struct option *o);

#endif
