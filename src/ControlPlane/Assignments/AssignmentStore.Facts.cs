using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Settings;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Assignments;

/// <content>What a plan is made from.</content>
public sealed partial class AssignmentStore
{
    /// <summary>The statements that read the facts, in one go.</summary>
    public const string FactsSql =
        """
        select value, version from settings_default;
        select id, case when draining and state = 'ready' then 'draining' else state end as state, capacity, memory_total_bytes, memory_available_bytes, disk_total_bytes, disk_free_bytes, recording_paused <> '' as recording_paused, joined_at from node;
        select s.id, s.name, s.url, s.sealed_url, s.chat_url, s.active, s.settings, s.settings_version, s.waiting, l.state as last_state, l.created_at as last_started_at, l.ended_at as last_ended_at
        from streamer s
        left join process r on r.streamer_id = s.id and r.wished = 'run'
        left join lateral (
            select p.state, p.created_at, p.ended_at from process p where p.streamer_id = s.id order by p.epoch desc limit 1) l on s.active and r.id is null
        where s.active or s.waiting <> '' or r.id is not null;
        select id as process_id, streamer_id, node_id, streamer_name, url, sealed_url, chat_url, settings, state, phase, created_at, settings_at, settings_restart and settings_applied <> settings_version as is_renewing from process where wished = 'run';
        select streamer_id, node_id, at from placement_failure where at > @since;
        select asked_at, asked_by, balanced_at, moved_at from balance;
        """;

    private string? _unreadable;

    private async Task<PlanFacts> FactsAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellation)
    {
        using var reader = await connection.QueryMultipleAsync(new CommandDefinition(FactsSql, new { since = now - FailureMemory.Kept }, cancellationToken: cancellation));
        var saved = await reader.ReadFirstOrDefaultAsync<DefaultsRow>();
        var defaults = Defaults(saved?.Value);
        var nodes = (await reader.ReadAsync<NodeRow>()).Select(n => new PlannedNode(
            n.Id, PlannedNode.UseOf(n.State), n.State, n.Capacity,
            new NodeHealth(n.MemoryTotalBytes, n.MemoryAvailableBytes, n.DiskTotalBytes, n.DiskFreeBytes) { RecordingPaused = n.RecordingPaused }, n.JoinedAt)).ToList();

        // Nearly all have the same settings: a text is read once.
        var overrides = new Dictionary<string, ClipSettings?>(StringComparer.Ordinal);
        var streamers = (await reader.ReadAsync<StreamerRow>()).Select(s => new PlannedStreamer(
            s.Id, s.Active, Once(overrides, s.Settings, text => SettingsOverrides.TryApply(defaults, text)?.ForWorker()) is { } settings ? new WorkOrder(s.Name, s.Url, s.ChatUrl, settings) { SealedUrl = s.SealedUrl } : null, s.Waiting,
            s.LastState is null ? null : new LastRun(s.LastState, s.LastStartedAt ?? DateTimeOffset.UnixEpoch, s.LastEndedAt)) { SettingsVersion = $"{saved?.Version ?? 0}.{s.SettingsVersion}" }).ToList();
        var told = new Dictionary<string, ClipSettings?>(StringComparer.Ordinal);
        var live = (await reader.ReadAsync<LiveRow>()).Select(l => new LiveAssignment(
            l.ProcessId, l.StreamerId, l.NodeId, Once(told, l.Settings, text => SettingsOverrides.TryRead(text)?.ForWorker()) is { } settings ? new WorkOrder(l.StreamerName, l.Url, l.ChatUrl, settings) { SealedUrl = l.SealedUrl } : null,
            l.State, l.Phase, l.CreatedAt) { ToldAt = l.SettingsAt, IsRenewing = l.IsRenewing }).ToList();
        var failures = (await reader.ReadAsync<FailureRow>()).Select(f => new PastFailure(f.StreamerId, f.NodeId, f.At)).ToList();
        var balance = await reader.ReadFirstAsync<BalanceRow>();
        return new PlanFacts(streamers, nodes, live, failures, new Balance(balance.AskedAt, balance.AskedBy, balance.BalancedAt, balance.MovedAt));
    }

    private static ClipSettings? Once(Dictionary<string, ClipSettings?> read, string text, Func<string, ClipSettings?> reading)
    {
        if (!read.TryGetValue(text, out var settings)) read[text] = settings = reading(text);
        return settings;
    }

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

    private sealed record DefaultsRow
    {
        public required string Value { get; init; }

        public required long Version { get; init; }
    }

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
