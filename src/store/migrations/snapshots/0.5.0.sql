CREATE TRIGGER actions_added after insert on actions begin
    insert into tallies select 'actions', new.state, 0
      where not exists (select 1 from tallies where place = 'actions' and state = new.state);
    update tallies set total = total + 1 where place = 'actions' and state = new.state;
  end;
CREATE TRIGGER actions_moved after update of state on actions when old.state <> new.state begin
    update tallies set total = total - 1 where place = 'actions' and state = old.state;
    insert into tallies select 'actions', new.state, 0
      where not exists (select 1 from tallies where place = 'actions' and state = new.state);
    update tallies set total = total + 1 where place = 'actions' and state = new.state;
  end;
CREATE TRIGGER actions_removed after delete on actions begin
    update tallies set total = total - 1 where place = 'actions' and state = old.state;
  end;
CREATE TRIGGER cycles_added after insert on cycles begin
    insert into tallies select 'cycles', new.state, 0
      where not exists (select 1 from tallies where place = 'cycles' and state = new.state);
    update tallies set total = total + 1 where place = 'cycles' and state = new.state;
  end;
CREATE TRIGGER cycles_moved after update of state on cycles when old.state <> new.state begin
    update tallies set total = total - 1 where place = 'cycles' and state = old.state;
    insert into tallies select 'cycles', new.state, 0
      where not exists (select 1 from tallies where place = 'cycles' and state = new.state);
    update tallies set total = total + 1 where place = 'cycles' and state = new.state;
  end;
CREATE TRIGGER cycles_removed after delete on cycles begin
    update tallies set total = total - 1 where place = 'cycles' and state = old.state;
  end;
CREATE TRIGGER deliveries_added after insert on deliveries begin
    insert into tallies select 'deliveries', new.state, 0
      where not exists (select 1 from tallies where place = 'deliveries' and state = new.state);
    update tallies set total = total + 1 where place = 'deliveries' and state = new.state;
  end;
CREATE TRIGGER deliveries_moved after update of state on deliveries when old.state <> new.state begin
    update tallies set total = total - 1 where place = 'deliveries' and state = old.state;
    insert into tallies select 'deliveries', new.state, 0
      where not exists (select 1 from tallies where place = 'deliveries' and state = new.state);
    update tallies set total = total + 1 where place = 'deliveries' and state = new.state;
  end;
CREATE TRIGGER deliveries_removed after delete on deliveries begin
    update tallies set total = total - 1 where place = 'deliveries' and state = old.state;
  end;
CREATE TRIGGER events_added after insert on events begin
    insert into tallies select 'events', new.state, 0
      where not exists (select 1 from tallies where place = 'events' and state = new.state);
    update tallies set total = total + 1 where place = 'events' and state = new.state;
  end;
CREATE TRIGGER events_moved after update of state on events when old.state <> new.state begin
    update tallies set total = total - 1 where place = 'events' and state = old.state;
    insert into tallies select 'events', new.state, 0
      where not exists (select 1 from tallies where place = 'events' and state = new.state);
    update tallies set total = total + 1 where place = 'events' and state = new.state;
  end;
CREATE TRIGGER events_removed after delete on events begin
    update tallies set total = total - 1 where place = 'events' and state = old.state;
  end;
