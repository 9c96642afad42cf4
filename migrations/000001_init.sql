-- Everything that hivis remembers. Postgres is the truth; the queue carries ids only and can be rebuilt from here.
-- Times are timestamptz to the millisecond, which is what the program can hold: a time read and sent back is the same;
--  times inside a video are whole milliseconds since its first frame (…_ms).

create table analyses (
  id text primary key,
  -- Raised by every retry; jobs of an older run find it changed and do nothing.
  run integer not null default 1,
  name text not null,
  tag text,
  status text not null default 'queued' check (status in
    ('queued', 'downloading', 'probing', 'analyzing', 'reporting', 'completed', 'completed_partial', 'failed', 'cancelled')),
  -- Where the source comes from: exactly one of the two.
  video_url text,
  upload_id text,
  settings jsonb not null,
  priority text not null default 'normal' check (priority in ('high', 'normal', 'low')),
  recorded_at text,
  callback_url text,
  api_key_id text,
  idempotency_key text,
  request_hash text,
  -- Download progress; frames are counted from segments.
  bytes_done bigint,
  bytes_total bigint,
  -- The source once it is stored and probed.
  source_key text,
  source_sha256 text,
  source_size_bytes bigint,
  source_file_name text,
  source_probe jsonb,
  model jsonb,
  frames_expected integer,
  frames_sampled integer,
  error jsonb,
  cancel_requested_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  updated_at timestamptz(3) not null default now(),
  check ((video_url is null) <> (upload_id is null))
);
create unique index analyses_idempotency on analyses (coalesce(api_key_id, ''), idempotency_key) where idempotency_key is not null;
create index analyses_created on analyses (created_at desc, id desc);
create index analyses_active on analyses (status, updated_at) where status in ('queued', 'downloading', 'probing', 'analyzing', 'reporting');
create index analyses_upload on analyses (upload_id) where upload_id is not null;
create index analyses_status on analyses (status, created_at desc, id desc);
create index analyses_key_active on analyses (api_key_id) where status in ('queued', 'downloading', 'probing', 'analyzing', 'reporting');
create index analyses_finished on analyses (finished_at) where finished_at is not null;
create index analyses_source_key on analyses (source_key) where source_key is not null;

create table uploads (
  id text primary key,
  file_name text not null,
  storage_key text not null,
  size_bytes bigint not null,
  sha256 text not null,
  created_at timestamptz(3) not null default now()
);

-- Presentation times (microseconds, little-endian float64) and key-frame flags (one byte each) of every frame.
create table frame_indexes (
  analysis_id text primary key references analyses on delete cascade,
  frame_count integer not null,
  pts_us bytea not null,
  key_flags bytea not null
);

create table segments (
  analysis_id text not null references analyses on delete cascade,
  segment_index integer not null,
  run integer not null,
  -- Frame index range, half open; `frame_lo` is a key frame.
  frame_lo integer not null,
  frame_hi integer not null,
  first_sampled_frame integer not null,
  sampled_count integer not null,
  status text not null default 'pending' check (status in ('pending', 'running', 'done', 'failed')),
  -- The fence: raised by every claim; a write under an older epoch fails.
  epoch integer not null default 0,
  attempts integer not null default 0,
  worker_id text,
  frames_done integer not null default 0,
  decode_ms integer,
  inference_ms integer,
  error jsonb,
  claimed_at timestamptz(3),
  heartbeat_at timestamptz(3),
  finished_at timestamptz(3),
  primary key (analysis_id, segment_index),
  check (frame_lo < frame_hi)
);
create index segments_running on segments (heartbeat_at) where status = 'running';
create index segments_finished on segments (finished_at) where status = 'done';

create table sampled_frames (
  analysis_id text not null,
  frame_index integer not null,
  segment_index integer not null,
  pts_ms integer not null,
  primary key (analysis_id, frame_index),
  foreign key (analysis_id, segment_index) references segments on delete cascade
);
create index sampled_frames_segment on sampled_frames (analysis_id, segment_index);

-- Which segment a detection belongs to follows from its frame.
create table detections (
  analysis_id text not null,
  frame_index integer not null,
  -- Rank on its frame by confidence, from 0.
  ordinal smallint not null,
  class_id smallint not null,
  confidence real not null,
  -- Source pixels.
  x1 real not null,
  y1 real not null,
  x2 real not null,
  y2 real not null,
  primary key (analysis_id, frame_index, ordinal),
  foreign key (analysis_id, frame_index) references sampled_frames on delete cascade
);

