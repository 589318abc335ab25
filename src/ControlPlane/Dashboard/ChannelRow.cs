using StreamClips.ControlPlane.Dashboard.Parts;
using StreamClips.ControlPlane.Processes;
using StreamClips.ControlPlane.Settings;
using StreamClips.ControlPlane.Streamers;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Dashboard;

/// <summary>A channel with what runs for it: a line of a table.</summary>
/// <param name="Streamer">The channel.</param>
/// <param name="Process">Its process that is not over; null where it runs nowhere.</param>
/// <param name="Settings">The settings in force.</param>
public sealed record ChannelRow(Streamer Streamer, ClipProcess? Process, ClipSettings Settings)
{
    /// <summary>How it is.</summary>
    public StateView State => Process is { } p ? StateView.OfProcess(p.State, p.Phase) : StateView.OfIdle(Streamer.Active, Streamer.Live);

    /// <summary>Why it is so; empty where the state says all.</summary>
    public string Why => Process switch
    {
        null => Streamer.WaitingNow,
        { State: ProcessState.Running } p => p.PhaseReason,
        { Reason.Length: > 0 } p => p.Reason,
        { } p => p.PhaseReason,
    };

    /// <summary>Whether its chat is being read.</summary>
    public bool ShowsChat => Process is { State: ProcessState.Running, Phase: WorkerPhase.Watching or WorkerPhase.Clipping };

    /// <summary>The page that tells most.</summary>
    public string Path => Process is { } p ? $"/app/processes/{p.Id}" : $"/app/streamers/{Streamer.Id}";

    /// <summary>Id of its line in a page.</summary>
    public string Key => $"channel-{Streamer.Id}";
}

/// <summary>Puts channels and what runs for them together.</summary>
public sealed class ChannelReader(StreamerStore streamers, ProcessStore processes, SettingsStore settings)
{
    /// <summary>Most channels on a page; the rest is on the pages after it.</summary>
    public const int PageSize = 200;

    /// <summary>Channels by name.</summary>
    /// <param name="after">The name that the list begins after; null: from the first.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>At most <see cref="PageSize"/> and one more, which tells that there are more.</returns>
    public async Task<IReadOnlyList<ChannelRow>> ListAsync(string? after, CancellationToken cancellation)
    {
        var channels = await streamers.ListAsync(after, PageSize + 1, cancellation);
        var defaults = (await settings.GetAsync(cancellation)).Value;
        var current = (await processes.CurrentAsync(cancellation)).ToLookup(p => p.StreamerId);
        return [.. channels.Select(s => Row(s, current[s.Id].FirstOrDefault(), defaults))];
    }

    /// <summary>The channel of a process, with this process; null where the channel is gone.</summary>
    public async Task<ChannelRow?> OfAsync(ClipProcess process, CancellationToken cancellation) =>
        await streamers.GetAsync(process.StreamerId, cancellation) is { } streamer
            ? Row(streamer, process, (await settings.GetAsync(cancellation)).Value)
            : null;

    /// <summary>The channels' names for a choice, by name; at most 500.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Name)>> NamesAsync(CancellationToken cancellation) =>
        [.. (await streamers.ListAsync(null, 500, cancellation)).Select(s => (s.Id, s.Name))];

    private static ChannelRow Row(Streamer streamer, ClipProcess? process, ClipSettings defaults) =>
        new(streamer, process, SettingsOverrides.TryApply(defaults, streamer.Settings) ?? defaults);
}
