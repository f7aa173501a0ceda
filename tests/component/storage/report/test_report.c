/* SPDX-License-Identifier: Apache-2.0
 * component/storage/report/test_report.c - what commands show; above all, that the ledger's verifier finds every
 * broken promise.
 *
 * The register is built by hand: three batches of one partition, a gap, a quarantined event. Then
 * one thing is altered at a time, as whoever owns the database could. */
#include "births.h"

#include <zstd.h>

#include "storage/report/case.h"
#include "storage/report/report.h"

static const char history[] =
    "INSERT INTO moh.births_history (civil_no, seq, _op, _effect, _recorded_at, _topic_partition, "
    "_offset)"
    " VALUES ('a', 1, 'c', 'a', '%1$s', 1, 0), ('a', 1, 'u', 'd', '%1$s', 1, 1),"
    " ('a', 0, 'u', 's', '%1$s', 1, 2), ('b', 1, 'c', 'a', '%2$s', 1, 5)";

static const char ledger[] =
    "INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, from_offset, "
    "next_offset,"
    " received, skipped, applied, duplicate, stale, quarantined, exempt, reason) VALUES"
    " ('%1$s', 1, 1, 'stream', 1, 0, 4, 3, 1, 1, 1, 1, 0, 0, NULL),"
    " ('%2$s', 1, 1, 'stream', 1, 4, 8, 4, 0, 1, 0, 0, 1, 2, NULL),"
    " ('%3$s', 1, 1, 'gap', 1, 8, 20, 0, 0, 0, 0, 0, 0, 0, 'the disk was lost'),"
    " ('%4$s', 1, 1, 'stream', 2, 20, 22, 0, 2, 0, 0, 0, 0, 0, NULL)";

/* What the batches of the ledger added: of each recorded event no time is known. */
static const char counters[] =
    "INSERT INTO nrc.measure_minute (minute, position_id, dataset_id, kind, received, applied, "
    "duplicate, stale, quarantined,"
    " exempt, deletes, keys, counts, reasons, reason_counts)"
    " SELECT date_trunc('minute', recorded_at), position_id, dataset_id, kind, sum(received), "
    "sum(applied), sum(duplicate),"
    " sum(stale), sum(quarantined), sum(exempt), 0, ARRAY[196608, 262144, 327680, 393216, 458752],"
    " array_fill(sum(applied + duplicate + stale)::int8, ARRAY[5]), ARRAY['bad_text'], "
    "ARRAY[sum(quarantined)]"
    " FROM nrc.ledger WHERE received > 0 GROUP BY 1, 2, 3, 4";

static int build(void **state)
{
    struct births_room *room = births_room_new(state);
    char times[4][64];
    char sql[4096];
    (void)births_build();
    raw_run(room->raw, "SET timezone = 'UTC'");
    for (int i = 0; i < 4; i++) {
        snprintf(sql, sizeof(sql), "SELECT (now() + interval '%d s')::text", i);
        snprintf(times[i], sizeof(times[i]), "%.60s", raw_text(room->raw, sql));
    }
    raw_run(room->raw,
            "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, "
            "next_offset, first_offset,"
            " epoch, log_start, owner) VALUES (1, 'moh.births', 0, 1, 22, 0, 2, 0, 'me')");
    snprintf(sql, sizeof(sql), history, times[0], times[1]);
    raw_run(room->raw, sql);
    raw_run(room->raw,
            "INSERT INTO moh.births_state (civil_no, seq, _op, _recorded_at,"
            " _topic_partition, _offset, _content) SELECT civil_no, seq, _op, _recorded_at,"
            " _topic_partition, _offset, 2 FROM moh.births_history WHERE _effect = 'a'");
    snprintf(sql, sizeof(sql), ledger, times[0], times[1], times[2], times[3]);
    raw_run(room->raw, sql);
    raw_run(room->raw, counters);
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.quarantine (recorded_at, dataset_id, position_id, topic_offset, "
             "reason, path,"
             " detail, key, headers, payload_bytes, withheld) VALUES ('%s', 1, 1, 4, 'bad_text', "
             "'/name',"
             " 'd', 'k', '\\x000000026e31000000027631000000026e32ffffffff', NULL, false)",
             times[1]);
    raw_run(room->raw, sql);
    room->conn = sto_open(STO_ROLE_MONITOR);
    room->steward = sto_open(STO_ROLE_STEWARD);
    room->desk = sto_open(STO_ROLE_DESK);
    raw_run(room->raw, "INSERT INTO nrc.account (name, person, kind, decision, created_by, "
                       "expires_on) VALUES ('op', 'Op', 'person', 'No. 1', 'tester', '2999-01-01');"
                       "INSERT INTO nrc.account_role SELECT id, 'operator' FROM nrc.account");
    return 0;
}