CREATE TABLE "accounts" ("system" text not null, "account" text not null, "person" text not null, "name" text not null, "email" text, "zone" text, "kind" text not null, "joined_by" text not null, "looked_up_at" integer, constraint "accounts_identity" primary key ("system", "account"));
CREATE TABLE "actions" ("id" text primary key, "cycle" text not null, "subject" text not null, "ordinal" integer not null, "operation" text not null, "effect" text not null, "input" text not null, "digest" text not null, "preview" text not null, "reason" text not null, "mode" text not null, "state" text not null, "verdict" text, "attempts" integer not null, "answers" text not null, "effect_id" text, "effect_url" text, "note" text, "created_at" integer not null, "sent_at" integer, "resend_after" integer, "settled_at" integer, "purpose" text default 'notice' not null, "due_at" integer, "asked_by" text, "reaches" text, "approval" text, "directives" text, "author" text default 'model' not null, constraint "actions_place" unique ("cycle", "ordinal"));
CREATE TABLE "approval_votes" ("approval" text not null, "person" text not null, "name" text not null, "via" text not null, "at" integer not null, constraint "approval_votes_once" primary key ("approval", "person"));
CREATE TABLE "approvals" ("id" text primary key, "action" text not null, "digest" text not null, "target_version" text, "operation" text not null, "subject" text not null, "preview" text not null, "reason" text not null, "rule" text not null, "state" text not null, "level" text not null, "asked_at" integer not null, "expires_at" integer not null, "needed" integer not null, "excluded" text not null, "decided_by" text, "decided_via" text, "decided_at" integer, "note" text);
CREATE TABLE "cycles" ("id" text primary key, "subject" text not null, "mode" text not null, "state" text not null, "step" text not null, "outcome" text, "context" text, "thought" text, "planner" text, "attempts" integer not null, "error" text, "opened_at" integer not null, "updated_at" integer not null, "finished_at" integer, "directives" text);
CREATE TABLE "deliveries" ("seq" integer primary key autoincrement, "id" text not null unique, "source" text not null, "delivery_id" text not null, "received_at" integer not null, "bytes" integer not null, "state" text not null, "note" text, "redelivered" integer default 0 not null, "way" text default 'webhook' not null, constraint "deliveries_identity" unique ("source", "delivery_id"));
CREATE TABLE "delivery_bodies" ("seq" integer primary key, "headers" text not null, "body" blob not null);
CREATE TABLE "directive_versions" ("seq" integer primary key autoincrement, "version" text not null, "text" text not null, "author" text not null, "note" text, "applied_at" integer not null);
CREATE TABLE "event_bodies" ("seq" integer primary key, "body" text not null);
CREATE TABLE "events" ("seq" integer primary key autoincrement, "id" text not null, "key" text not null unique, "kind" text not null, "source" text not null, "subject" text not null, "at" text not null, "kept_at" integer not null, "delivery" text, "state" text not null, "cycle" text, "rule" text not null, "reason" text not null, "pushed_at" integer, "push_delay" integer, "polled_at" integer, "actor_kind" text);
CREATE TABLE "gaps" ("source" text not null, "name" text not null, "at" integer not null, "found_at" integer not null, "repaired_at" integer, constraint "gaps_identity" primary key ("source", "name"));
CREATE TABLE "journal" ("seq" integer primary key, "at" text not null, "kind" text not null, "subject" text, "cycle" text, "data" text not null, "hash" text not null);
CREATE TABLE "leases" ("name" text primary key, "owner" text not null, "fence" integer not null, "until" integer not null);
CREATE TABLE "mailboxes" ("subject" text primary key, "due_at" integer, "owner" text, "fence" integer not null, "attempts" integer not null, "cycle" text, "error" text, "head_start" integer default 0 not null);
CREATE TABLE "model_calls" ("seq" integer primary key autoincrement, "cycle" text not null, "at" integer not null, "model" text not null, "outcome" text not null, "input_tokens" integer not null, "cache_read_tokens" integer not null, "cache_write_tokens" integer not null, "output_tokens" integer not null, "cost_usd" double precision, "duration_ms" integer not null);
CREATE TABLE "notes" ("name" text primary key, "value" text not null);
CREATE TABLE "nudges" ("seq" integer primary key autoincrement, "problem" text not null, "person" text not null, "item" text not null, "reason" text not null, "day" text not null, "action" text not null, "at" integer not null, constraint "nudges_once" unique ("person", "item", "reason", "day"));
CREATE TABLE "polls" ("source" text not null, "scope" text not null, "cursor" text, "since" integer not null, "next_at" integer, "owner" text, "leased_until" integer, "fence" integer default 0 not null, "failures" integer default 0 not null, "succeeded_at" integer, "failed_at" integer, "error" text, constraint "polls_identity" primary key ("source", "scope"));
CREATE TABLE "problems" ("id" text primary key, "item" text not null, "reason" text not null, "person" text not null, "level" text not null, "line" text not null, "url" text, "since" integer not null, "opened_at" integer not null, "step" integer not null, "stepped_at" integer, "acknowledged_at" integer, "progress_at" integer, "snoozed_until" integer, "declined_at" integer, "due_at" integer, "closed_at" integer, constraint "problems_identity" unique ("item", "reason", "person", "opened_at"));
CREATE TABLE "sightings" ("seq" integer primary key autoincrement, "event_key" text not null, "way" text not null, "delivery" text, "at" integer not null);
CREATE TABLE "spendings" ("seq" integer primary key autoincrement, "cycle" text not null, "person" text, "model" text not null, "at" integer not null, "day" text not null, "month" text not null, "reserved_usd" double precision not null, "settled_usd" double precision);
CREATE TABLE "standing_grants" ("id" text primary key, "operation" text not null, "subject" text, "granted_by" text not null, "created_at" integer not null, "until" integer not null, "revoked_at" integer);
CREATE TABLE "sweeps" ("subject" text primary key, "level" text not null, "rules" text not null, "calm" integer not null, "checked_at" integer, "next_at" integer);
CREATE TABLE "tallies" ("place" text not null, "state" text not null, "total" integer not null, constraint "tallies_identity" primary key ("place", "state"));
CREATE TABLE "tokens" ("id" text primary key, "name" text not null, "role" text not null, "hash" text not null unique, "created_at" integer not null, "revoked_at" integer);
CREATE TABLE "touches" ("seq" integer primary key autoincrement, "place" text not null, "purpose" text not null, "action" text not null, "at" integer not null, "slot" text unique);
CREATE INDEX "accounts_person" on "accounts" ("person");
CREATE INDEX "actions_due" on "actions" ("due_at") where "due_at" is not null;
CREATE INDEX "actions_effect" on "actions" ("effect_id");
CREATE INDEX "actions_state" on "actions" ("state", "id");
CREATE INDEX "actions_subject" on "actions" ("subject", "id");
CREATE INDEX "approvals_action" on "approvals" ("action");
CREATE INDEX "approvals_open" on "approvals" ("expires_at") where "state" = 'open';
CREATE INDEX "approvals_subject" on "approvals" ("subject", "asked_at");
CREATE INDEX "cycles_subject" on "cycles" ("subject", "id");
CREATE INDEX "deliveries_kept" on "deliveries" ("seq") where "state" = 'kept';
CREATE INDEX "events_cycle" on "events" ("cycle");
CREATE INDEX "events_delivery" on "events" ("delivery");
CREATE INDEX "events_source_at" on "events" ("source", "at");
CREATE INDEX "events_subject" on "events" ("subject", "seq");
CREATE INDEX "events_waiting" on "events" ("subject") where "state" = 'waiting';
CREATE INDEX "gaps_at" on "gaps" ("at");
CREATE INDEX "journal_cycle" on "journal" ("cycle");
CREATE INDEX "mailboxes_claim" on "mailboxes" ((due_at - head_start)) where "due_at" is not null;
CREATE INDEX "mailboxes_due" on "mailboxes" ("due_at") where "due_at" is not null;
CREATE INDEX "model_calls_at" on "model_calls" ("at");
CREATE INDEX "model_calls_cycle" on "model_calls" ("cycle");
CREATE INDEX "problems_due" on "problems" ("due_at") where "due_at" is not null;
CREATE INDEX "problems_item" on "problems" ("item", "closed_at");
CREATE INDEX "problems_person" on "problems" ("person", "closed_at");
CREATE INDEX "spendings_cycle" on "spendings" ("cycle");
CREATE INDEX "spendings_day" on "spendings" ("day");
CREATE INDEX "spendings_month" on "spendings" ("month");
CREATE INDEX "spendings_open" on "spendings" ("at") where "settled_usd" is null;
CREATE INDEX "standing_grants_operation" on "standing_grants" ("operation", "until");
CREATE INDEX "sweeps_next" on "sweeps" ("next_at") where "next_at" is not null;
CREATE INDEX "touches_action" on "touches" ("action");
CREATE INDEX "touches_place" on "touches" ("place", "at");
