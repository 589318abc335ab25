-- Who may sign in.
create table account (
    id            uuid primary key,
    username      text not null check (username ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$'),
    password_hash text not null,
    created_at    timestamptz not null
);
create unique index account_username on account (lower(username));

-- A sign-in. The token itself is in the browser's cookie alone; here is its SHA-256.
create table session (
    token_hash   bytea primary key check (length(token_hash) = 32),
    account_id   uuid not null references account on delete cascade,
    address      text not null,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    check (expires_at > created_at)
);
create index session_account on session (account_id);
create index session_expiry on session (expires_at);

-- The settings of every streamer that has none of its own. One row.
create table settings_default (
    only_row   boolean primary key default true check (only_row),
    value      jsonb not null check (jsonb_typeof(value) = 'object'),
    version    bigint not null default 1 check (version > 0),
    updated_at timestamptz not null
);

-- A server with an agent.
create table node (
    id               text primary key check (id ~ '^[a-z0-9-]{1,63}$'),
    host_name        text not null,
    agent_version    text not null,
    boot_id          text not null,
    capacity         integer not null check (capacity between 1 and 10000),
    state            text not null check (state in ('ready', 'lost')),
    session_id       uuid,
    first_seen_at    timestamptz not null,
    connected_at     timestamptz not null,
    last_seen_at     timestamptz not null,
    -- Grows with every change to what the node shall run; the agent says which one it has applied.
    desired_revision bigint not null default 1 check (desired_revision > 0),
    applied_revision bigint not null default 0 check (applied_revision >= 0),
    load_1m                double precision not null default 0,
    memory_total_bytes     bigint not null default 0,
    memory_available_bytes bigint not null default 0,
    disk_total_bytes       bigint not null default 0,
    disk_free_bytes        bigint not null default 0,
    unshipped_clips        integer not null default 0
);

-- A channel to watch.
create table streamer (
    id         uuid primary key,
    name       text not null check (length(name) between 1 and 100),
    url        text not null check (length(url) between 1 and 2000),
    chat_url   text check (length(chat_url) between 1 and 2000),
    active     boolean not null,
    settings   jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
    -- Why it runs nowhere although it is active, in words; empty otherwise.
    waiting    text not null default '',
    last_epoch bigint not null default 0 check (last_epoch >= 0),
    version    bigint not null default 1 check (version > 0),
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create unique index streamer_name on streamer (lower(name));

create function epoch_only_grows() returns trigger language plpgsql as $$
begin
    if new.last_epoch < old.last_epoch then
        raise exception 'the epoch of streamer % may not go from % back to %', old.id, old.last_epoch, new.last_epoch
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger streamer_epoch before update of last_epoch on streamer for each row execute function epoch_only_grows();

-- One run of a clip worker for a streamer on a node: an assignment and what became of it.
create table process (
    id            uuid primary key,
    streamer_id   uuid not null references streamer on delete cascade,
    node_id       text not null references node,
    epoch         bigint not null check (epoch > 0),
    -- What the worker was told; a later change to the streamer makes a new process.
    streamer_name text not null,
    url           text not null,
    chat_url      text,
    settings      jsonb not null,
    -- Why here, in the planner's words.
    placement     text not null,
    wished        text not null check (wished in ('run', 'stop')),
    state         text not null check (state in
        ('assigned', 'starting', 'running', 'backing_off', 'stopping', 'stopped', 'ended', 'failed', 'lost')),
    reason        text not null default '',
    -- The node's desired_revision that first told the present wish.
    revision      bigint not null,
    pid           integer,
    restarts      integer not null default 0 check (restarts >= 0),
    run_started_at timestamptz,
    next_start_at timestamptz,
    -- What the worker last said of itself.
    phase         text,
    -- Whether the channel was last seen live or offline; null: neither yet.
    live          boolean,
    phase_reason  text not null default '',
    worker_at     timestamptz,
    chat_rate     double precision not null default 0,
    baseline_rate double precision not null default 0,
    chat_messages bigint not null default 0,
    segments      bigint not null default 0,
    bytes         bigint not null default 0,
    lag_s         double precision,
    clips         integer not null default 0,
    created_at    timestamptz not null,
    ended_at      timestamptz,
    unique (streamer_id, epoch),
    -- What has ended is wished no longer.
    check (ended_at is null or wished = 'stop')
);
-- Never two live assignments of a streamer.
create unique index process_live on process (streamer_id) where wished = 'run';
create index process_unfinished on process (node_id) where ended_at is null;
create index process_newest on process (created_at desc, id desc);

-- A clip whose files are in storage. It outlives its process and its streamer.
create table clip (
    id           uuid primary key,
    process_id   uuid references process on delete set null,
    streamer_id  uuid references streamer on delete set null,
    node_id      text not null references node,
    streamer     text not null,
    url          text not null,
    epoch        bigint not null,
    started_at   timestamptz not null,
    ended_at     timestamptz not null,
    moment_at    timestamptz not null,
    peak_at      timestamptz not null,
    triggered_at timestamptz not null,
    duration_s   double precision not null check (duration_s > 0),
    lost_s       double precision not null check (lost_s >= 0),
    score        double precision not null,
    reason       text not null,
    detector     text not null,
    format       text not null,
    size_bytes   bigint not null check (size_bytes >= 0),
    sidecar      jsonb not null,
    saved_at     timestamptz not null
);
create index clip_newest on clip (started_at desc, id desc);
create index clip_streamer on clip (streamer_id, started_at desc, id desc);
create index clip_process on clip (process_id);

create table clip_file (
    clip_id    uuid not null references clip on delete cascade,
    kind       text not null check (kind in ('video', 'poster', 'sidecar')),
    key        text not null unique check (length(key) between 1 and 1000),
    size_bytes bigint not null check (size_bytes >= 0),
    sha256     text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    primary key (clip_id, kind)
);

-- What workers say to operators. Without foreign keys: lines come by COPY, and stay when what they name is gone.
create table log_line (
    id          bigint generated always as identity primary key,
    at          timestamptz not null,
    process_id  uuid not null,
    streamer_id uuid,
    node_id     text not null,
    level       smallint not null check (level between 0 and 3),
    event       text not null,
    message     text not null
);
create index log_line_newest on log_line (at desc, id desc);
create index log_line_process on log_line (process_id, at desc, id desc);
create index log_line_streamer on log_line (streamer_id, at desc, id desc);

-- How far the journal of a process is in the database. Moves in the transaction that takes the lines in.
create table journal_cursor (
    process_id uuid primary key,
    node_id    text not null,
    file       integer not null check (file > 0),
    position   bigint not null check (position >= 0),
    updated_at timestamptz not null
);

-- What happened, for /events and the dashboard. The newest are kept.
create table event (
    id   bigint generated always as identity primary key,
    at   timestamptz not null,
    kind text not null check (kind ~ '^[a-z_]+([.][a-z_]+)*$'),
    data jsonb not null check (jsonb_typeof(data) = 'object')
);