static struct sto_grid *report(struct births_room *room, enum sto_report which, const char *a,
                               const char *b, const char *c)
{
    static const size_t counts[STO_REPORT_COUNT] = {
        [STO_REPORT_SOURCES] = 4,
        [STO_REPORT_SOURCE] = 2,
        [STO_REPORT_SOURCE_TEXTS] = 2,
        [STO_REPORT_SOURCE_PARTITIONS] = 1,
        [STO_REPORT_SOURCE_SERIES] = 2,
        [STO_REPORT_OVERVIEW] = 1,
        [STO_REPORT_AGENCY] = 1,
        [STO_REPORT_DATASETS] = 1,
        [STO_REPORT_DATASET] = 1,
        [STO_REPORT_COLUMNS] = 1,
        [STO_REPORT_GENERATIONS] = 2,
        [STO_REPORT_GENERATION_COLUMNS] = 2,
        [STO_REPORT_STRUCTURES] = 1,
        [STO_REPORT_STRUCTURE] = 2,
        [STO_REPORT_POSITIONS] = 1,
        [STO_REPORT_EVENT] = 3,
        [STO_REPORT_EVENTS_OF_KEY] = 2,
        [STO_REPORT_CONTROLS_REFUSED] = 3,
        [STO_REPORT_QUARANTINE] = 7,
        [STO_REPORT_QUARANTINE_GROUPS] = 7,
        [STO_REPORT_DESK_CASES] = 4,
        [STO_REPORT_DESK_GROUPS] = 2,
        [STO_REPORT_DESK_CASE] = 3,
        [STO_REPORT_STEWARD_CASE] = 2,
        [STO_REPORT_LEDGER] = 2,
        [STO_REPORT_ACCOUNT] = 1,
        [STO_REPORT_ACCOUNT_EVENTS] = 1,
        [STO_REPORT_DELEGATIONS] = 1,
        [STO_REPORT_STRUCTURE_VERSIONS] = 1,
        [STO_REPORT_DATASET_FAULTS] = 1,
        [STO_REPORT_INCIDENTS] = 8,
        [STO_REPORT_INCIDENT_ROWS] = 8,
        [STO_REPORT_INCIDENT] = 2,
        [STO_REPORT_INCIDENT_TOLD] = 2,
        [STO_REPORT_HANDOVER_SPAN] = 1,
        [STO_REPORT_HANDOVER] = 3,
        [STO_REPORT_HANDOVER_COMMENTS] = 2,
        [STO_REPORT_CONTACTS] = 1,
        [STO_REPORT_OUTAGES] = 2,
        [STO_REPORT_INCIDENT_EVENTS] = 1,
        [STO_REPORT_NOTICES] = 3,
        [STO_REPORT_CONTRACTS] = 3,
        [STO_REPORT_CONTRACT] = 2,
        [STO_REPORT_MEASURES] = 4,
        [STO_REPORT_FRESHNESS] = 2,
        [STO_REPORT_QUALITY] = 6,
        [STO_REPORT_QUALITY_PARTS] = 6,
        [STO_REPORT_NOTICE] = 1,
        [STO_REPORT_AUDIT_ROWS] = 9,
        [STO_REPORT_AUDIT_ROW] = 2,
        [STO_REPORT_AUDIT] = 1,
        [STO_REPORT_AGENCY_HEADS] = 1,
        [STO_REPORT_REQUESTS] = 3,
        [STO_REPORT_REQUEST] = 1,
        [STO_REPORT_DECISIONS] = 1,
        [STO_REPORT_VIOLATIONS] = 2,
        [STO_REPORT_SYSTEMS] = 1,
        [STO_REPORT_SYSTEM] = 1,
        [STO_REPORT_SOURCE_GAPS] = 1,
        [STO_REPORT_CATALOGUE_AGENCIES] = 1,
        [STO_REPORT_CATALOGUE_SYSTEMS] = 1,
        [STO_REPORT_CATALOGUE_DATASETS] = 1,
        [STO_REPORT_SUBSCRIPTIONS] = 1,
        [STO_REPORT_SUBSCRIPTION] = 2,
        [STO_REPORT_DELIVERIES] = 3,
        [STO_REPORT_HOLIDAYS] = 3,
        [STO_REPORT_REFERENCES] = 1,
        [STO_REPORT_REFERENCE_KEYS] = 3,
        [STO_REPORT_SEQUENCES] = 1,
        [STO_REPORT_SEQUENCE_GAPS] = 3,
        [STO_REPORT_CONTROLS] = 3,
        [STO_REPORT_CONTROL] = 1,
        [STO_REPORT_CONTROL_KEYS] = 1,
        [STO_REPORT_NOTIFICATIONS] = 4,
        [STO_REPORT_NOTIFICATION] = 2,
        [STO_REPORT_TOLD] = 1,
        [STO_REPORT_ACKNOWLEDGEMENTS] = 1,
        [STO_REPORT_STRUCTURE_USERS] = 1,
        [STO_REPORT_FIELD_DEPENDENTS] = 1,
        [STO_REPORT_STRUCTURE_SUBSCRIBERS] = 2,
    };
    bool is_a_period = which == STO_REPORT_MEASURES || which == STO_REPORT_QUALITY ||
                       which == STO_REPORT_QUALITY_PARTS;
    bool is_of_cases = which == STO_REPORT_QUARANTINE || which == STO_REPORT_QUARANTINE_GROUPS;
    const char *fourth = is_a_period || is_of_cases ? NULL : "10";
    const char *const params[] = {a,    b,   c, fourth, NULL, NULL, is_of_cases ? "10" : NULL,
                                  NULL, "10"};
    bool is_for_stewards = which == STO_REPORT_STEWARD_CASE || which == STO_REPORT_EVENTS_OF_KEY ||
                           which == STO_REPORT_REFERENCE_KEYS || which == STO_REPORT_CONTROL_KEYS;
    bool is_for_the_desk = which == STO_REPORT_DESK_CASES || which == STO_REPORT_DESK_GROUPS ||
                           which == STO_REPORT_DESK_CASE;
    struct sto_conn *conn = is_for_stewards   ? room->steward
                            : is_for_the_desk ? room->desk
                                              : room->conn;
    struct sto_grid *grid = sto_report(conn, which, params, counts[which], &room->err);
    if (grid == NULL) {
        fail_msg("report %d: %s", (int)which, room->err.text);
    }
    return grid;
}

static void columns_are(const struct sto_grid *grid, const char *want)
{
    char got[512] = "";
    for (size_t i = 0; i < grid->cols; i++) {
        size_t used = strlen(got);
        snprintf(got + used, sizeof(got) - used, "%s%s", i > 0 ? "," : "", grid->names[i]);
    }
    assert_string_equal(got, want);
}

