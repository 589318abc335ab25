using System.Text.Json;
using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Notifications;

/// <summary>Something that happened.</summary>
public sealed record Event
{
    /// <summary>Its number; grows, and becomes visible in that order.</summary>
    public required long Id { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What: one of <see cref="EventKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The rest, as a JSON object.</summary>
    public required string Data { get; init; }
}

/// <summary>An event that is about to be written.</summary>
/// <param name="Kind">One of <see cref="EventKind"/>.</param>
/// <param name="Data">Fields, written as snake_case JSON.</param>
public sealed record NewEvent(string Kind, object Data);

/// <summary>The names of events.</summary>
public static class EventKind
{
    /// <summary>A node's agent connected after it was unknown or lost.</summary>
    public const string NodeJoined = "node.joined";

    /// <summary>A node was silent for too long.</summary>
    public const string NodeLost = "node.lost";

    /// <summary>Nothing runs any more on a node that is emptied, and every clip is in storage.</summary>
    public const string NodeDrained = "node.drained";

    /// <summary>A node gives away what it runs, and takes nothing new.</summary>
    public const string NodeDraining = "node.draining";

    /// <summary>A node takes channels again.</summary>
    public const string NodeUndrained = "node.undrained";

    /// <summary>A server got a node's certificate for a join token.</summary>
    public const string NodeEnrolled = "node.enrolled";

    /// <summary>A node's certificates were revoked.</summary>
    public const string NodeRevoked = "node.revoked";

    /// <summary>A node was taken out of service.</summary>
    public const string NodeRetired = "node.retired";

    /// <summary>Another agent called with the certificate of a node that is connected, and was refused.</summary>
    public const string NodeDuplicate = "node.duplicate";

    /// <summary>The load of the nodes is even, after somebody asked for that.</summary>
    public const string NodesBalanced = "nodes.balanced";

    /// <summary>A streamer that is wanted runs nowhere, and why.</summary>
    public const string StreamerWaits = "streamer.waits";

    /// <summary>A node's storage takes no clips; they wait on the node.</summary>
    public const string StorageFailed = "node.storage_failed";

    /// <summary>A node's storage takes clips again.</summary>
    public const string StorageBack = "node.storage_back";

    /// <summary>What waits on a node for the storage takes up half or four fifths of the room for it.</summary>
    public const string SpoolFilling = "node.spool_filling";

    /// <summary>It takes up less again.</summary>
    public const string SpoolEmptying = "node.spool_emptying";

    /// <summary>A node makes no new clips.</summary>
    public const string RecordingPaused = "node.recording_paused";

    /// <summary>A node makes new clips again.</summary>
    public const string RecordingResumed = "node.recording_resumed";

    /// <summary>A streamer was given to a node.</summary>
    public const string ProcessAssigned = "process.assigned";

    /// <summary>A worker runs.</summary>
    public const string ProcessStarted = "process.started";

    /// <summary>A worker runs again after a crash.</summary>
    public const string ProcessRestarted = "process.restarted";

    /// <summary>A worker crashed and waits for its next start.</summary>
    public const string ProcessCrashed = "process.crashed";

    /// <summary>A worker crashed too often.</summary>
    public const string ProcessFailed = "process.failed";

    /// <summary>A worker ended by itself.</summary>
    public const string ProcessEnded = "process.ended";

    /// <summary>A worker stopped as wished.</summary>
    public const string ProcessStopped = "process.stopped";

    /// <summary>A channel is being watched.</summary>
    public const string ChannelLive = "channel.live";

    /// <summary>A channel went offline, or is.</summary>
    public const string ChannelOffline = "channel.offline";

    /// <summary>The chat surged; a clip follows.</summary>
    public const string Surge = "surge";

    /// <summary>A clip is in storage.</summary>
    public const string ClipSaved = "clip.saved";

    /// <summary>Something that was made of a clip later is in storage.</summary>
    public const string RenditionSaved = "clip.rendition_saved";

    /// <summary>Somebody marked, filed or described a clip.</summary>
    public const string ClipChanged = "clip.changed";

    /// <summary>A clip is in no list any more: its files are being removed.</summary>
    public const string ClipRemoving = "clip.removing";

    /// <summary>A clip is gone, with its files.</summary>
    public const string ClipRemoved = "clip.removed";

    /// <summary>A clip stays after all: the one that was to stay in its place is gone from the storage.</summary>
    public const string ClipKept = "clip.kept";

    /// <summary>A day of log lines or of chat rates should be gone and cannot be removed.</summary>
    public const string PartitionStuck = "partition.stuck";

    /// <summary>A day of log lines or of chat rates was removed: its time was over.</summary>
    public const string PartitionDropped = "partition.dropped";

