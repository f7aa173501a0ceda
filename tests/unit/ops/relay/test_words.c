/* SPDX-License-Identifier: Apache-2.0
 * unit/ops/relay/test_words.c - what a person reads of a notification, in both languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ops/relay/words.h"
#include "storage/notify/outbox.h"

static struct sto_claim claim_of_incident(const char *type)
{
    return (struct sto_claim){
        .notification = {.guid = "1",
                         .at = "2026-03-01T09:30:00.123456Z",
                         .type = type,
                         .object = "incident/12",
                         .data = "{}"},
        .about = {.type_name = "A problem began",
                  .type_name_ar = "فتح بلاغ عن خلل",
                  .kind = "late",
                  .dataset = "moh.births",
                  .title_ar = "المواليد",
                  .agency = "moh",
                  .agency_name = "Ministry of Health",
                  .agency_name_ar = "وزارة الصحة",
                  .began_at = "2026-03-01T09:30:00.123456Z"},
    };
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void an_incident_says_what_it_is_and_what_to_do(void **state)
{
    struct ops_words words = {.key = ""};
    struct sto_claim claim = claim_of_incident("incident.opened");
    (void)state;
    assert_true(ops_words_fill(&words, &claim));
    assert_string_equal(words.told.subject, "A problem began: late, moh.births");
    assert_string_equal(words.told.subject_ar, "فتح بلاغ عن خلل: late، moh.births");
    assert_string_equal(words.told.kind, "late");
    assert_string_equal(words.told.key, "12");
    assert_false(words.told.is_over);
    assert_true(has(words.told.text, "Agency: moh (Ministry of Health)\n"));
    assert_true(has(words.told.text, "Dataset: moh.births\n"));
    assert_true(has(words.told.text, "What to do: "));
    assert_true(has(words.told.text_ar, "الجهة: moh (وزارة الصحة)\n"));
    assert_true(has(words.told.text_ar, "ما العمل: "));
    assert_int_equal(words.told.severity, 2);
    assert_true(has(words.told.text_ar, "مجموعة البيانات: moh.births (المواليد)\n"));
    claim.notification.type = "incident.closed";
    claim.about.closed_why = "data_fresh";
    assert_true(ops_words_fill(&words, &claim));
    assert_true(words.told.is_over);
    assert_true(has(words.told.text, "Ended because: data_fresh\n"));
    assert_false(has(words.told.text, "What to do: "));
    ops_words_fini(&words);
}

/* Of a kind that a newer program made, and of what has neither dataset nor agency. */
static void what_is_not_known_is_left_out(void **state)
{
    struct ops_words words = {.key = ""};
    struct sto_claim claim = claim_of_incident("incident.opened");
    (void)state;
    claim.about = (struct sto_about){
        .type_name = "A problem began", .type_name_ar = "فتح بلاغ عن خلل", .kind = "of_tomorrow"};
    assert_true(ops_words_fill(&words, &claim));
    assert_string_equal(words.told.subject, "A problem began: of_tomorrow, incident/12");
    assert_false(has(words.told.text, "null"));
    assert_false(has(words.told.text, "What to do"));
    claim.notification.object = "notice/4";
    claim.notification.type = "notice.filed";
    claim.about = (struct sto_about){.type_name = "An agency announced a change",
                                     .type_name_ar = "إخطار من جهة",
                                     .datasets = "moh.births, moh.deaths"};
    assert_true(ops_words_fill(&words, &claim));
    assert_string_equal(words.told.subject, "An agency announced a change, moh.births, moh.deaths");
    assert_string_equal(words.told.kind, "notice.filed");
    assert_null(words.told.key);
    ops_words_fini(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_incident_says_what_it_is_and_what_to_do),
        cmocka_unit_test(what_is_not_known_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