#define FATE_COLUMNS                                                                               \
    "became,at,topic,partition,offset,op,order,event_time,kafka_ts,schema_id,quarantine_id,"       \
    "status,"                                                                                      \
    "reason,rule,path"
#define QUARANTINE_COLUMNS                                                                         \
    "id,recorded_at,dataset,topic,partition,offset,reason,rule,path,detail,status,assigned_to"
#define DESK_COLUMNS                                                                               \
    "id,dataset,topic,partition,offset,recorded_at,sent_at,event_time,reason,rule,path,state,"     \
    "assigned_to,"                                                                                 \
    "note,changed_by,changed_at,withheld"
#define SHOWN_COLUMNS                                                                              \
    "id,dataset,topic,partition,offset,recorded_at,sent_at,event_time,reason,rule,path,detail,"    \
    "state,"                                                                                       \
    "assigned_to,note,changed_by,changed_at,withheld,ended_by,schema_id,violations,headers,"       \
    "history,raw_bytes,sees_all,key,payload,key_format,key_fields,order_field,classes,structure,"  \
    "structure_text,key_structure,key_text"
#define AGENCY_END ",retired_on,retired_reason,successor,instrument"
#define SOURCE                                                                                     \
    "dataset,agency,name,name_ar,agency_name,agency_name_ar,status,severity,since,sentence,"       \
    "sentence_ar,what_to_do,"                                                                      \
    "what_to_do_ar,cause,lag,freshness,completeness,quality,quarantine_open,incidents_open,"       \
    "structure_version,"                                                                           \
    "structure_changed_at,judged_at"
#define FACTS                                                                                      \
    "title,title_ar,description,description_ar,origin,legal_basis,cadence,steward,steward_ar,"     \
    "steward_account,contact"

#define INCIDENT_LISTED                                                                            \
    "id,kind,severity,state,count,opened_at,last_seen_at,dataset,topic,partition,engine,"          \
    "assigned_to,caused_by,detail,closed_at"
#define INCIDENT_WHOLE INCIDENT_LISTED ",reopened,closed_why,acknowledged_by,acknowledged_at,causes"