    /// <summary>A streamer was added.</summary>
    public const string StreamerAdded = "streamer.added";

    /// <summary>A streamer was changed.</summary>
    public const string StreamerChanged = "streamer.changed";

    /// <summary>A streamer was removed.</summary>
    public const string StreamerRemoved = "streamer.removed";

    /// <summary>The default settings were changed.</summary>
    public const string SettingsChanged = "settings.changed";

    /// <summary>A user was added.</summary>
    public const string UserAdded = "user.added";

    /// <summary>A user's role or password was changed.</summary>
    public const string UserChanged = "user.changed";

    /// <summary>A user was removed.</summary>
    public const string UserRemoved = "user.removed";

    /// <summary>An API token was made.</summary>
    public const string TokenMade = "token.made";

    /// <summary>An API token was revoked.</summary>
    public const string TokenRevoked = "token.revoked";

    /// <summary>A join token was made.</summary>
    public const string JoinTokenMade = "join_token.made";

    /// <summary>A join token was revoked.</summary>
    public const string JoinTokenRevoked = "join_token.revoked";

    /// <summary>Not in the database: events between the one that a reader named and the next one are gone, so what the reader knows may be old.</summary>
    public const string Reset = "reset";

    /// <summary>Whether an event is told to admins alone, as the lists that it is about are.</summary>
    public static bool IsForAdmins(string kind) =>
        kind.StartsWith("user.", StringComparison.Ordinal) || kind.StartsWith("token.", StringComparison.Ordinal) || kind.StartsWith("join_token.", StringComparison.Ordinal);
}

/// <summary>Events in the database: a bounded list, newest kept.</summary>
public sealed class EventStore(Postgres postgres)
{
    /// <summary>Events that are kept.</summary>
    public const int Kept = 20_000;

    private const long OrderLock = 0x4556_454E_5400_0001; // "EVENT", so that ids become visible in their order

    /// <summary>How data becomes JSON, here and on the wire.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>
    /// Writes events as the last thing of a transaction that is open on the connection. One writer at a time holds the
    /// order until its commit, so that a reader who saw number n never finds a smaller one later.
    /// </summary>
    public static async Task AddAsync(NpgsqlConnection connection, DateTimeOffset at, IReadOnlyCollection<NewEvent> events, CancellationToken cancellation)
    {
        if (events.Count == 0) return;
        await connection.ExecuteAsync(new CommandDefinition(
            """
            select pg_advisory_xact_lock(@OrderLock);
            insert into event (at, kind, data) select @at, kind, data::jsonb from unnest(@kinds, @data) as e (kind, data);
            select pg_notify(@Channel, @Events);
            """,
            new
            {
                OrderLock,
                at,
                kinds = events.Select(e => e.Kind).ToArray(),
                data = events.Select(e => JsonSerializer.Serialize(e.Data, Json)).ToArray(),
                Postgres.Channel,
                Topic.Events,
            },
            cancellationToken: cancellation));
    }

    /// <summary>Tells every replica, at the commit of the transaction that is open on the connection, that something changed.</summary>
    public static Task AnnounceAsync(NpgsqlConnection connection, string topic, CancellationToken cancellation) =>
        connection.ExecuteAsync(new CommandDefinition("select pg_notify(@Channel, @topic)", new { Postgres.Channel, topic }, cancellationToken: cancellation));

    /// <summary>Events after a number, oldest first.</summary>
    public Task<IReadOnlyList<Event>> AfterAsync(long id, int limit, CancellationToken cancellation) => postgres.ListAsync<Event>(
        "select id, at, kind, data from event where id > @id order by id limit @limit", new { id, limit }, cancellation);

    /// <summary>The newest events, newest first.</summary>
    public Task<IReadOnlyList<Event>> NewestAsync(int limit, CancellationToken cancellation) => postgres.ListAsync<Event>(
        "select id, at, kind, data from event order by id desc limit @limit", new { limit }, cancellation);

    /// <summary>The newest number; 0 where there is no event.</summary>
    public async Task<long> LastIdAsync(CancellationToken cancellation) =>
        await postgres.FirstAsync<long>("select coalesce(max(id), 0) from event", null, cancellation);

    /// <summary>The oldest number that is kept; 0 where there is no event.</summary>
    public async Task<long> OldestIdAsync(CancellationToken cancellation) =>
        await postgres.FirstAsync<long>("select coalesce(min(id), 0) from event", null, cancellation);

    /// <summary>Removes all but the newest.</summary>
    public Task<int> TrimAsync(CancellationToken cancellation) => postgres.ExecuteAsync(
        "delete from event where id <= (select max(id) from event) - @Kept", new { Kept }, cancellation);
}
