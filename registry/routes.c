/* SPDX-License-Identifier: Apache-2.0
 * registry/routes.c - the API: one row for each method of each path.
 *
 * A row has the route, and what the description at /nrc/v1/openapi.json says of it. The tests hold
 * it against the sources: a row lists exactly the parameters that its handler reads. */
#include "registry/routes.h"

#include <pthread.h>

#include "base/buf.h"
#include "registry/access/role.h"
#include "registry/answer.h"
#include "registry/handlers.h"
#include "registry/media.h"
#include "registry/openapi.h"
#include "registry/openapi_components.h"
#include "registry/permission.h"
#include "registry/worker.h"

static http_handler get_openapi;

#define SUBJECT  "/subjects/{subject}"
#define VERSIONS SUBJECT "/versions"
#define VERSION  VERSIONS "/{version}"
#define CHECK    "/compatibility/subjects/{subject}/versions"

#define Q(name) (UINT64_C(1) << Q_##name)
#define PAGE    (Q(OFFSET) | Q(LIMIT))
#define LISTED  (PAGE | Q(DELETED) | Q(DELETED_ONLY))
#define ONE     (Q(DELETED) | Q(FORMAT))
#define BY_ID   (Q(SUBJECT))

/* clang-format off */
static const struct reg_operation operations[] = {
    {HTTP_POST, SUBJECT, REG_ANYONE, reg_post_lookup,
     "Looks up a schema under a subject.",
     Q(NORMALIZE) | ONE, "SchemaBody", "Version"},
    {HTTP_POST, VERSIONS, REG_WRITERS, reg_post_version,
     "Registers a schema under a subject; a known schema keeps its id.",
     Q(NORMALIZE) | Q(FORCE), "SchemaBody", "Registered"},
    {HTTP_POST, CHECK, REG_ANYONE, reg_post_compatibility,
     "Tests a schema by the subject's compatibility level.",
     Q(VERBOSE), "SchemaBody", "Compatibility"},
    {HTTP_POST, CHECK "/{version}", REG_ANYONE, reg_post_compatibility_version,
     "Tests whether a schema is compatible with one version.",
     Q(VERBOSE), "SchemaBody", "Compatibility"},
    {HTTP_GET, "/", REG_ANYONE, reg_get_root,
     "An empty object: the registry answers.",
     0, NULL, "Empty"},
    {HTTP_POST, "/", REG_ANYONE, reg_get_root,
     "An empty object, whatever is sent.",
     0, NULL, "Empty"},
    {HTTP_GET, "/subjects", REG_ANYONE, reg_get_subjects,
     "Names of subjects, sorted.",
     LISTED | Q(SUBJECT_PREFIX), NULL, "Names"},
    {HTTP_DELETE, SUBJECT, REG_STEWARD, reg_delete_subject,
     "Soft-deletes all versions of a subject, or with permanent=true deletes them for good.",
     Q(PERMANENT), NULL, "Numbers"},
    {HTTP_GET, SUBJECT "/metadata", REG_ANYONE, reg_get_metadata,
     "The latest version whose metadata has the properties asked for.",
     ONE | Q(KEY) | Q(VALUE), NULL, "Version"},
    {HTTP_GET, VERSIONS, REG_ANYONE, reg_get_versions,
     "A subject's version numbers, ascending.",
     LISTED, NULL, "Numbers"},
    {HTTP_GET, VERSION, REG_ANYONE, reg_get_version,
     "One version of a subject.",
     ONE, NULL, "Version"},
    {HTTP_DELETE, VERSION, REG_STEWARD, reg_delete_version,
     "Soft-deletes a version, or with permanent=true deletes it for good.",
     Q(PERMANENT), NULL, "Number"},
    {HTTP_GET, VERSION "/schema", REG_ANYONE, reg_get_version_schema,
     "Only the schema of a version.",
     ONE, NULL, "AvroSchema"},
    {HTTP_GET, VERSION "/referencedby", REG_ANYONE, reg_get_version_referrers,
     "Ids of the schemas that refer to a version.",
     PAGE | Q(DELETED), NULL, "Numbers"},
    {HTTP_GET, "/schemas", REG_ANYONE, reg_get_schemas,
     "Versions of all subjects, whole.",
     PAGE | Q(DELETED) | Q(LATEST_ONLY) | Q(SUBJECT_PREFIX), NULL, "Versions"},
    {HTTP_GET, "/schemas/types", REG_ANYONE, reg_get_types,
     "The schema types that may be registered.",
     0, NULL, "Names"},
    {HTTP_GET, "/schemas/ids/{id}", REG_ANYONE, reg_get_id,
     "A schema by its id.",
     BY_ID | Q(FORMAT) | Q(FETCH_MAX_ID), NULL, "Schema"},
    {HTTP_GET, "/schemas/ids/{id}/schema", REG_ANYONE, reg_get_id_schema,
     "Only the schema of an id.",
     BY_ID | Q(FORMAT), NULL, "AvroSchema"},
    {HTTP_GET, "/schemas/ids/{id}/subjects", REG_ANYONE, reg_get_id_subjects,
     "Subjects that use an id.",
     BY_ID | PAGE | Q(DELETED), NULL, "Names"},
    {HTTP_GET, "/schemas/ids/{id}/versions", REG_ANYONE, reg_get_id_versions,
     "Versions that have an id.",
     BY_ID | PAGE | Q(DELETED), NULL, "VersionNames"},
    {HTTP_GET, "/schemas/guids/{guid}", REG_ANYONE, reg_get_guid,
     "A schema by its GUID.",
     Q(FORMAT), NULL, "Schema"},
    {HTTP_GET, "/schemas/guids/{guid}/ids", REG_ANYONE, reg_get_guid_ids,
     "The ids of a GUID in each context.",
     0, NULL, "ContextIds"},
    {HTTP_GET, "/contexts", REG_ANYONE, reg_get_contexts,
     "Contexts in use.",
     PAGE | Q(CONTEXT_PREFIX), NULL, "Names"},
    {HTTP_GET, "/v1/metadata/id", REG_ANYONE, reg_get_cluster_id,
     "The id of this registry.",
     0, NULL, "ClusterId"},
    {HTTP_GET, "/v1/metadata/version", REG_ANYONE, reg_get_server_version,
     "The version of this program.",
     0, NULL, "ServerVersion"},
    {HTTP_GET, "/config", REG_ANYONE, reg_get_config,
     "The registry's compatibility level.",
     Q(DEFAULT_TO_GLOBAL), NULL, "Config"},
    {HTTP_PUT, "/config", REG_STEWARD, reg_put_config,
     "Sets the registry's compatibility level, and what every version gets when it is registered.",
     0, "ConfigBody", "ConfigSet"},
    {HTTP_DELETE, "/config", REG_STEWARD, reg_delete_config,
     "Resets the registry's compatibility level to BACKWARD.",
     0, NULL, "Config"},
    {HTTP_GET, "/config/{subject}", REG_ANYONE, reg_get_config,
     "A subject's compatibility level.",
     Q(DEFAULT_TO_GLOBAL), NULL, "Config"},
    {HTTP_PUT, "/config/{subject}", REG_WRITERS, reg_put_config,
     "Sets a subject's compatibility level, and what its versions get; a producer may only name the level in force.",
     0, "ConfigBody", "ConfigSet"},
    {HTTP_DELETE, "/config/{subject}", REG_STEWARD, reg_delete_config,
     "Deletes a subject's level: it follows the registry's.",
     0, NULL, "Config"},
    {HTTP_GET, "/mode", REG_ANYONE, reg_get_mode,
     "The registry's mode.",
     Q(DEFAULT_TO_GLOBAL), NULL, "Mode"},
    {HTTP_PUT, "/mode", REG_STEWARD, reg_put_mode,
     "Sets the registry's mode.",
     Q(FORCE), "ModeBody", "Mode"},
    {HTTP_DELETE, "/mode", REG_STEWARD, reg_delete_mode,
     "Resets the registry's mode to READWRITE.",
     0, NULL, "Mode"},
    {HTTP_GET, "/mode/{subject}", REG_ANYONE, reg_get_mode,
     "A subject's mode.",
     Q(DEFAULT_TO_GLOBAL), NULL, "Mode"},
    {HTTP_PUT, "/mode/{subject}", REG_STEWARD, reg_put_mode,
     "Sets a subject's mode.",
     Q(FORCE), "ModeBody", "Mode"},
    {HTTP_DELETE, "/mode/{subject}", REG_STEWARD, reg_delete_mode,
     "Deletes a subject's mode: it follows the registry's.",
     0, NULL, "Mode"},
    {HTTP_GET, "/nrc/v1/agencies", REG_ANYONE, reg_get_agencies,
     "The agencies that owe data.",
     0, NULL, "Agencies"},
    {HTTP_POST, "/nrc/v1/agencies", REG_STEWARD, reg_post_agency,
     "Adds an agency, with the division and the head who answer for it.",
     0, "AgencyBody", "Agency"},
    {HTTP_GET, "/nrc/v1/agencies/{code}", REG_ANYONE, reg_get_agency,
     "One agency.",
     0, NULL, "Agency"},
    {HTTP_PUT, "/nrc/v1/agencies/{code}", REG_STEWARD, reg_put_agency,
     "Changes an agency's name or class; what is absent stays, null takes it away.",
     0, "AgencyChange", "Agency"},
    {HTTP_PUT, "/nrc/v1/agencies/{code}/head", REG_STEWARD, reg_put_agency_head,
     "Records a new head or division from a day on, or the last day of the present head.",
     0, "HeadBody", "Agency"},
    {HTTP_POST, "/nrc/v1/agencies/{code}/succession", REG_STEWARD, reg_post_agency_succession,
     "Records that another agency answers from a day on.",
     0, "SuccessionBody", "Agency"},
    {HTTP_POST, "/nrc/v1/agencies/{code}/retirement", REG_STEWARD, reg_post_agency_retirement,
     "Retires an agency that answers for no dataset.",
     0, "RetirementBody", "Agency"},
    {HTTP_GET, "/nrc/v1/systems", REG_ANYONE, reg_get_systems,
     "The data systems; agency=CODE: one agency's.",
     Q(AGENCY), NULL, "Systems"},
    {HTTP_POST, "/nrc/v1/systems", REG_STEWARD, reg_post_system,
     "Adds a data system of an agency.",
     0, "SystemBody", "System"},
    {HTTP_GET, "/nrc/v1/systems/{system}", REG_ANYONE, reg_get_system,
     "One system, with the datasets that it serves.",
     0, NULL, "System"},
    {HTTP_PUT, "/nrc/v1/systems/{system}", REG_STEWARD, reg_put_system,
     "Changes a system's name or description; what is absent stays, null takes it away.",
     0, "SystemChange", "System"},
    {HTTP_POST, "/nrc/v1/systems/{system}/retirement", REG_STEWARD, reg_post_system_retirement,
     "Retires a system that serves no dataset.",
     0, "RetirementBody", "System"},
    {HTTP_GET, "/nrc/v1/datasets", REG_ANYONE, reg_get_datasets,
     "The datasets; agency=CODE: one agency's.",
     Q(AGENCY), NULL, "Datasets"},
    {HTTP_POST, "/nrc/v1/datasets", REG_STEWARD, reg_post_dataset,
     "Declares a dataset: its key, order, event time and topic.",
     0, "DatasetBody", "Dataset"},
    {HTTP_GET, "/nrc/v1/datasets/{dataset}", REG_ANYONE, reg_get_dataset,
     "One dataset.",
     0, NULL, "Dataset"},
    {HTTP_GET, "/nrc/v1/datasets/{dataset}/structures/diff", REG_ANYONE, reg_get_difference,
     "What changed between two versions of a dataset's value structure, and whom it concerns.",
     Q(FROM) | Q(TO), NULL, "Difference"},
    {HTTP_PUT, "/nrc/v1/datasets/{dataset}", REG_STEWARD, reg_put_dataset,
     "Says what the catalogue has of a dataset; what is absent stays, null takes it away.",
     0, "DatasetChange", "Dataset"},
    {HTTP_POST, "/nrc/v1/datasets/{dataset}/retirement", REG_STEWARD, reg_post_dataset_retirement,
     "Retires a dataset: it takes no more events and structures, and keeps its rows.",
     0, "DatasetRetirement", "Dataset"},
    {HTTP_POST, "/nrc/v1/datasets/{dataset}/reopening", REG_STEWARD, reg_post_dataset_reopening,
     "Undoes a dataset's retirement.",
     0, "Reason", "Dataset"},
    {HTTP_GET, "/nrc/v1/catalogue", REG_ANYONE, reg_get_catalogue,
     "The catalogue of sources as JSON, CSV, a page to print, or DCAT-AP 3.",
     Q(AGENCY) | Q(CATALOGUE_FORMAT), NULL, "catalogue"},
    {HTTP_GET, "/nrc/v1/catalogue/gaps", REG_ANYONE, reg_get_catalogue_gaps,
     "What the catalogue of sources lacks.",
     Q(AGENCY), NULL, "Gaps"},
    {HTTP_GET, "/nrc/v1/notices", REG_ANYONE, reg_get_notices,
     "The newest 1,000 notices that are announced or in force.",
     Q(DATASET) | Q(OVER), NULL, "Notices"},
    {HTTP_POST, "/nrc/v1/notices", REG_WRITERS, reg_post_notice,
     "Announces a stop, a change or additional collection.",
     0, "NoticeBody", "Notice"},
    {HTTP_GET, "/nrc/v1/notices/{id}", REG_ANYONE, reg_get_notice,
     "One notice, with every form that it had.",
     0, NULL, "Notice"},
    {HTTP_PUT, "/nrc/v1/notices/{id}", REG_WRITERS, reg_put_notice,
     "Amends a notice; what is absent stays, and ends_at null takes the end away.",
     0, "NoticeChange", "Notice"},
    {HTTP_POST, "/nrc/v1/notices/{id}/withdrawal", REG_WRITERS, reg_post_notice_withdrawal,
     "Withdraws a notice.",
     0, "Why", "Notice"},
    {HTTP_GET, "/nrc/v1/datasets/{dataset}/contracts", REG_ANYONE, reg_get_contracts,
     "Every version of a dataset's contract, newest first.",
     0, NULL, "Contracts"},
    {HTTP_POST, "/nrc/v1/datasets/{dataset}/contracts", REG_WRITERS, reg_post_contract,
     "Applies a contract, in YAML or JSON; with dry_run it is only checked, and every fault is in the answer.",
     0, "ContractBody", "ContractApplied"},
    {HTTP_GET, "/nrc/v1/datasets/{dataset}/contracts/{contract}", REG_ANYONE, reg_get_contract,
     "One version of a dataset's contract, or latest: its text as it was given, and as it is understood.",
     0, NULL, "Contract"},
    {HTTP_GET, "/nrc/v1/quality", REG_ANYONE, reg_get_quality,
     "How good each source was in a period, in nine dimensions; an agency's account reads of its own datasets.",
     Q(DATASET) | Q(SPAN) | Q(SINCE) | Q(UNTIL), NULL, "Scores"},
    {HTTP_GET, "/nrc/v1/datasets/{dataset}/quality", REG_ANYONE, reg_get_dataset_quality,
     "How good one dataset was in a period: each score with its counts, rules and versions.",
     Q(SPAN) | Q(SINCE) | Q(UNTIL), NULL, "Scores"},
    {HTTP_GET, "/nrc/v1/datasets/{dataset}/references", REG_ANYONE, reg_get_references,
     "What a dataset's contract says that another dataset has, and how many rows lack it.",
     0, NULL, "References"},
    {HTTP_GET, "/nrc/v1/datasets/{dataset}/gaps", REG_ANYONE, reg_get_gaps,
     "Numbers that are missing in the agency's own sequence: 1,000 gaps at most, the oldest first.",
     Q(OVER), NULL, "SequenceGaps"},
    {HTTP_GET, "/nrc/v1/datasets/{dataset}/controls", REG_ANYONE, reg_get_controls,
     "The newest 1,000 control totals of a dataset, and what became of them.",
     0, NULL, "Controls"},
    {HTTP_POST, "/nrc/v1/datasets/{dataset}/controls", REG_WRITERS, reg_post_control,
     "States how many events, how many keys or which checksum was sent for a period.",
     0, "ControlBody", "ControlStated"},
    {HTTP_GET, "/nrc/v1/requests", REG_ANYONE, reg_get_requests,
     "The newest 1,000 structures that wait for approval.",
     Q(DATASET) | Q(OVER), NULL, "Requests"},
    {HTTP_POST, "/nrc/v1/requests", REG_WRITERS, reg_post_request,
     "Asks for another structure of a dataset; people decide, whatever the compatibility level says.",
     0, "RequestBody", "Request"},
    {HTTP_GET, "/nrc/v1/requests/{id}", REG_ANYONE, reg_get_request,
     "One request, with its difference and the decisions.",
     0, NULL, "Request"},
    {HTTP_POST, "/nrc/v1/requests/{id}/approval", REG_STEWARD, reg_post_approval,
     "Approves a request; nobody approves what they filed themselves.",
     0, "ApprovalBody", "Request"},
    {HTTP_POST, "/nrc/v1/requests/{id}/rejection", REG_WRITERS, reg_post_rejection,
     "Rejects a request; who filed it may take it back.",
     0, "Reason", "Request"},
    {HTTP_POST, "/nrc/v1/datasets/{dataset}/versions/{version}/retirement", REG_STEWARD, reg_post_retirement,
     "Ends the use of a structure.",
     0, "RetirementBody", "Structures"},
    {HTTP_PUT, "/nrc/v1/datasets/{dataset}/policy", REG_STEWARD, reg_put_policy,
     "Says who must agree to changes of a dataset's structure; what is absent stays.",
     0, "PolicyBody", "Dataset"},
    {HTTP_GET, "/nrc/v1/violations", REG_ANYONE, reg_get_violations,
     "The newest 1,000 changes that nobody announced, as the law asks (NRL-7).",
     Q(DATASET), NULL, "Violations"},
    {HTTP_GET, "/nrc/v1/subscriptions", REG_ANYONE, reg_get_subscriptions,
     "The account's own subscriptions; a steward's answer has all.",
     0, NULL, "Subscriptions"},
    {HTTP_POST, "/nrc/v1/subscriptions", REG_ANYONE, reg_post_subscription,
     "Subscribes. The answer has the secret that messages are signed with, this once.",
     0, "SubscriptionBody", "Subscription"},
    {HTTP_GET, "/nrc/v1/subscriptions/{name}", REG_ANYONE, reg_get_subscription,
     "One subscription.",
     0, NULL, "Subscription"},
    {HTTP_GET, "/nrc/v1/subscriptions/{name}/deliveries", REG_ANYONE, reg_get_deliveries,
     "Its newest 1,000 deliveries.",
     Q(MISSED), NULL, "Deliveries"},
    {HTTP_POST, "/nrc/v1/subscriptions/{name}/disabling", REG_ANYONE, reg_post_subscription_disabling,
     "Sends nothing more.",
     0, "Why", "Subscription"},
    {HTTP_POST, "/nrc/v1/subscriptions/{name}/enabling", REG_ANYONE, reg_post_subscription_enabling,
     "Sends again; replay true: also what failed or was skipped.",
     0, "EnablingBody", "Subscription"},
    {HTTP_POST, "/nrc/v1/subscriptions/{name}/replay", REG_ANYONE, reg_post_subscription_replay,
     "Delivers again what failed or was skipped; delivered true: what was delivered, too.",
     0, "ReplayBody", "Subscription"},
    {HTTP_POST, "/nrc/v1/subscriptions/{name}/rotation", REG_ANYONE, reg_post_subscription_rotation,
     "Makes a new secret, which the answer has, this once.",
     0, "RotationBody", "Subscription"},
    {HTTP_POST, "/nrc/v1/subscriptions/{name}/test", REG_ANYONE, reg_post_subscription_test,
     "Sends a test message, once.",
     0, "NoBody", "Guid"},
    {HTTP_GET, "/nrc/v1/notifications", REG_ANYONE, reg_get_notifications,
     "The newest 1,000 notifications.",
     Q(DATASET) | Q(UNACKNOWLEDGED), NULL, "Notifications"},
    {HTTP_GET, "/nrc/v1/notifications/{id}", REG_ANYONE, reg_get_notification,
     "One notification, by the id that it was sent with.",
     0, NULL, "Notification"},
    {HTTP_POST, "/nrc/v1/notifications/{id}/ack", REG_ANYONE, reg_post_notification_ack,
     "Acknowledges a notification in the name of the account's person.",
     0, "NoBody", "Notification"},
    {HTTP_GET, "/nrc/v1/audit", REG_ANYONE, reg_get_audit,
     "Who changed what, and why, newest first; an agency's account reads what is about its own agency.",
     Q(OBJECT) | Q(WHAT) | Q(BY) | Q(AGENCY) | Q(SINCE) | Q(UNTIL) | Q(BEFORE) | Q(LIMIT), NULL, "AuditRows"},
    {HTTP_GET, "/nrc/v1/audit/{id}", REG_ANYONE, reg_get_audit_row,
     "One change, with what was there before and after.",
     0, NULL, "AuditRow"},
    {HTTP_GET, "/nrc/v1/openapi.json", 0, get_openapi,
     "This description.",
     0, NULL, "Description"},
    {HTTP_GET, "/healthz", 0, reg_get_healthz,
     "Whether the process answers.",
     0, NULL, "text"},
    {HTTP_GET, "/readyz", 0, reg_get_readyz,
     "Whether the register can be read and written.",
     0, NULL, "text"},
    {HTTP_GET, "/metrics", 0, reg_get_metrics,
     "Metrics, in Prometheus' text format.",
     0, NULL, "text"},
};
/* clang-format on */