static void every_report_has_the_columns_it_promises(void **state)
{
    static const struct {
        enum sto_report which;
        const char *params[3];
        size_t rows;
        const char *columns;
    } cases[] = {
        {STO_REPORT_AGENCIES,
         {NULL},
         1,
         "code,name,name_ar,class,division,head,since,datasets,state"},
        {STO_REPORT_AGENCY,
         {"moh"},
         1,
         "code,name,name_ar,class,division,head,since,datasets,state" AGENCY_END},
        {STO_REPORT_AGENCY,
         {"x"},
         0,
         "code,name,name_ar,class,division,head,since,datasets,state" AGENCY_END},
        {STO_REPORT_DATASETS,
         {NULL},
         1,
         "dataset,topic,key,key_format,order,event_time,exempt,exempt_field,exempt_values,"
         "structures,columns,state"},
        {STO_REPORT_DATASETS,
         {"x"},
         0,
         "dataset,topic,key,key_format,order,event_time,exempt,exempt_field,exempt_values,"
         "structures,columns,state"},
        {STO_REPORT_DATASET,
         {"moh.births"},
         1,
         "dataset,topic,key,key_format,order,event_time,exempt,exempt_field,exempt_values,"
         "structures,columns,state,id,agency,agency_ar,leaves,review_people,"
         "breaking_people,breaking_notice,column_version,created_at,"
         "system," FACTS ",retired_on,retired_reason,successor,answered_by"},
        {STO_REPORT_COLUMNS, {"moh.births"}, 4, "ordinal,name,field,type,precision,scale,key,kept"},
        {STO_REPORT_GENERATIONS, {"moh.births", NULL}, 1, "dataset,number,view,since,until"},
        {STO_REPORT_GENERATIONS, {"moh.births", "2"}, 0, "dataset,number,view,since,until"},
        {STO_REPORT_GENERATION_COLUMNS, {"moh.births", "1"}, 4, "name,type,field,other_types"},
        {STO_REPORT_STRUCTURES,
         {NULL},
         1,
         "subject,dataset,part,version,schema_id,state,fingerprint,registered_at,registered_by"},
        {STO_REPORT_STRUCTURE, {"1"}, 1, "schema_id,fingerprint,text"},
        {STO_REPORT_STRUCTURE, {NULL, "moh.births"}, 1, "schema_id,fingerprint,text"},
        {STO_REPORT_STRUCTURE, {NULL, "x"}, 0, "schema_id,fingerprint,text"},
        {STO_REPORT_STRUCTURE_VERSIONS,
         {"1"},
         1,
         "subject,dataset,part,version,state,registered_at,registered_by"},
        {STO_REPORT_REFERENCES,
         {NULL},
         0,
         "dataset,name,state,rows,within_grace,violations,oldest,may_be_exempt,reason,in_violation,"
         "fields,to_dataset,to_fields,severity,grace_seconds,looked_at,whole_at"},
        {STO_REPORT_REFERENCE_KEYS, {"moh.births", "x", "10"}, 0, "since,violates,key,refers"},
        {STO_REPORT_STRUCTURE_USERS, {"1"}, 0, "account,agency,days,count,last_at"},
        {STO_REPORT_FIELD_DEPENDENTS, {"moh.births"}, 0, "field,kind,name,through"},
        {STO_REPORT_TOPICS,
         {NULL},
         0,
         "name,readers,opened_at,waiting,published,last_at,failing_since,attempts,error"},
        {STO_REPORT_SERVER,
         {NULL},
         1,
         "version,login,superuser,standby,read_only,fsync,full_page_writes,synchronous_commit,"
         "autovacuum,connections_free,locks,tables,max_connections,lock_slots,datasets,"
         "datasets_of_one_leaf,leaves,state_bytes,shared_buffers,max_wal_size,checkpoint_s,"
         "wal_bytes,wal_s,wal_level,archive_failed,slot,slot_bytes,now_us,"
         "data_directory"},
        {STO_REPORT_ROLES_LACKED, {NULL}, 0, "role,login"},
        {STO_REPORT_POSITIONS,
         {"moh.births"},
         1,
         "id,dataset,topic,partition,next_offset,epoch,owner,owner_lives,state,reason,last_"
         "recorded_at"},
        {STO_REPORT_QUARANTINE, {"moh.births", "bad_text", NULL}, 1, QUARANTINE_COLUMNS},
        {STO_REPORT_QUARANTINE, {NULL, "truncated", NULL}, 0, QUARANTINE_COLUMNS},
        {STO_REPORT_QUARANTINE, {NULL, NULL, "a rule"}, 0, QUARANTINE_COLUMNS},
        {STO_REPORT_EVENT, {"moh.births", "0", "0"}, 1, FATE_COLUMNS},
        {STO_REPORT_CONTROLS_REFUSED,
         {NULL, NULL, "10"},
         0,
         "agency,partition,from_offset,next_offset,sent_at,refused_at,reason,detail"},
        {STO_REPORT_EVENTS_OF_KEY, {"moh.births", "[\"x\"]"}, 0, FATE_COLUMNS},
        {STO_REPORT_QUARANTINE_GROUPS,
         {"moh.births", "bad_text", NULL},
         1,
         "dataset,reason,rule,path,status,events,withheld,oldest,newest"},
        {STO_REPORT_DESK_CASES, {"op", "{}"}, 1, DESK_COLUMNS},
        {STO_REPORT_DESK_GROUPS,
         {"op", "moh.births"},
         1,
         "dataset,reason,rule,path,open,replay,discarded,replayed,superseded,withheld,first_at,"
         "last_at,assigned_to"},
        {STO_REPORT_CONTRACTS,
         {NULL, NULL, "5"},
         0,
         "dataset,version,status,in_force,id,template,sha256,applied_at,applied_by"},
        {STO_REPORT_CONTRACT,
         {"moh.births", NULL, NULL},
         0,
         "dataset,version,status,in_force,id,template,sha256,applied_at,applied_by,text,contract"},
        {STO_REPORT_SEQUENCES,
         {"moh.births"},
         0,
         "dataset,field,starts_at,state,lowest,highest,gaps,missing,oldest_gap_at,too_many_from,"
         "unnumbered,unread,in_quarantine,may_be_exempt,turned_at,failed"},
        {STO_REPORT_SEQUENCE_GAPS,
         {NULL, "all", "5"},
         0,
         "dataset,from,to,numbers,quarantined,state,age_s,opened_at,closed_at"},
        {STO_REPORT_CONTROLS,
         {NULL, "different", "5"},
         0,
         "id,dataset,from,until,state,events,received,keys,keys_here,missing_keys,beyond_keys,"
         "early,replaced_by,stated_at"},
        {STO_REPORT_CONTROL,
         {"1"},
         0,
         "id,dataset,from,until,state,events,received,keys,keys_here,missing_keys,beyond_keys,"
         "early,replaced_by,stated_at,basis,statement_id,missing_events,recorded,duplicate,"
         "quarantined,untimed,exempt_at_most,halted,checksum,checksum_here,lone_digest,has_list,"
         "grace_s,due_at,judged_at,next_at,failed,stated_by"},
        {STO_REPORT_CONTROL_KEYS, {"1"}, 0, "side,key,sha256"},
        {STO_REPORT_HOLIDAYS,
         {NULL, NULL, NULL},
         0,
         "id,first_day,last_day,kind,name,name_ar,instrument,instrument_date,state,loaded_at,"
         "loaded_"
         "by,why"},
        {STO_REPORT_INCIDENTS, {NULL}, 0, INCIDENT_LISTED},
        {STO_REPORT_INCIDENT_ROWS, {NULL}, 0, INCIDENT_WHOLE},
        {STO_REPORT_INCIDENT, {"1"}, 0, INCIDENT_WHOLE},
        {STO_REPORT_INCIDENT_TOLD, {"1"}, 0, "at,type,channel,to,outcome"},
        {STO_REPORT_INCIDENT_CURSOR, {NULL}, 1, "cursor"},
        {STO_REPORT_HANDOVER_SPAN, {NULL}, 1, "from,to,from_local,to_local"},
        {STO_REPORT_HANDOVER, {"open", "2026-01-01T00:00Z"}, 0, INCIDENT_LISTED},
        {STO_REPORT_HANDOVER_COMMENTS,
         {"2026-01-01T00:00Z"},
         0,
         "at,incident,kind,dataset,text,by"},
        {STO_REPORT_CONTACTS,
         {NULL},
         0,
         "id,agency,place,name,name_ar,subscription,channel,days,hours,on_holidays,always,head,is_"
         "on"},
        {STO_REPORT_OUTAGES, {NULL, "9"}, 0, "id,planned,state,starts_at,ends_at,reason,reason_ar"},
        {STO_REPORT_INCIDENT_EVENTS, {"1"}, 0, "at,what,detail,by"},
        {STO_REPORT_LEDGER,
         {NULL, "3"},
         3,
         "recorded_at,dataset,topic,partition,kind,epoch,from_offset,next_offset,received,skipped,"
         "applied,"
         "duplicate,stale,quarantined,exempt,reason"},
        {STO_REPORT_LEDGER_TOTALS,
         {NULL},
         1,
         "dataset,received,skipped,applied,duplicate,stale,quarantined,exempt,gap"},
        {STO_REPORT_LEDGER_FAULTS, {NULL}, 0, "check,dataset,topic,partition,from_offset,detail"},
        {STO_REPORT_DATASET_FAULTS, {"1"}, 0, "check,dataset,topic,partition,from_offset,detail"},
        {STO_REPORT_ACCOUNTS,
         {NULL},
         1,
         "name,person,person_ar,kind,agency,roles,scope,state,expires_on,reviewed_at,decision"},
        {STO_REPORT_ACCOUNT,
         {"huda"},
         0,
         "name,person,person_ar,kind,agency,roles,scope,state,expires_on,reviewed_at,decision,"
         "reviewed_by,created_at,created_by,disabled_at,disabled_reason,secrets"},
        {STO_REPORT_ACCOUNTS_OVERDUE,
         {NULL},
         0,
         "name,person,person_ar,agency,roles,decision,last_reviewed,days"},
        {STO_REPORT_ACCOUNT_EVENTS, {"huda"}, 0, "at,what,by,db_login,detail"},
        {STO_REPORT_DELEGATIONS,
         {NULL},
         0,
         "from,to,roles,from_date,until_date,in_force,reason,created_by"},
        {STO_REPORT_NOTICES,
         {"moh.births", "all", "10"},
         0,
         "id,kind,kind_ar,agency,system,datasets,state,starts_at,ends_at,lead_hours,late,reason"},
        {STO_REPORT_NOTICE,
         {"1"},
         0,
         "id,kind,kind_ar,agency,system,datasets,state,starts_at,ends_at,lead_hours,late,reason,"
         "means,"
         "filed_at,filed_by,withdrawn_at"},
        {STO_REPORT_AUDIT_ROWS,
         {"moh", "notice/*", "notice.*"},
         0,
         "id,at,what,object,agency,by,db_login,why"},
        {STO_REPORT_AUDIT_ROW,
         {"moh", "0"},
         0,
         "id,at,what,object,agency,by,db_login,why,before,after"},
        {STO_REPORT_REQUESTS,
         {"moh.births", "all", "9"},
         0,
         "id,dataset,version,schema_id,class,collects_more,state,approvals,people,needs_notice,"
         "notice,effective_at,filed_at,filed_by,reason"},
        {STO_REPORT_REQUEST,
         {"1"},
         0,
         "id,dataset,version,schema_id,class,collects_more,state,approvals,people,needs_notice,"
         "notice,effective_at,filed_at,filed_by,reason,subject,compared_with,decided_at,"
         "difference"},
        {STO_REPORT_DECISIONS, {"1"}, 0, "at,decision,by,db_login,reason"},
        {STO_REPORT_VIOLATIONS, {"moh.births", "9"}, 0, "id,at,kind,dataset,object,class,by"},
        {STO_REPORT_AGENCY_HEADS, {"moh"}, 1, "division,head,from,until"},
        {STO_REPORT_SYSTEMS,
         {"moh"},
         0,
         "system,name,name_ar,datasets,state,description,retired_on"},
        {STO_REPORT_SYSTEM,
         {"moh.x"},
         0,
         "system,name,name_ar,datasets,state,description,retired_on,retired_reason,created_at,"
         "serves"},
        {STO_REPORT_CATALOGUE_AGENCIES,
         {"moh"},
         1,
         "code,name,name_ar,class,state,division,head,since,answered_by,retired_on,retired_reason,"
         "successor,instrument,heads"},
        {STO_REPORT_CATALOGUE_SYSTEMS,
         {NULL},
         0,
         "agency,system,name,name_ar,description,retired_on"},
        {STO_REPORT_CATALOGUE_DATASETS,
         {NULL},
         1,
         "agency,system,dataset," FACTS ",topic,key,state,declared_on,retired_on,retired_reason,"
         "successor,structures,versions"},
        {STO_REPORT_SOURCE_GAPS, {"x"}, 0, "gap,agency,object,detail,since"},
        {STO_REPORT_SOURCE_LISTS,
         {NULL},
         0,
         "id,instrument,dated,sources,in_force,loaded_at,loaded_by,replaced_at"},
        {STO_REPORT_AUDIT, {"agency/x"}, 0, "at,what,by,db_login,why,before,after"},
        {STO_REPORT_STRUCTURE_SUBSCRIBERS,
         {"moh.births", "breaking"},
         0,
         "subscription,account,agency,channel"},
        {STO_REPORT_SUBSCRIPTIONS,
         {NULL},
         0,
         "name,account,kind,url,agency,dataset,classes,types,state,waiting,missed,failing_since"},
        {STO_REPORT_SUBSCRIPTION,
         {"x", NULL},
         0,
         "name,account,kind,url,agency,dataset,classes,types,state,waiting,missed,failing_since,"
         "created_at,created_by,disabled_at,disabled_by,disabled_why"},
        {STO_REPORT_DELIVERIES,
         {"x", "missed", "9"},
         0,
         "id,guid,type,at,state,attempts,status,error,last_at,delivered_at"},
        {STO_REPORT_NOTIFICATIONS,
         {"moh", "moh.births", NULL},
         1,
         "id,guid,at,type,name_ar,agency,datasets,class,effective_at,object,acknowledged"},
        {STO_REPORT_NOTIFICATION,
         {"moh", "1"},
         1,
         "id,guid,at,type,name_ar,agency,datasets,class,effective_at,object,acknowledged,data"},
        {STO_REPORT_ACKNOWLEDGEMENTS, {"1"}, 0, "at,account,person,by,db_login"},
        {STO_REPORT_MEASURES,
         {"moh.births", "day"},
         1,
         "at,kind,received,applied,duplicate,stale,quarantined,exempt,deletes,p50,p95,p99,max,late_"
         "unknown,late_negative,"
         "reasons,rules,fields,legs"},
        {STO_REPORT_FRESHNESS,
         {"moh.births", NULL},
         1,
         "dataset,state,reason,since,limit_at,last_arrival,judged_at,sentence,rests_on_estimate,"
         "sentence_ar"},
        {STO_REPORT_QUALITY,
         {"moh.births", NULL, NULL},
         1,
         "dataset,from,until,contract,received,accuracy,validity,consistency,timeliness,relevance,"
         "completeness,structure_fitness,source_credibility,flow_readiness,dimensions"},
        {STO_REPORT_QUALITY_PARTS,
         {"moh.births", NULL, NULL},
         22,
         "dataset,from,until,contract,received,dimension,name_ar,score,state,is_broken,part,part_"
         "score,"
         "numerator,denominator,why,origin,versions,threshold,holds,uncertain,unit,skipped,by_"
         "version"},
        {STO_REPORT_SOURCES_CURSOR, {NULL}, 1, "cursor"},
        {STO_REPORT_SOURCES, {"moh"}, 0, SOURCE},
        {STO_REPORT_SOURCE, {NULL, "moh.births"}, 1, SOURCE ",partitions,contract,coordinator"},
        {STO_REPORT_SOURCE_TEXTS,
         {NULL, "moh.births"},
         1,
         "dataset,status,since,sentence,sentence_ar,what_to_do,what_to_do_ar,cause_text,"
         "coordinator_text,tell,tell_ar,judged_at"},
        {STO_REPORT_SOURCE_PARTITIONS,
         {"moh.births"},
         0,
         "topic,partition,state,engine,position,log_end,events,waits_s,verdict,trend"},
        {STO_REPORT_SOURCE_SERIES,
         {"moh.births", "hour"},
         60,
         "at,lag_events,lag_age_s,latency_s,taken,rejected"},
        {STO_REPORT_OVERVIEW,
         {NULL},
         1,
         "counts,sources,incidents_open,quarantine_open,monitor,engines,register"},
        {STO_REPORT_TOLD, {"1"}, 0, "subscription,account,state,attempts,delivered_at"},
        /* Each writes to the trail. */
        {STO_REPORT_DESK_CASE, {"1", "10", "op"}, 1, SHOWN_COLUMNS},
        {STO_REPORT_STEWARD_CASE, {"1", "10"}, 1, SHOWN_COLUMNS},
    };
    struct births_room *room = *state;
    bool seen[STO_REPORT_COUNT] = {false};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sto_grid *grid = report(room, cases[i].which, cases[i].params[0], cases[i].params[1],
                                       cases[i].params[2]);
        columns_are(grid, cases[i].columns);
        if (grid->rows != cases[i].rows) {
            fail_msg("%zu rows of the report with %s, not %zu", grid->rows, cases[i].columns,
                     (size_t)cases[i].rows);
        }
        seen[cases[i].which] = true;
        sto_grid_free(&grid);
    }
    for (size_t i = 0; i < STO_REPORT_COUNT; i++) {
        assert_true(seen[i]);
    }
}

