using System.Text.Json;
using Google.Protobuf;
using StreamClips.NodeAgent.Assignments;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>Between the agent's own records and what goes over the wire.</summary>
public static class LinkContracts
{
    /// <summary>Reads a wanted state. A part that makes no sense becomes a worker with a fault, so that it is seen; without an id it is counted.</summary>
    public static (WantedState State, int Nameless) ToWanted(DesiredState state)
    {
        var workers = new Dictionary<Guid, WantedWorker>();
        var nameless = 0;
        foreach (var assignment in state.Assignments)
        {
            if (Guid.TryParse(assignment.ProcessId, out var id) && id != Guid.Empty) workers[id] = ToWanted(id, assignment);
            else nameless++;
        }

        return (new(state.Revision, [.. workers.Values]), nameless);
    }

    /// <summary>The status of a worker.</summary>
    /// <param name="view">How it looks from outside.</param>
    /// <param name="said">The newest status in its journal; passed over where a run before the present one wrote it.</param>
    public static ProcessStatus ToStatus(WorkerView view, StatusEntry? said)
    {
        var status = new ProcessStatus
        {
            ProcessId = view.ProcessId.ToString(),
            Epoch = view.Epoch,
            State = view.State switch
            {
                WorkerState.Starting => ProcessState.Starting,
                WorkerState.Running => ProcessState.Running,
                WorkerState.BackingOff => ProcessState.BackingOff,
                WorkerState.Stopping => ProcessState.Stopping,
                WorkerState.Stopped => ProcessState.Stopped,
                WorkerState.Ended => ProcessState.Ended,
                _ => ProcessState.Failed,
            },
            Reason = view.Reason,
            Pid = view.Pid,
            StartedAtMs = view.StartedAt?.ToUnixTimeMilliseconds() ?? 0,
            Restarts = view.Restarts,
            NextStartAtMs = view.NextStartAt?.ToUnixTimeMilliseconds() ?? 0,
        };
        foreach (var ending in view.Endings)
            status.Endings.Add(new ProcessEnding { AtMs = ending.At.ToUnixTimeMilliseconds(), Cause = ending.Cause, LastLines = { ending.LastLines } });
        if (said is not null && !(said.At < view.StartedAt))
        {
            status.Worker = new()
            {
                Phase = said.Phase,
                Reason = said.Reason,
                AtMs = said.At.ToUnixTimeMilliseconds(),
                ChatRatePerS = said.ChatRate,
                BaselineRatePerS = said.BaselineRate,
                Segments = said.Segments,
                Bytes = said.Bytes,
                LagS = said.LagS ?? -1,
                Clips = said.Clips,
                ChatMessages = said.ChatMessages,
                NotClipped = said.NotClipped,
                SettingsVersion = said.SettingsVersion,
            };
        }

        return status;
    }

    /// <summary>The state of the machine.</summary>
    public static HostHealth ToHealth(MachineHealth health, int unshipped) => new()
    {
        Load1M = health.Load,
        MemoryTotalBytes = health.MemoryTotalBytes,
        MemoryAvailableBytes = health.MemoryAvailableBytes,
        DiskTotalBytes = health.DiskTotalBytes,
        DiskFreeBytes = health.DiskFreeBytes,
        UnshippedClips = unshipped,
        NetworkReceivedBytes = health.NetworkReceivedBytes,
        NetworkSentBytes = health.NetworkSentBytes,
        Cores = Environment.ProcessorCount,
        Kernel = MachineHealth.Kernel,
    };

    /// <summary>How the shipping stands.</summary>
    /// <param name="state">What waits.</param>
    /// <param name="limit">With so many bytes no new clips are made.</param>
    /// <param name="paused">Why none are made at present; empty: they are.</param>
    public static ShippingStatus ToStatus(ShippingState state, long limit, string paused) => new()
    {
        LimitBytes = limit,
        RecordingPaused = paused,
        Clips = state.Clips, Bytes = state.Bytes, OldestAtMs = state.OldestAt?.ToUnixTimeMilliseconds() ?? 0, Fault = state.Fault,
    };

    /// <summary>Lines of a journal.</summary>
    /// <param name="processId">Whose.</param>
    /// <param name="draft">The lines.</param>
    /// <param name="takesChat">Whether those of the chat's rate are among them; else they are kept back, and the cursor passes them.</param>
    public static JournalBatch ToBatch(Guid processId, JournalDraft draft, bool takesChat)
    {
        var batch = new JournalBatch { ProcessId = processId.ToString(), From = ToCursor(draft.From), To = ToCursor(draft.To) };
        foreach (var line in draft.Lines.Where(l => takesChat || !l.AsSpan().StartsWith("{\"kind\":\"chat\""u8))) batch.Lines.Add(UnsafeByteOperations.UnsafeWrap(line));
        return batch;
    }

    /// <summary>A clip that is in storage.</summary>
    public static ClipReport ToReport(ShippedClip shipped)
    {
        var report = new ClipReport
        {
            ClipId = shipped.Clip.Sidecar.ClipId.ToString(),
            ProcessId = shipped.Clip.Clip.ProcessId.ToString(),
            SidecarJson = shipped.Clip.SidecarJson,
        };
        foreach (var (file, key) in shipped.Files)
            report.Files.Add(new StoredFile { Kind = file.Kind, Key = key.Value, SizeBytes = file.SizeBytes, Sha256 = file.Sha256, Storage = shipped.Storage });
        return report;
    }

    /// <summary>A rendition that is in storage.</summary>
    public static RenditionReport ToReport(ShippedRendition shipped) => new()
    {
        ClipId = shipped.Sidecar.ClipId.ToString(),
        ProcessId = shipped.Local.ProcessId.ToString(),
        SidecarJson = shipped.SidecarJson,
        File = new() { Kind = shipped.Sidecar.Kind, Key = shipped.Key.Value, SizeBytes = shipped.Sidecar.File.SizeBytes, Sha256 = shipped.Sidecar.File.Sha256, Storage = shipped.Storage },
    };

    private static JournalCursor ToCursor(JournalPosition position) => new() { File = position.File, Offset = position.Offset };

    private static WantedWorker ToWanted(Guid id, Assignment assignment)
    {
        var faults = new List<string>();
        if (!Guid.TryParse(assignment.StreamerId, out var streamer)) faults.Add($"streamer_id is '{assignment.StreamerId}': it must be a UUID");
        if (assignment.Url.Length is 0 or > 2000) faults.Add($"url has {assignment.Url.Length} characters: give 1 to 2000");
        var settings = ClipSettings.Default;
        try
        {
            if (assignment.SettingsJson.Length > 0) settings = ClipSettings.FromJson(assignment.SettingsJson);
            faults.AddRange(settings.Validate().Select(f => f.Message));
        }
        catch (JsonException e)
        {
            faults.Add($"settings_json cannot be read: {e.Message}");
        }

        var spec = new WorkerSpec
        {
            ProcessId = id,
            StreamerId = streamer,
            Streamer = assignment.Streamer,
            Url = assignment.Url,
            ChatUrl = assignment.ChatUrl.Length == 0 ? null : assignment.ChatUrl,
            Epoch = assignment.Epoch,
            Settings = settings,
            SettingsVersion = assignment.SettingsVersion,
        };
        return new(spec, faults.Count == 0 ? null : string.Join("; ", faults));
    }
}
