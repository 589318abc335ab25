using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Liveness;
using StreamClips.ControlPlane.Settings;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Assignments;

/// <content>What a plan is made from: read as a whole once, and from then on what changed.</content>
public sealed partial class AssignmentStore
{
    /// <summary>The statements that read all facts, in one go.</summary>
    public const string FactsSql = $"{SnapshotSql}; {StreamersSql}; {LiveSql}; {FewSql}";

    /// <summary>The statements that read what changed, in one go, and what is few anyway.</summary>
    public const string ChangesSql = $"{StreamersSql} and s.id = any(@changed); {LiveSql} and streamer_id = any(@changed); {FewSql}";

    // With more of them all is read.
    private const int MostChanges = 20_000;

    // Before what is read with it: what it does not see is committed later, and found by the next one.
    private const string SnapshotSql = "select pg_snapshot_xmin(pg_current_snapshot())::text";

    private const string ChangedSql =
        """
        select pg_snapshot_xmin(pg_current_snapshot())::text;
        select exists (select from planning_trimmed where before > @seen::text::xid8) or coalesce(bool_or(streamer_id is null), false) or count(*) >= @most as is_all,
            coalesce(array_agg(distinct streamer_id) filter (where streamer_id is not null), '{}') as streamers
        from (select streamer_id from planning_change where xid >= @seen::text::xid8 limit @most) c;
        """;

    private const string StreamersSql =
        """
        select s.id, s.name, s.url, s.sealed_url, s.chat_url, s.active, s.settings, s.settings_version, s.waiting, l.state as last_state, l.created_at as last_started_at, l.ended_at as last_ended_at,
            v.live, v.note, v.changed_at, v.silent_since, v.since
        from streamer s left join live_status v on v.streamer_id = s.id
        left join process r on r.streamer_id = s.id and r.wished = 'run'
        left join lateral (
            select p.state, p.created_at, p.ended_at from process p where p.streamer_id = s.id order by p.epoch desc limit 1) l on s.active and r.id is null
        where (s.active or s.waiting <> '' or r.id is not null)
        """;

    private const string LiveSql =
        "select id as process_id, streamer_id, node_id, streamer_name, url, sealed_url, chat_url, settings, state, phase, created_at, settings_at, settings_restart and settings_applied <> settings_version as is_renewing from process where wished = 'run'";

    private const string FewSql =
        """
        select id, case when draining and state = 'ready' then 'draining' else state end as state, capacity, memory_total_bytes, memory_available_bytes, disk_total_bytes, disk_free_bytes, recording_paused <> '' as recording_paused, joined_at from node;
        select streamer_id, node_id, at from placement_failure where at > @since;
        select asked_at, asked_by, balanced_at, moved_at from balance;
        """;

    private const string OriginSql =
        """
        select d.value, coalesce(d.version, 0) as version, pg_postmaster_start_time()::text || ' ' || 'streamer'::regclass::oid as server
        from (select) one left join settings_default d on true
        """;

    private readonly LivenessOptions _liveness = liveness ?? LivenessOptions.Off;
    private string? _unreadable;
    private FleetMemory? _memory;