static void values_are_as_programs_want_them(void **state)
{
    struct births_room *room = *state;
    struct sto_grid *grid = report(room, STO_REPORT_LEDGER_TOTALS, NULL, NULL, NULL);
    static const char *const totals[] = {"moh.births", "7", "3", "2", "1", "1", "1", "2", "12"};
    for (size_t i = 0; i < COUNT_OF(totals); i++) {
        assert_string_equal(grid->values[i], totals[i]);
        assert_int_equal(grid->kinds[i], i == 0 ? STO_FIELD_TEXT : STO_FIELD_NUMBER);
    }
    sto_grid_free(&grid);

    grid = report(room, STO_REPORT_STEWARD_CASE, "1", "10", NULL);
    assert_string_equal(sto_grid_get(grid, 0, "violations"), "[]");
    assert_string_equal(sto_grid_get(grid, 0, "key"), "\\x6b");
    assert_string_equal(
        sto_grid_get(grid, 0, "headers"),
        "[{\"name\": \"n1\", \"value\": \"v1\"}, {\"name\": \"n2\", \"value\": null}]");
    assert_string_equal(grid->names[21], "headers");
    assert_int_equal(grid->kinds[21], STO_FIELD_JSON);
    assert_null(sto_grid_get(grid, 0, "raw_bytes"));
    assert_string_equal(grid->names[17], "withheld");
    assert_string_equal(grid->values[17], "false");
    assert_int_equal(grid->kinds[17], STO_FIELD_BOOL);
    assert_int_equal(grid->values[5][10], 'T');
    assert_int_equal(grid->values[5][strlen(grid->values[5]) - 1], 'Z');
    sto_grid_free(&grid);

    grid = report(room, STO_REPORT_DATASETS, NULL, NULL, NULL);
    assert_string_equal(grid->names[2], "key");
    assert_int_equal(grid->kinds[2], STO_FIELD_JSON);
    assert_int_equal(grid->values[2][0], '[');
    sto_grid_free(&grid);
}