/* The operations' routes. Filled once, then only read. */
static struct http_route routes[COUNT_OF(operations)];
static pthread_once_t fill_once = PTHREAD_ONCE_INIT;

static void fill_routes(void)
{
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        const struct reg_operation *operation = &operations[i];
        routes[i] = (struct http_route){
            .method = operation->method,
            .pattern = operation->pattern,
            .roles = operation->roles,
            .handler = operation->handler,
            .summary = operation->summary,
        };
    }
}

const struct reg_operation *reg_operations(size_t *count)
{
    *count = COUNT_OF(operations);
    return operations;
}

/* The body comes last: one that will not be read is not even waited for. */
static int admit(struct http_request *req, unsigned roles, struct err *err)
{
    return reg_authorize(req, roles, err) != 0 ? -1 : reg_media_check(req, err);
}

void reg_app(struct http_app *out)
{
    pthread_once(&fill_once, fill_routes);
    *out = (struct http_app){
        .route_count = COUNT_OF(routes),
        .routes = routes,
        .under = "/contexts/{context}",
        .authorize = admit,
        .fail = reg_fail,
        .answered = reg_worker_answered,
        .worker_open = reg_worker_open,
        .worker_close = reg_worker_close,
    };
}

static int get_openapi(struct http_request *req, struct err *err)
{
    (void)err;
    reg_openapi_put(operations, COUNT_OF(operations), http_out(req));
    http_ok(req, 200, "application/json");
    return 0;
}