create table assessments (
  id text primary key,
  analysis_id text not null references analyses on delete cascade,
  is_default boolean not null,
  rules jsonb not null,
  status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'failed')),
  epoch integer not null default 0,
  attempts integer not null default 0,
  -- Of the worker that makes the report.
  heartbeat_at timestamptz(3),
  -- The exact bytes of report.json.
  report text,
  summary jsonb,
  error jsonb,
  created_at timestamptz(3) not null default now(),
  finished_at timestamptz(3)
);
create unique index assessments_default on assessments (analysis_id) where is_default;
create index assessments_analysis on assessments (analysis_id, created_at);

create table tracks (
  assessment_id text not null references assessments on delete cascade,
  track_id integer not null,
  first_ms integer not null,
  last_ms integer not null,
  items jsonb not null,
  primary key (assessment_id, track_id)
);

-- Stretches of a track in which an item's smoothed status does not change; half open.
create table observations (
  assessment_id text not null,
  track_id integer not null,
  item text not null,
  start_ms integer not null,
  end_ms integer not null,
  status text not null check (status in ('worn', 'missing', 'unknown')),
  reason text not null,
  primary key (assessment_id, track_id, item, start_ms),
  foreign key (assessment_id, track_id) references tracks on delete cascade
);

create table violations (
  assessment_id text not null references assessments on delete cascade,
  number integer not null,
  track_id integer not null,
  item text not null,
  zone text,
  start_ms integer not null,
  end_ms integer not null,
  confidence real not null,
  reason text not null,
  primary key (assessment_id, number)
);

create table evidence (
  assessment_id text not null,
  violation_number integer not null,
  storage_key text not null,
  -- Hash of everything that the picture shows: another assessment with the same moment shares the file.
  picture_key text not null,
  frame_index integer not null,
  pts_ms integer not null,
  size_bytes integer not null,
  sha256 text not null,
  primary key (assessment_id, violation_number),
  foreign key (assessment_id, violation_number) references violations on delete cascade
);

-- Audit: outlives the analysis, therefore no foreign key.
create table events (
  id bigint generated always as identity primary key,
  analysis_id text not null,
  kind text not null,
  detail jsonb not null default '{}',
  created_at timestamptz(3) not null default now()
);
create index events_analysis on events (analysis_id, id);

create table deliveries (
  id text primary key,
  analysis_id text not null references analyses on delete cascade,
  event_type text not null,
  url text not null,
  payload text not null,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  log jsonb not null default '[]',
  next_attempt_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  finished_at timestamptz(3)
);
create index deliveries_analysis on deliveries (analysis_id, created_at);
create index deliveries_due on deliveries (next_attempt_at) where status = 'pending';

-- Dry runs: what a video would cost. Kept for a while, then removed.
create table quotes (
  id text primary key,
  video_url text,
  upload_id text,
  settings jsonb not null,
  status text not null default 'pending' check (status in ('pending', 'ready', 'failed')),
  result jsonb,
  error jsonb,
  created_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  check ((video_url is null) <> (upload_id is null))
);

-- One row per worker process, refreshed while it lives.
create table workers (
  id text primary key,
  host text not null,
  pid integer not null,
  roles text[] not null,
  version text not null,
  frames_analyzed bigint not null default 0,
  busy_ms bigint not null default 0,
  rss_bytes bigint not null default 0,
  started_at timestamptz(3) not null default now(),
  heartbeat_at timestamptz(3) not null default now()
);

-- What the workers have done since ever, for /metrics; each adds what it did since its last heartbeat.
create table counters (
  name text primary key,
  value bigint not null default 0
);

-- Small facts that every process must agree on, such as the secret that signs webhooks.
create table meta (
  key text primary key,
  value text not null,
  created_at timestamptz(3) not null default now()
);

-- Tells every API process that something about an analysis changed (server-sent events) without polling.
create function notify_analysis_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('hivis_analysis', new.id);
  return null;
end $$;
create trigger analyses_changed after insert or update on analyses
  for each row execute function notify_analysis_changed();

create function notify_segment_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('hivis_analysis', new.analysis_id);
  return null;
end $$;
create trigger segments_changed after update of frames_done, status on segments
  for each row execute function notify_segment_changed();

-- Tells every worker that it may have to stop.
create function notify_cancel() returns trigger language plpgsql as $$
begin
  perform pg_notify('hivis_cancel', new.id);
  return null;
end $$;
create trigger analyses_cancel after update of cancel_requested_at on analyses
  for each row when (new.cancel_requested_at is not null) execute function notify_cancel();