static void a_limit_that_is_no_number_is_the_callers_mistake(void **state)
{
    struct births_room *room = *state;
    const char *const params[] = {NULL, "many"};
    struct sto_grid *grid = sto_report(room->conn, STO_REPORT_LEDGER, params, 2, &room->err);
    assert_null(grid);
    assert_int_equal(room->err.kind, ERR_KIND_FATAL);
    assert_int_equal(room->err.code, ERR_USAGE);
}

/* Rules 1 and 2 of a structure, of which the first keeps events out; counts: failed, evaluated and skipped of the first, evaluated
 * of the second. */
#define RUNS(counts)                                                                               \
    "INSERT INTO nrc.rule (id, dataset_id, origin, version, name, action) OVERRIDING SYSTEM VALUE" \
    " VALUES (1, 1, 'structure', '1', 'a', 'quarantine'), (2, 1, 'structure', '1', 'b', 'count');" \
    "UPDATE nrc.measure_minute SET counts = counts || '{" counts "}'::bigint[],"                   \
    " keys = keys || '{-1, -536870913, -1073741825, -536870914}'::int[]"

static void the_verifier_finds_each_altered_thing(void **state)
{
    static const struct {
        const char *alter;
        const char *checks; /* what it finds, in order of name */
    } cases[] = {
        {"SELECT 1", ""},
        {"UPDATE nrc.position SET next_offset = 23", "position_moved"},
        {"DELETE FROM nrc.ledger; DELETE FROM moh.births_history; DELETE FROM nrc.quarantine",
         "counters_counted,minute_counted,position_moved,state_recorded"},
        {"UPDATE nrc.position SET first_offset = 1", "ranges_contiguous"},
        {"DELETE FROM nrc.ledger WHERE kind = 'gap'", "ranges_contiguous"},
        {"DELETE FROM nrc.ledger WHERE from_offset = 20", "position_moved"},
        {"UPDATE nrc.ledger SET next_offset = 21, skipped = 13 WHERE kind = 'gap'",
         "ranges_contiguous"},
        {"UPDATE nrc.ledger SET skipped = 0 WHERE from_offset = 0", "offsets_accounted"},
        {"UPDATE nrc.ledger SET exempt = 0 WHERE from_offset = 4",
         "balanced,counters_counted,minute_counted"},
        {"UPDATE nrc.ledger SET exempt = 3, quarantined = 0 WHERE from_offset = 4",
         "counters_counted,minute_counted,quarantine_counted"},
        {"DELETE FROM nrc.measure_minute", "counters_counted"},
        {"UPDATE nrc.measure_minute SET received = received + 1",
         "counters_counted,minute_counted"},
        {"UPDATE nrc.measure_minute SET kind = 'replay'", "counters_counted,minute_counted"},
        {"UPDATE nrc.measure_minute SET position_id = 2", "minute_counted"},
        {"UPDATE nrc.measure_minute SET counts[3] = counts[3] + 1", "counters_consistent"},
        {"UPDATE nrc.measure_minute SET keys = keys[1:4], counts = counts[1:4]",
         "counters_consistent"},
        {"UPDATE nrc.measure_minute SET reason_counts = ARRAY[0]", "counters_consistent"},
        {RUNS("0, 1, 1, 2"), ""},
        {RUNS("0, 1, 0, 2"), "rules_counted"},
        {RUNS("0, 900, 1, 901"), "rules_counted"},
        {RUNS("1, 1, 1, 2"), "rules_counted"},
        {RUNS("1, 0, 2, 2") ", reasons = '{rule_failed}'", "rules_counted"},
        {RUNS("1, 1, 1, 2") ", reasons = '{rule_failed}'", ""},
        {RUNS("1, 0, 2, 2") ", reasons = '{rule_failed}';"
                            "UPDATE nrc.migration SET applied_at = now() + interval '1 s'"
                            " WHERE number = 31",
         ""},
        {"DELETE FROM nrc.quarantine", "quarantine_counted"},
        {"DELETE FROM moh.births_history WHERE _offset = 1", "history_counted"},
        {"UPDATE moh.births_history SET _effect = 'a' WHERE _offset = 1", "history_counted"},
        {"UPDATE moh.births_history SET _effect = 'x' WHERE _offset = 1", "history_counted"},
        {"INSERT INTO moh.births_history (civil_no, _op, _effect, _recorded_at, _topic_partition, "
         "_offset)"
         " SELECT 'z', 'c', 'x', _recorded_at, 1, 5 FROM moh.births_history WHERE _offset = 5",
         "history_counted"},
        {"UPDATE moh.births_history SET _offset = 4 WHERE _offset = 2", "history_counted"},
        {"UPDATE moh.births_history SET _recorded_at = _recorded_at + interval '5 s' WHERE _offset "
         "= 5",
         "history_counted,history_unledgered"},
        {"INSERT INTO moh.births_history (civil_no, _op, _effect, _recorded_at, _topic_partition,"
         " _offset) VALUES ('z', 'c', 'a', now(), 99, 1)",
         "history_unledgered,state_complete"},
        {"DELETE FROM moh.births_state WHERE civil_no = 'a'", "state_complete"},
        {"UPDATE moh.births_state SET _op = 'd' WHERE civil_no = 'a'", "state_recorded"},
        {"UPDATE moh.births_state SET _offset = 1 WHERE civil_no = 'a'", "state_recorded"},
        {"UPDATE moh.births_state SET _topic_partition = 2", "state_recorded"},
        {"UPDATE moh.births_state SET civil_no = 'c' WHERE civil_no = 'a'",
         "state_complete,state_recorded"},
        /* What is older than all of the history was taken away with it. */
        {"UPDATE moh.births_state SET _offset = 1, _recorded_at = '2020-01-01' WHERE civil_no = "
         "'a'",
         ""},
        {"TRUNCATE moh.births_state", "state_complete"},
    };
    struct births_room *room = *state;
    /* Whoever alters rows drops the constraints first. */
    raw_run(room->raw, "ALTER TABLE nrc.ledger DROP CONSTRAINT ledger_balanced,"
                       " DROP CONSTRAINT ledger_range, DROP CONSTRAINT ledger_gap");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        raw_run(room->raw, "BEGIN");
        raw_run(room->raw, cases[i].alter);
        const char *found =
            raw_text(room->raw, "SELECT coalesce(string_agg(DISTINCT check_name, ','), '')"
                                " FROM (SELECT * FROM nrc.ledger_faults()"
                                " UNION ALL SELECT * FROM nrc.dataset_faults(1)) f");
        if (strcmp(found, cases[i].checks) != 0) {
            fail_msg("%s: found \"%s\"", cases[i].alter, found);
        }
        raw_run(room->raw, "ROLLBACK");
    }
}

