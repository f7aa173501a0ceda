/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/handlers.h - the commands' handlers: ops_<noun>_<verb> is in ops/cmd/<noun>.c. Each returns an
 * enum ops_answer, or -1. */
#ifndef OPS_CMD_HANDLERS_H
#define OPS_CMD_HANDLERS_H

struct buf;
struct err;
struct ops_context;

int ops_measure(const struct ops_context *context, struct err *err);
int ops_quality(const struct ops_context *context, struct err *err);
int ops_gaps(const struct ops_context *context, struct err *err);
int ops_control_add(const struct ops_context *context, struct err *err);
int ops_control_list(const struct ops_context *context, struct err *err);
int ops_control_show(const struct ops_context *context, struct err *err);
int ops_db_migrate(const struct ops_context *context, struct err *err);
int ops_db_check(const struct ops_context *context, struct err *err);
int ops_agency_add(const struct ops_context *context, struct err *err);
int ops_agency_declare(const struct ops_context *context, struct err *err);
int ops_agency_list(const struct ops_context *context, struct err *err);
int ops_agency_show(const struct ops_context *context, struct err *err);
int ops_agency_edit(const struct ops_context *context, struct err *err);
int ops_agency_head(const struct ops_context *context, struct err *err);
int ops_agency_succeed(const struct ops_context *context, struct err *err);
int ops_agency_retire(const struct ops_context *context, struct err *err);
int ops_system_add(const struct ops_context *context, struct err *err);
int ops_system_list(const struct ops_context *context, struct err *err);
int ops_system_show(const struct ops_context *context, struct err *err);
int ops_system_edit(const struct ops_context *context, struct err *err);
int ops_system_retire(const struct ops_context *context, struct err *err);
int ops_dataset_add(const struct ops_context *context, struct err *err);
int ops_dataset_load(const struct ops_context *context, struct err *err); /* dataset_load.c */
int ops_dataset_policy(const struct ops_context *context, struct err *err);
int ops_dataset_remove(const struct ops_context *context, struct err *err);
int ops_dataset_list(const struct ops_context *context, struct err *err);
int ops_dataset_show(const struct ops_context *context, struct err *err);
int ops_dataset_edit(const struct ops_context *context, struct err *err);
int ops_dataset_retire(const struct ops_context *context, struct err *err);
int ops_dataset_reopen(const struct ops_context *context, struct err *err);
int ops_dataset_pause(const struct ops_context *context, struct err *err);
int ops_dataset_resume(const struct ops_context *context, struct err *err);
int ops_structure_register(const struct ops_context *context, struct err *err);
int ops_structure_list(const struct ops_context *context, struct err *err);
int ops_structure_show(const struct ops_context *context, struct err *err);
int ops_structure_diff(const struct ops_context *context, struct err *err);  /* structure_diff.c */
int ops_structure_rules(const struct ops_context *context, struct err *err); /* structure_diff.c */
int ops_structure_requests(const struct ops_context *context, struct err *err); /* request.c */
int ops_structure_request(const struct ops_context *context, struct err *err);  /* request.c */
int ops_structure_approve(const struct ops_context *context, struct err *err);  /* request.c */
int ops_structure_reject(const struct ops_context *context, struct err *err);   /* request.c */
int ops_structure_retire(const struct ops_context *context, struct err *err);   /* request.c */
int ops_violation_list(const struct ops_context *context, struct err *err);     /* request.c */
int ops_structure_users(const struct ops_context *context, struct err *err);
int ops_catalogue_export(const struct ops_context *context, struct err *err);
int ops_catalogue_gaps(const struct ops_context *context, struct err *err);
int ops_catalogue_load(const struct ops_context *context, struct err *err); /* catalogue_load.c */
int ops_catalogue_lists(const struct ops_context *context, struct err *err);
int ops_holiday_announce(const struct ops_context *context, struct err *err);
int ops_holiday_list(const struct ops_context *context, struct err *err);
int ops_holiday_load(const struct ops_context *context, struct err *err);
int ops_holiday_withdraw(const struct ops_context *context, struct err *err);
int ops_contract_apply(const struct ops_context *context, struct err *err);
int ops_contract_check(const struct ops_context *context, struct err *err);
int ops_contract_list(const struct ops_context *context, struct err *err);
int ops_contract_show(const struct ops_context *context, struct err *err);
int ops_contract_template(const struct ops_context *context, struct err *err);
int ops_reference_list(const struct ops_context *context, struct err *err);
int ops_reference_keys(const struct ops_context *context, struct err *err);
int ops_reference_check(const struct ops_context *context, struct err *err);
int ops_notice_file(const struct ops_context *context, struct err *err);
int ops_notice_list(const struct ops_context *context, struct err *err);
int ops_notice_show(const struct ops_context *context, struct err *err);
int ops_notice_amend(const struct ops_context *context, struct err *err);
int ops_notice_withdraw(const struct ops_context *context, struct err *err);
int ops_audit_list(const struct ops_context *context, struct err *err);
int ops_audit_show(const struct ops_context *context, struct err *err);
int ops_account_add(const struct ops_context *context, struct err *err);
int ops_account_list(const struct ops_context *context, struct err *err);
int ops_account_show(const struct ops_context *context, struct err *err);
int ops_account_disable(const struct ops_context *context, struct err *err);
int ops_account_rotate(const struct ops_context *context, struct err *err);
int ops_account_review(const struct ops_context *context, struct err *err);
int ops_account_delegate(const struct ops_context *context, struct err *err);
int ops_subscription_add(const struct ops_context *context, struct err *err);
int ops_subscription_list(const struct ops_context *context, struct err *err);
int ops_subscription_show(const struct ops_context *context, struct err *err);
int ops_subscription_test(const struct ops_context *context, struct err *err);
int ops_subscription_disable(const struct ops_context *context, struct err *err);
int ops_subscription_enable(const struct ops_context *context, struct err *err);
int ops_subscription_replay(const struct ops_context *context, struct err *err);
int ops_subscription_rotate(const struct ops_context *context, struct err *err);
int ops_notification_list(const struct ops_context *context, struct err *err);
int ops_notification_show(const struct ops_context *context, struct err *err);
int ops_alarm_test(const struct ops_context *context, struct err *err);
int ops_notification_topics(const struct ops_context *context, struct err *err);
int ops_notification_ack(const struct ops_context *context, struct err *err);
int ops_relay(const struct ops_context *context, struct err *err);
int ops_monitor(const struct ops_context *context, struct err *err);
int ops_status(const struct ops_context *context, struct err *err);
int ops_freshness(const struct ops_context *context, struct err *err);
int ops_ingest(const struct ops_context *context, struct err *err);
int ops_registry(const struct ops_context *context, struct err *err);
int ops_check(const struct ops_context *context, struct err *err);
int ops_lag(const struct ops_context *context, struct err *err);
int ops_position_show(const struct ops_context *context, struct err *err);
int ops_position_probe(const struct ops_context *context, struct err *err);
int ops_position_resume(const struct ops_context *context, struct err *err);
int ops_event_show(const struct ops_context *context, struct err *err);
int ops_quarantine_list(const struct ops_context *context, struct err *err);
int ops_quarantine_groups(const struct ops_context *context, struct err *err);
int ops_quarantine_show(const struct ops_context *context, struct err *err);
int ops_quarantine_assign(const struct ops_context *context, struct err *err);
int ops_quarantine_replay(const struct ops_context *context, struct err *err);
int ops_quarantine_discard(const struct ops_context *context, struct err *err);
int ops_quarantine_reopen(const struct ops_context *context, struct err *err);
int ops_ledger_verify(const struct ops_context *context, struct err *err);
int ops_incident_list(const struct ops_context *context, struct err *err);
int ops_incident_show(const struct ops_context *context, struct err *err);
int ops_incident_ack(const struct ops_context *context, struct err *err);      /* incident_work.c */
int ops_incident_assign(const struct ops_context *context, struct err *err);   /* incident_work.c */
int ops_incident_comment(const struct ops_context *context, struct err *err);  /* incident_work.c */
int ops_incident_handover(const struct ops_context *context, struct err *err); /* incident_work.c */
int ops_contact_add(const struct ops_context *context, struct err *err);
int ops_contact_list(const struct ops_context *context, struct err *err);
int ops_contact_move(const struct ops_context *context, struct err *err);
int ops_contact_remove(const struct ops_context *context, struct err *err);
int ops_outage_announce(const struct ops_context *context, struct err *err); /* contact.c */
int ops_outage_list(const struct ops_context *context, struct err *err);     /* contact.c */
int ops_outage_withdraw(const struct ops_context *context, struct err *err); /* contact.c */
int ops_incident_close(const struct ops_context *context, struct err *err);
int ops_incident_kinds(const struct ops_context *context, struct err *err);
int ops_config_show(const struct ops_context *context, struct err *err);
int ops_config_keys(const struct ops_context *context, struct err *err);
int ops_completion_bash(const struct ops_context *context, struct err *err);
int ops_completion_zsh(const struct ops_context *context, struct err *err);
/* Alone among them it also takes a context without a configuration: context->conf_err says why there is none. */
int ops_doctor(const struct ops_context *context, struct err *err);

/* The kinds of incidents as a table in Markdown, for `nrc incident kinds` and the documents. */
void ops_put_incident_kinds(struct buf *out);
/* The checks of nrc doctor and all their findings, in Markdown. */
void ops_put_doctor_checks(struct buf *out);
/* The rules by which structures differ, as rows of a table in Markdown. */
void ops_put_change_rules(struct buf *out);

#endif
