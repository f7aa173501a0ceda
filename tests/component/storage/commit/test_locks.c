/* SPDX-License-Identifier: Apache-2.0
 * component/storage/commit/test_locks.c - a batch holds no more locks than storage/commit/lock_room.h reckons: counted as it
 * commits. */
#include "commit_kit.h"

#include "storage/commit/lock_room.h"

/* The last thing that a batch does is to note what it has locked. */
static const char note_sql[] =
    "CREATE TABLE public.held (of_datasets int, of_batch int);"
    "CREATE FUNCTION public.note_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
    " BEGIN INSERT INTO public.held SELECT count(DISTINCT c.oid) FILTER (WHERE n.nspname = 'moh'),"
    "  count(DISTINCT c.oid) FILTER (WHERE n.nspname = 'nrc') FROM pg_locks l"
    "  JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE l.pid = pg_backend_pid(); RETURN NULL; END $$;"
    "CREATE CONSTRAINT TRIGGER note_held AFTER UPDATE ON nrc.position DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION public.note_held()";

static void put_rows(struct kit *kit, int64_t order, int versions)
{
    for (int i = 0; i < 200 * versions; i++) {
        char civil_no[16];
        snprintf(civil_no, sizeof(civil_no), "%d", i % 200);
        kit_birth(kit, 0, civil_no, 1, order - i % 3, "x");
        kit_visit(kit, 0, i % 200, "note", INT64_C(1700000000000000));
    }
    kit->quarantined[0] = (struct sto_quarantined){.dataset_id = kit->births.dataset_id,
                                                   .offset = kit_take_offset(kit, 0),
                                                   .kafka_ts_us = STO_NO_TIME,
                                                   .reason = ERR_TRUNCATED,
                                                   .detail = "x"};
    kit->batch.quarantined_count = 1;
}

/* Each session plans its statements anew, which locks more than running them does. */
static void a_batch_holds_no_more_locks_than_are_reckoned(void **state)
{
    struct kit *kit = *state;
    raw_run(kit->raw, note_sql);
    for (int b = 0; b < 6; b++) {
        if (b % 2 == 0) {
            kit_open_conn(kit, NULL);
        }
        kit_begin(kit);
        put_rows(kit, b, 1 + b / 2);
        kit_commit(kit);
    }
    const int64_t of_batch = sto_batch_locks(0, 0);
    const int64_t of_datasets = sto_batch_locks(2, 2 * 4) - of_batch;
    assert_in_range(raw_int(kit->raw, "SELECT max(of_batch) FROM public.held"), of_batch / 3,
                    of_batch);
    assert_in_range(raw_int(kit->raw, "SELECT max(of_datasets) FROM public.held"),
                    of_datasets * 3 / 4, of_datasets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMIT_TEST(a_batch_holds_no_more_locks_than_are_reckoned),
    };
    return cmocka_run_group_tests_name("locks", tests, NULL, NULL);
}