/* Putting a damaged payload in is left to whoever can write there; reading it must stay safe. */
static void a_payload_comes_back_whole_or_not_at_all(void **state)
{
    struct births_room *room = *state;
    char plain[5000];
    char packed[6000];
    unsigned char *payload;
    size_t len;
    memset(plain, 'x', sizeof(plain));
    plain[10] = '\0';
    size_t packed_len = ZSTD_compress(packed, sizeof(packed), plain, sizeof(plain), 3);
    assert_false(ZSTD_isError(packed_len));
    const char *values[] = {packed};
    const int lengths[] = {(int)packed_len};
    const int formats[] = {1};
    PGresult *res = PQexecParams(
        room->raw, "UPDATE nrc.quarantine SET payload = $1::bytea, payload_bytes = 5000", 1, NULL,
        values, lengths, formats, 0);
    assert_int_equal(PQresultStatus(res), PGRES_COMMAND_OK);
    PQclear(res);

    assert_ok(sto_quarantine_payload(room->steward, "1", &payload, &len, &room->err), room->err);
    assert_int_equal(len, sizeof(plain));
    assert_memory_equal(payload, plain, len);
    free(payload);

    static const char *const damage[] = {
        "UPDATE nrc.quarantine SET payload_bytes = 4999",
        "UPDATE nrc.quarantine SET payload_bytes = 5001",
        "UPDATE nrc.quarantine SET payload_bytes = -1",
        "UPDATE nrc.quarantine SET payload_bytes = 2147483647",
        "UPDATE nrc.quarantine SET payload_bytes = NULL",
        "UPDATE nrc.quarantine SET payload_bytes = 5000, payload = substr(payload, 1, 9)",
    };
    for (size_t i = 0; i < COUNT_OF(damage); i++) {
        raw_run(room->raw, damage[i]);
        assert_int_equal(sto_quarantine_payload(room->steward, "1", &payload, &len, &room->err),
                         -1);
        assert_int_equal(room->err.kind, ERR_KIND_FATAL);
        assert_null(payload);
    }
    raw_run(room->raw, "UPDATE nrc.quarantine SET payload = NULL, payload_bytes = NULL");
    assert_ok(sto_quarantine_payload(room->steward, "1", &payload, &len, &room->err), room->err);
    assert_null(payload);
    assert_err(sto_quarantine_payload(room->steward, "99", &payload, &len, &room->err), room->err,
               ERR_KIND_FATAL, ERR_NOT_FOUND);
    assert_err(sto_quarantine_payload(room->steward, "x", &payload, &len, &room->err), room->err,
               ERR_KIND_FATAL, ERR_USAGE);
}

