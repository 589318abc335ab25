using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Recording;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Reporting;

/// <summary>Every log line that a worker can write. No secrets: addresses come by <see cref="PlaylistText.ForLogs(Uri)"/>.</summary>
internal sealed class WorkerEvents(IWorkerReport report, TimeProvider clock) : IChatEvents, IRecordingEvents
{
    /// <summary>The worker runs.</summary>
    public void Started(string streamer, string url) => Info("worker.started", $"watching {streamer} at {url}");

    /// <summary>The worker was asked to stop.</summary>
    public void Stopping() => Info("worker.stopping", "asked to stop: finishing what is being cut");

    /// <summary>The worker works by other settings from now on.</summary>
    public void SettingsApplied(string version, IReadOnlyList<SettingChange> changes) => Info("settings.applied", $"settings version {version} applied: {SettingsDifference.Words(changes)}");

    /// <summary>Other settings wait until no clip is being made.</summary>
    public void SettingsWait(string version, IReadOnlyList<SettingChange> changes) =>
        Info("settings.wait", $"settings version {version} is taken up between two clips: {SettingsDifference.Words(changes)}");

    /// <summary>Other settings cannot be worked by: those before stay.</summary>
    public void SettingsRefused(string version, string why) => Write("error", "settings.refused", $"settings version {version} is refused, and those before stay: {why}");

    /// <summary>A stream was found.</summary>
    public void Resolved(string playlist, string variant) => Info("stream.resolved", $"found the stream: {variant}, {playlist}");

    /// <summary>The channel is offline.</summary>
    public void Offline(string reason) => Info("stream.offline", reason);

    /// <summary>The stream could not be looked for.</summary>
    public void Unreachable(string reason, TimeSpan wait) => Warning("stream.unreachable", $"{reason}; next try in {wait.TotalSeconds:0.0} s");

    /// <summary>The stream was lost and is looked for again.</summary>
    public void Lost(string reason) => Warning("stream.lost", $"{reason}; looking for the stream again");

    /// <inheritdoc/>
    public void PlaylistFailed(string reason) => Warning("playlist.failed", reason);

    /// <inheritdoc/>
    public void SegmentLost(long number, string address, string why) => Warning("segment.lost", $"segment {number} is lost: {address} {why}");

    /// <inheritdoc/>
    public void RecordingChanged(RecordingMode mode, string reason) => Info("recording.changed", $"recording {Name(mode)}: {reason}");

    /// <inheritdoc/>
    public void LookBackMeasured(string host, TimeSpan afterLeaving, bool atLeast) =>
        Info("recording.look_back", $"{host} keeps segments {(atLeast ? "at least " : "")}{afterLeaving.TotalSeconds:0} s after they left the playlist");

    /// <inheritdoc/>
    public void RingFull(long bytes) => Warning("ring.full", $"the ring is full at {bytes} bytes: clips may lose their beginning");

    /// <inheritdoc/>
    public void DiskFull(TimeSpan pause) =>
        Write("error", "ring.no_space", $"the disk that segments are written to is full: make room there; fetching is tried again every {pause.TotalSeconds:0} s, and clips may lose video");

    /// <summary>There is no chat to watch.</summary>
    public void NoChat() => Warning("chat.none", "no chat is given for this stream (chat_url): nothing will be clipped");

    /// <inheritdoc/>
    public void ChatConnected(string channel) => Info("chat.connected", $"reading the chat of #{channel}");

    /// <inheritdoc/>
    public void ChatDisconnected(string channel, string why, TimeSpan wait) =>
        Warning("chat.disconnected", $"the chat of #{channel} is lost: {why}; next try in {wait.TotalSeconds:0.0} s");

    /// <inheritdoc/>
    public void ChatClosed(string channel, string why, TimeSpan wait) =>
        Warning("chat.closed", $"the chat of #{channel} cannot be read: {why}; nothing will be clipped; looking again every {wait.TotalSeconds:0} s");

    /// <inheritdoc/>
    public void ChatRefused(string channel, string why, TimeSpan wait) =>
        Write("error", "chat.refused", $"the chat of #{channel} is refused: {why}; nothing will be clipped; next try in {wait.TotalMinutes:0} min");

    /// <summary>Chat came faster than it was counted.</summary>
    public void ChatDropped(long count) => Warning("chat.dropped", $"{count} chat messages were dropped: they came faster than they were counted");

