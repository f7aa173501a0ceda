/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/template.h - the Center's templates, which contracts build on.
 *
 * A contract names one by the custom property `template`: NAME@VERSION. What the contract says wins, field by field; what it
 * leaves out is the template's. Lists whose items have names are joined by these: properties, rules, service levels, custom
 * properties, people, channels, servers, roles. Of any other list the contract's stands alone. The one object of `schema` is
 * the dataset in both. A version, once given out, never changes: a stored contract is read with the template that it had. */
#ifndef SCHEMA_CONTRACT_TEMPLATE_H
#define SCHEMA_CONTRACT_TEMPLATE_H

#include <stddef.h>

struct sch_template {
    const char *name;      /* "register" */
    const char *full_name; /* "register@1" */
    const char *summary;
    const char *text;
    const char *blank; /* a contract to fill in */
};

/* In the order of their names. NULL: there are fewer. */
const struct sch_template *sch_template(size_t index);
/* By full name, or by name: its newest version. NULL: there is none. */
const struct sch_template *sch_template_find(const char *name);

#endif
