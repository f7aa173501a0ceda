/* SPDX-License-Identifier: Apache-2.0
 * registry/ruling.c - are the rules of a version allowed, and can they be run?
 *
 * They are those of the client, of the version before and of the settings in force, as one set. Who is refused must know whose
 * rule it is: a client cannot change a default or an override. */
#include <stdbool.h>
#include <stddef.h>

#include "registry/ground.h"
#include "registry/merge.h"
#include "registry/registration_priv.h"
#include "registry/rule_set.h"
#include "registry/rules.h"

/* What the engine runs on each event: a rule that is ill-typed would keep none of them out. */
static int check(const struct reg_attempt *a, const char *rule_set, struct err *err)
{
    if (reg_rule_set_check(rule_set, err) != 0) {
        return -1;
    }
    return a->scope.dataset_id == 0 || a->scope.is_key
               ? 0
               : reg_rules_compile(a->candidate.schema, rule_set, a->candidate.metadata, err);
}

/* The message whole: an err may hold its beginning alone. */
static int blame(struct reg_attempt *a, enum sto_layer_kind kind, const struct err *cause,
                 struct err *err)
{
    const char *text =
        arena_printf(a->arena, "in the %s of the config of %s: %s", reg_layer_name(kind),
                     reg_layer_of(&a->scope, kind), cause->text);
    a->out->message = text;
    return err_set(err, cause->kind, cause->code, "%s", text != NULL ? text : cause->text);
}

static const char *own_rules(const struct reg_attempt *a)
{
    const char *sent = a->submission->body->rule_set;
    return sent != NULL || a->last == NULL ? sent : a->last->rule_set;
}

/* All of them together have failed. Which part fails alone? */
static int find_whose(struct reg_attempt *a, struct err *err)
{
    const struct reg_layers all = {a->scope.layers[STO_DEFAULT_RULE_SET].json, own_rules(a),
                                   a->scope.layers[STO_OVERRIDE_RULE_SET].json};
    struct reg_layers parts;
    struct err cause = ERR_INIT;
    if (reg_merge_split(&all, a->arena, &parts, err) != 0) {
        return -1;
    }
    if (parts.override != NULL && check(a, parts.override, &cause) != 0) {
        return blame(a, STO_OVERRIDE_RULE_SET, &cause, err);
    }
    if (parts.own != NULL && check(a, parts.own, &cause) != 0) {
        return a->submission->body->rule_set != NULL
                   ? -1
                   : err_add(err, "taking the rules of version %d", (int)a->last->version);
    }
    if (parts.fallback != NULL && check(a, parts.fallback, &cause) != 0) {
        return blame(a, STO_DEFAULT_RULE_SET, &cause, err);
    }
    return -1;
}

int reg_attempt_check_rules(struct reg_attempt *a, struct err *err)
{
    if (check(a, a->candidate.rule_set, err) == 0) {
        return 0;
    }
    bool is_a_rule = err->code == ERR_BAD_RULE || err->code == ERR_BAD_RULE_SET;
    return is_a_rule && !reg_attempt_is_import(a) ? find_whose(a, err) : -1;
}