    /// <summary>Chat came later than the detector waits for it.</summary>
    public void ChatLate(long count) => Warning("chat.late", $"{count} chat messages came too late to be counted: what they belong to was decided before");

    /// <summary>The chat is no longer written down.</summary>
    public void ChatNotRecorded(string why) => Warning("chat.not_recorded", $"the chat is no longer recorded: {why}");

    /// <summary>The chat surged.</summary>
    public void Surged(string reason) => Info("surge.detected", reason);

    /// <summary>A surge became part of a clip that waits.</summary>
    public void Merged(Guid clip) => Info("surge.merged", $"this surge overlaps the one before: clip {clip} shows both");

    /// <summary>A surge of an earlier run is clipped now.</summary>
    public void TakenUp(Guid clip, string reason) => Info("surge.taken_up", $"clip {clip} was decided before the last end of this worker and is made now: {reason}");

    /// <summary>No new clips are made from now on.</summary>
    public void ClipsPaused(string why) => Write("error", "clips.paused", $"no new clips are made: {why}");

    /// <summary>New clips are made again.</summary>
    public void ClipsResumed(int missed) => Info("clips.resumed", $"new clips are made again; in the meantime {missed} moments were not clipped");

    /// <summary>A moment is not clipped.</summary>
    public void NotClipped(string moment) => Warning("moment.not_clipped", $"this moment is not clipped, as there is no room for new clips: {moment}");

    /// <summary>A clip is whole.</summary>
    public void ClipSaved(string name, double seconds, double lostSeconds, double tookSeconds) => Info(
        "clip.saved",
        $"saved {name}: {seconds:0.0} s{(lostSeconds > 0.05 ? $", {lostSeconds:0.0} s of the wanted time are missing" : "")}, ready {tookSeconds:0.0} s after the decision");

    /// <summary>A clip could not be made.</summary>
    public void ClipFailed(Guid clip, string why) => Write("error", "clip.failed", $"no clip {clip}: {why}");

    /// <summary>There is no room for a clip.</summary>
    public void ClipHasNoRoom(Guid clip, string why, TimeSpan pause, TimeSpan patience) =>
        Write("error", "clip.no_space", $"there is no room for clip {clip}: {why}; make room there: it is tried again every {pause.TotalSeconds:0} s, for {patience.TotalMinutes:0.#} min");

    /// <summary>A cut failed and is tried once more.</summary>
    public void CutAgain(Guid clip, string why) => Warning("clip.cut_again", $"cutting clip {clip} failed and is tried once more: {why}");

    /// <summary>A clip has no poster.</summary>
    public void PosterFailed(string name, string why) => Warning("clip.poster_failed", $"{name} has no poster: {why}");

    /// <summary>Something was made of a clip.</summary>
    public void RenditionSaved(string name, double seconds) => Info("rendition.saved", $"made {name} in {seconds:0.0} s");

    /// <summary>Something could not be made of a clip, and will not be.</summary>
    public void RenditionFailed(string name, string why) => Write("error", "rendition.failed", $"no {name}: {why}");

    /// <summary>No more renditions are made in this run.</summary>
    public void RenditionsPaused(string why, TimeSpan pause) => Write("error", "rendition.paused", $"previews and vertical videos wait, the next try is in {pause.TotalSeconds:0} s: {why}");

    /// <summary>Clips still wait for their renditions at the end.</summary>
    public void RenditionsLeft(int clips) => Warning("rendition.left", $"{clips} clips still wait for their previews or vertical videos: they are made if this worker is started again, and given up with its directory");

    /// <summary>Files of an earlier run that were no whole clips were removed.</summary>
    public void LeftoversRemoved(int files) => Info("clip.leftovers_removed", $"removed {files} files of clips that an earlier run did not finish");

    /// <summary>The worker cannot go on.</summary>
    public void Failed(string reason) => Write("error", "worker.failed", reason);

    /// <summary>The worker ends by a fault that another start may not meet.</summary>
    public void Crashed(string reason) => Write("error", "worker.crashed", reason);

    /// <summary>What a mode is called in logs and statuses.</summary>
    public static string Name(RecordingMode mode) => mode switch { RecordingMode.Lazy => "lazy", RecordingMode.Armed => "armed", _ => "eager" };

    private void Info(string name, string message) => Write("info", name, message);

    private void Warning(string name, string message) => Write("warning", name, message);

    private void Write(string level, string name, string message) =>
        report.Append(new LogEntry { At = clock.GetUtcNow(), Level = level, Event = name, Message = message });
}
