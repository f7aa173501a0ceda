/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/settings.h - what the functions of national formats read from the configuration.
 *
 * Thread: made by one, then read by any. */
#ifndef SCHEMA_RULES_SETTINGS_H
#define SCHEMA_RULES_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct cel_settings;
struct cel_pattern;
struct conf;

#define CEL_DEFAULT_CIVIL_NUMBER        "[1-9][0-9]{5,8}"
#define CEL_DEFAULT_COMMERCIAL_REGISTER "[0-9]{6,10}"
#define CEL_DEFAULT_PHONE               "(\\+|00)[1-9][0-9]{6,14}|[279][0-9]{7}"
#define CEL_DEFAULT_IBAN_COUNTRY        "OM"

enum cel_national { CEL_CIVIL_NUMBER = 0, CEL_COMMERCIAL_REGISTER, CEL_PHONE, CEL_NATIONAL_COUNT };

/* The patterns (RE2's syntax, of the whole text), each with a default: [rules] civil_number, commercial_register, phone,
 * iban_country. NULL: the default. FATAL ERR_CONFIG. */
struct cel_settings_spec {
    const char *civil_number;
    const char *commercial_register;
    const char *phone;
    const char *iban_country; /* "" : of any country */
};
MUST_CHECK struct cel_settings *cel_settings_new(const struct cel_settings_spec *spec,
                                                 struct err *err);
/* What [rules] says; NULL: the defaults. */
MUST_CHECK struct cel_settings *cel_settings_of(const struct conf *conf, struct err *err);
void cel_settings_free(struct cel_settings **taken);

const struct cel_pattern *cel_settings_pattern(const struct cel_settings *settings,
                                               enum cel_national which);
const char *cel_settings_iban_country(const struct cel_settings *settings); /* "" : any */

#endif
