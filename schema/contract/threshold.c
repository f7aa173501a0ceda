/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/threshold.c - whether a number is as a rule's threshold says; and the words of rules.
 *
 * All in whole numbers: 10^12 units, 2^64 events and 10^6 for the scale fit 128 bits. */
#include "schema/contract/quality.h"

/* Below 0, 0, above 0: as found / den is below, equal to or above the decimal. */
static int compare(uint64_t found, uint64_t factor, uint64_t den, const struct sch_decimal *d)
{
    __int128 left = (__int128)found * factor;
    for (int i = 0; i < d->scale; i++) {
        left *= 10;
    }
    __int128 right = (__int128)d->units * den;
    return (left > right) - (left < right);
}

bool sch_threshold_holds(const struct sch_threshold *t, uint64_t found, uint64_t total)
{
    if (t->is_percent && total == 0) {
        return true;
    }
    uint64_t factor = t->is_percent ? 100 : 1;
    uint64_t den = t->is_percent ? total : 1;
    int low = compare(found, factor, den, &t->low);
    int high = compare(found, factor, den, &t->high);
    switch (t->comparison) {
    case SCH_MUST_BE: return low == 0;
    case SCH_MUST_NOT_BE: return low != 0;
    case SCH_MUST_BE_GREATER: return low > 0;
    case SCH_MUST_BE_AT_LEAST: return low >= 0;
    case SCH_MUST_BE_LESS: return low < 0;
    case SCH_MUST_BE_AT_MOST: return low <= 0;
    case SCH_MUST_BE_BETWEEN: return low >= 0 && high <= 0;
    case SCH_MUST_NOT_BE_BETWEEN: return low < 0 || high > 0;
    case SCH_COMPARISON_COUNT: break;
    }
    return false;
}

#define X(id, word) word,

const char *sch_metric_name(enum sch_metric metric)
{
    static const char *const names[] = {SCH_METRIC_TABLE(X) ""};
    return names[metric];
}

const char *sch_comparison_name(enum sch_comparison comparison)
{
    static const char *const names[] = {SCH_COMPARISON_TABLE(X) ""};
    return names[comparison];
}

const char *sch_severity_name(enum sch_severity severity)
{
    static const char *const names[] = {SCH_SEVERITY_TABLE(X) ""};
    return names[severity];
}

const char *sch_dimension_name(enum sch_dimension dimension)
{
    static const char *const names[] = {SCH_DIMENSION_TABLE(X) ""};
    return names[dimension];
}

#undef X
