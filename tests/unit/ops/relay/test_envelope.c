/* SPDX-License-Identifier: Apache-2.0
 * unit/ops/relay/test_envelope.c - what receivers read, and how long a relay waits before it tries again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/conf.h"
#include "ops/relay/deliver.h"
#include "ops/relay/envelope.h"
#include "storage/notify/notification.h"

static struct sto_notification notification(void)
{
    return (struct sto_notification){.guid = "11111111-2222-4333-8444-555555555555",
                                     .at = "2026-03-01T09:30:00.123456Z",
                                     .type = "notice.filed",
                                     .object = "notice/12",
                                     .data = "{\"kind\":\"stop\"}"};
}

static void a_notice_is_read_at_its_own_page(void **state)
{
    struct buf out = BUF_INIT;
    struct sto_notification n = notification();
    (void)state;
    n.class_name = "breaking";
    n.effective_at = "2026-04-01T00:00:00.000000Z";
    ops_envelope_put(&n, "https://r.example", &out);
    assert_string_equal(
        buf_cstr(&out),
        "{\"specversion\":\"1.0\",\"id\":\"11111111-2222-4333-8444-555555555555\","
        "\"source\":\"https://r.example/nrc/v1\",\"type\":\"nrc.notice.filed\","
        "\"subject\":\"notice/12\",\"time\":\"2026-03-01T09:30:00.123456Z\","
        "\"datacontenttype\":\"application/json\",\"data\":{\"class\":\"breaking\","
        "\"effective_at\":\"2026-04-01T00:00:00.000000Z\",\"change\":{\"kind\":\"stop\"},"
        "\"uri\":\"https://r.example/nrc/v1/notices/12\",\"acknowledge\":\"https://r.example/nrc/"
        "v1/"
        "notifications/11111111-2222-4333-8444-555555555555/ack\"}}");
    buf_fini(&out);
}

static void what_has_no_page_is_read_with_the_notification_and_names_are_escaped(void **state)
{
    struct buf out = BUF_INIT;
    struct sto_notification n = notification();
    (void)state;
    n.object = "structure/a \"b\"/1";
    ops_envelope_put(&n, "", &out);
    const char *text = buf_cstr(&out);
    assert_non_null(strstr(text, "\"source\":\"/nrc/v1\""));
    assert_non_null(strstr(text, "\"subject\":\"structure/a \\\"b\\\"/1\""));
    assert_non_null(strstr(text, "\"uri\":\"/nrc/v1/notifications/11111111-"));
    assert_null(strstr(text, "class"));
    assert_null(strstr(text, "effective_at"));
    buf_fini(&out);
}

static void pauses_grow_by_three_up_to_a_sixth_of_the_whole(void **state)
{
    struct conf conf = {.relay = {.retry_ms = 5000, .give_up_ms = INT64_C(72) * 3600 * 1000}};
    const int64_t longest_ms = INT64_C(12) * 3600 * 1000;
    (void)state;
    assert_int_equal(ops_deliver_pause_ms(&conf, 0, 20), 5000);
    assert_int_equal(ops_deliver_pause_ms(&conf, 0, 0), 4000);
    assert_int_equal(ops_deliver_pause_ms(&conf, 0, 40), 6000);
    assert_int_equal(ops_deliver_pause_ms(&conf, 3, 20), 135000);
    assert_int_equal(ops_deliver_pause_ms(&conf, 9, 20), longest_ms);
    assert_int_equal(ops_deliver_pause_ms(&conf, 1 << 30, 20), longest_ms);
    assert_in_range(ops_deliver_pause_ms(&conf, 1 << 30, UINT32_MAX), 0, longest_ms * 6 / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_is_read_at_its_own_page),
        cmocka_unit_test(what_has_no_page_is_read_with_the_notification_and_names_are_escaped),
        cmocka_unit_test(pauses_grow_by_three_up_to_a_sixth_of_the_whole),
    };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