/* A payload may be as large as Kafka's largest message: what is shown of it is its beginning. */
static void a_large_payload_is_read_to_its_first_mebibyte(void **state)
{
    struct births_room *room = *state;
    const size_t len = (size_t)STO_CASE_PAYLOAD_BYTES * 3 / 2;
    struct sto_case shown;
    uint32_t seed = 7;
    char *plain = malloc(len);
    char *packed = malloc(ZSTD_compressBound(len));
    assert_non_null(plain);
    assert_non_null(packed);
    for (size_t i = 0; i < len; i++) { /* not to be packed */
        seed = seed * 1664525 + 1013904223;
        plain[i] = (char)(seed >> 24);
    }
    const size_t packed_len = ZSTD_compress(packed, ZSTD_compressBound(len), plain, len, 3);
    const char *values[] = {packed};
    const int lengths[] = {(int)packed_len};
    const int formats[] = {1};
    char sql[128];
    snprintf(sql, sizeof(sql), "UPDATE nrc.quarantine SET payload = $1::bytea, payload_bytes = %zu",
             len);
    PGresult *res = PQexecParams(room->raw, sql, 1, NULL, values, lengths, formats, 0);
    assert_int_equal(PQresultStatus(res), PGRES_COMMAND_OK);
    PQclear(res);
    assert_ok(sto_case_read(room->steward, NULL, 1, &shown, &room->err), room->err);
    assert_int_equal(shown.payload_len, STO_CASE_PAYLOAD_BYTES);
    assert_memory_equal(shown.payload, plain, shown.payload_len);
    assert_string_equal(sto_grid_get(shown.grid, 0, "raw_bytes"), "1572864");
    sto_case_fini(&shown);
    raw_run(room->raw, "UPDATE nrc.quarantine SET payload_bytes = 1000000");
    assert_err(sto_case_read(room->steward, NULL, 1, &shown, &room->err), room->err, ERR_KIND_FATAL,
               ERR_IO);
    sto_case_fini(&shown);
    free(plain);
    free(packed);
}

static void odd_bytes_of_headers_and_keys_are_shown_without_failing(void **state)
{
    static const char *const bytes[] = {"\\x",
                                        "\\x00",
                                        "\\xffffffff",
                                        "\\x7fffffff61",
                                        "\\x0000000161",
                                        "\\x00000001617fffffff",
                                        "\\x00000001ff00000001fe",
                                        "\\x0000000100ffffffff"};
    struct births_room *room = *state;
    for (size_t i = 0; i < COUNT_OF(bytes); i++) {
        char sql[256];
        snprintf(sql, sizeof(sql), "UPDATE nrc.quarantine SET key = '%s', headers = '%s'", bytes[i],
                 bytes[i]);
        raw_run(room->raw, sql);
        struct sto_grid *grid = report(room, STO_REPORT_STEWARD_CASE, "1", "10", NULL);
        assert_int_equal(grid->rows, 1);
        sto_grid_free(&grid);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_report_has_the_columns_it_promises),
        TEST(values_are_as_programs_want_them),
        TEST(a_limit_that_is_no_number_is_the_callers_mistake),
        TEST(the_verifier_finds_each_altered_thing),
        TEST(a_payload_comes_back_whole_or_not_at_all),
        TEST(a_large_payload_is_read_to_its_first_mebibyte),
        TEST(odd_bytes_of_headers_and_keys_are_shown_without_failing),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