    /// <summary>The facts as they are committed: from memory, and what changed since it was read.</summary>
    private async Task<PlanFacts> FactsAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellation)
    {
        // What was only taken in by half is not used again.
        var memory = Interlocked.Exchange(ref _memory, null);
        var origin = await connection.QueryFirstAsync<FleetOrigin>(new CommandDefinition(OriginSql, cancellationToken: cancellation));
        PlanFacts? facts = null;
        if (memory is not null && memory.Origin == origin) facts = await CatchUpAsync(connection, memory, now, cancellation);
        if (facts is null) (memory, facts) = await ReadAsync(connection, origin, now, cancellation);
        _memory = memory;
        return facts;
    }

    /// <summary>Reads everything.</summary>
    private async Task<(FleetMemory Memory, PlanFacts Facts)> ReadAsync(NpgsqlConnection connection, FleetOrigin origin, DateTimeOffset now, CancellationToken cancellation)
    {
        using var reader = await connection.QueryMultipleAsync(new CommandDefinition(FactsSql, new { since = now - FailureMemory.Kept }, cancellationToken: cancellation));
        var memory = new FleetMemory(origin, Defaults(origin.Value)) { Seen = await reader.ReadFirstAsync<string>() };
        await TakeAsync(reader, memory);
        return (memory, await WithFewAsync(reader, memory));
    }

    /// <summary>Reads what changed.</summary>
    /// <returns>Null where that is not known any more, or is too much.</returns>
    private async Task<PlanFacts?> CatchUpAsync(NpgsqlConnection connection, FleetMemory memory, DateTimeOffset now, CancellationToken cancellation)
    {
        string seen;
        ChangedRow changed;
        using (var reader = await connection.QueryMultipleAsync(new CommandDefinition(ChangedSql, new { seen = memory.Seen, most = MostChanges }, cancellationToken: cancellation)))
        {
            seen = await reader.ReadFirstAsync<string>();
            changed = await reader.ReadFirstAsync<ChangedRow>();
        }

        if (changed.IsAll) return null;
        using var rows = await connection.QueryMultipleAsync(new CommandDefinition(ChangesSql, new { changed = changed.Streamers, since = now - FailureMemory.Kept }, cancellationToken: cancellation));
        foreach (var id in changed.Streamers) memory.Forget(id);
        await TakeAsync(rows, memory);
        memory.Seen = seen;
        return await WithFewAsync(rows, memory);
    }

    private async Task TakeAsync(SqlMapper.GridReader reader, FleetMemory memory)
    {
        foreach (var s in await reader.ReadAsync<StreamerRow>())
        {
            var order = memory.Overridden(s.Settings) is { } settings ? new WorkOrder(s.Name, s.Url, s.ChatUrl, settings) { SealedUrl = s.SealedUrl } : null;
            var last = s.LastState is null ? null : new LastRun(s.LastState, s.LastStartedAt ?? DateTimeOffset.UnixEpoch, s.LastEndedAt);
            memory.Take(new PlannedStreamer(s.Id, s.Active, order, s.Waiting, last) { Status = StatusOf(s), SettingsVersion = $"{memory.Origin.Version}.{s.SettingsVersion}" });
        }

        foreach (var l in await reader.ReadAsync<LiveRow>())
        {
            var order = memory.Told(l.Settings) is { } settings ? new WorkOrder(l.StreamerName, l.Url, l.ChatUrl, settings) { SealedUrl = l.SealedUrl } : null;
            memory.Take(new LiveAssignment(l.ProcessId, l.StreamerId, l.NodeId, order, l.State, l.Phase, l.CreatedAt) { ToldAt = l.SettingsAt, IsRenewing = l.IsRenewing });
        }
    }

    private static async Task<PlanFacts> WithFewAsync(SqlMapper.GridReader reader, FleetMemory memory)
    {
        var nodes = (await reader.ReadAsync<NodeRow>()).Select(n => new PlannedNode(
            n.Id, PlannedNode.UseOf(n.State), n.State, n.Capacity,
            new NodeHealth(n.MemoryTotalBytes, n.MemoryAvailableBytes, n.DiskTotalBytes, n.DiskFreeBytes) { RecordingPaused = n.RecordingPaused }, n.JoinedAt)).ToList();
        var failures = (await reader.ReadAsync<FailureRow>()).Select(f => new PastFailure(f.StreamerId, f.NodeId, f.At)).ToList();
        var balance = await reader.ReadFirstAsync<BalanceRow>();
        return memory.Facts(nodes, failures, new Balance(balance.AskedAt, balance.AskedBy, balance.BalancedAt, balance.MovedAt));
    }

    private LiveStatus? StatusOf(StreamerRow s) => !_liveness.IsOn || s.Since is not { } since ? null : new LiveStatus
    {
        IsKnowable = ChannelAddress.Of(s.Url) is not null, Live = s.Live, Note = s.Note ?? "", ChangedAt = s.ChangedAt, SilentSince = s.SilentSince, Since = since,
    };

    /// <summary>The defaults; those of the program where what was saved is of another build, which is told once.</summary>
    private ClipSettings Defaults(string? saved)
    {
        if (saved is null) return ClipSettings.Default;
        if (SettingsOverrides.TryRead(saved) is { } read) return read;
        if (_unreadable != saved) Unreadable();
        _unreadable = saved;
        return ClipSettings.Default;
    }

    [LoggerMessage(1310, LogLevel.Warning, "settings.unreadable: the saved default settings are of another build; the program's own are used: save them again")]
    private partial void Unreadable();

    private sealed record NodeRow
    {
        public required string Id { get; init; }

        public required string State { get; init; }

        public required int Capacity { get; init; }

        public required long MemoryTotalBytes { get; init; }

        public required long MemoryAvailableBytes { get; init; }

        public required long DiskTotalBytes { get; init; }

        public required long DiskFreeBytes { get; init; }

        public required bool RecordingPaused { get; init; }

        public required DateTimeOffset JoinedAt { get; init; }
    }

    private sealed record ChangedRow
    {
        public required bool IsAll { get; init; }

        public required Guid[] Streamers { get; init; }
    }

    private sealed record StreamerRow
    {
        public required Guid Id { get; init; }

        public required string Name { get; init; }

        public required string Url { get; init; }

        public string? SealedUrl { get; init; }

        public string? ChatUrl { get; init; }

        public required bool Active { get; init; }

        public required string Settings { get; init; }

        public required long SettingsVersion { get; init; }

        public required string Waiting { get; init; }

        public string? LastState { get; init; }

        public DateTimeOffset? LastStartedAt { get; init; }

        public DateTimeOffset? LastEndedAt { get; init; }

        public bool? Live { get; init; }

        public string? Note { get; init; }

        public DateTimeOffset? ChangedAt { get; init; }

        public DateTimeOffset? SilentSince { get; init; }

        public DateTimeOffset? Since { get; init; }
    }

    private sealed record LiveRow
    {
        public required Guid ProcessId { get; init; }

        public required Guid StreamerId { get; init; }

        public required string NodeId { get; init; }

        public required string StreamerName { get; init; }

        public required string Url { get; init; }

        public string? SealedUrl { get; init; }

        public string? ChatUrl { get; init; }

        public required string Settings { get; init; }

        public required string State { get; init; }

        public string? Phase { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset? SettingsAt { get; init; }

        public required bool IsRenewing { get; init; }
    }

    private sealed record FailureRow
    {
        public required Guid StreamerId { get; init; }

        public required string NodeId { get; init; }

        public required DateTimeOffset At { get; init; }
    }

    private sealed record BalanceRow
    {
        public DateTimeOffset? AskedAt { get; init; }

        public required string AskedBy { get; init; }

        public DateTimeOffset? BalancedAt { get; init; }

        public DateTimeOffset? MovedAt { get; init; }
    }
}
