/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/settings.c - the country's formats, compiled once. */
#include "schema/rules/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "schema/rules/regex.h"

struct cel_settings {
    struct cel_pattern *patterns[CEL_NATIONAL_COUNT];
    char iban_country[3];
};

static const char *const names[CEL_NATIONAL_COUNT] = {"civil_number", "commercial_register",
                                                      "phone"};

static int compile(struct cel_settings *settings, const struct cel_settings_spec *spec,
                   struct err *err)
{
    const char *const texts[CEL_NATIONAL_COUNT] = {
        spec->civil_number != NULL ? spec->civil_number : CEL_DEFAULT_CIVIL_NUMBER,
        spec->commercial_register != NULL ? spec->commercial_register
                                          : CEL_DEFAULT_COMMERCIAL_REGISTER,
        spec->phone != NULL ? spec->phone : CEL_DEFAULT_PHONE};
    for (int i = 0; i < CEL_NATIONAL_COUNT; i++) {
        settings->patterns[i] = cel_pattern_compile(texts[i], strlen(texts[i]), true, true, err);
        if (settings->patterns[i] == NULL) {
            err->code = err->code == ERR_BAD_RULE ? ERR_CONFIG : err->code;
            return err_add(err, "reading [rules] %s", names[i]);
        }
    }
    return 0;
}

struct cel_settings *cel_settings_new(const struct cel_settings_spec *spec, struct err *err)
{
    const char *country =
        spec->iban_country != NULL ? spec->iban_country : CEL_DEFAULT_IBAN_COUNTRY;
    size_t len = strlen(country);
    bool letters = len == 2 && country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' &&
                   country[1] <= 'Z';
    if (len != 0 && !letters) {
        err_set(err, ERR_KIND_FATAL, ERR_CONFIG,
                "[rules] iban_country is two capital letters, or nothing");
        return NULL;
    }
    struct cel_settings *settings = calloc(1, sizeof(*settings));
    if (settings == NULL) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for the settings of rules");
        return NULL;
    }
    memcpy(settings->iban_country, country, len);
    if (compile(settings, spec, err) < 0) {
        cel_settings_free(&settings);
    }
    return settings;
}

struct cel_settings *cel_settings_of(const struct conf *conf, struct err *err)
{
    struct cel_settings_spec spec = {0};
    if (conf != NULL) {
        spec = (struct cel_settings_spec){conf->rules.civil_number, conf->rules.commercial_register,
                                          conf->rules.phone, conf->rules.iban_country};
    }
    return cel_settings_new(&spec, err);
}

void cel_settings_free(struct cel_settings **taken)
{
    struct cel_settings *settings = *taken;
    *taken = NULL;
    if (settings != NULL) {
        for (int i = 0; i < CEL_NATIONAL_COUNT; i++) {
            cel_pattern_free(&settings->patterns[i]);
        }
        free(settings);
    }
}

const struct cel_pattern *cel_settings_pattern(const struct cel_settings *settings,
                                               enum cel_national which)
{
    return settings->patterns[which];
}

const char *cel_settings_iban_country(const struct cel_settings *settings)
{
    return settings->iban_country;
}
