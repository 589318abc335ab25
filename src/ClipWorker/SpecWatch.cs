using System.Text.Json;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker;

/// <summary>
/// Takes up other settings while the worker runs: the agent replaces its spec, and it is looked at as often as the worker says how it is. What it
/// can take where it is it takes at once; for the rest the session ends between two clips, and a new one goes on from the same ring and the
/// same pending surges. What else a spec tells never changes under a worker.
/// </summary>
/// <param name="path">The spec's file.</param>
/// <param name="current">What the worker works by.</param>
/// <param name="take">Gives the parts that keep a copy the settings that they can take.</param>
/// <param name="isBusy">Whether a clip is being made, waits, or may be about to be decided.</param>
/// <param name="events">Where it tells of itself.</param>
/// <param name="clock">The time.</param>
internal sealed class SpecWatch(string path, CurrentSpec current, Action<ClipSettings> take, Func<bool> isBusy, WorkerEvents events, TimeProvider clock)
{
    /// <summary>So long a session is not ended for other settings while it is busy. Then its clips are handed over, as after a crash.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const int MaxBytes = 1 << 20;
    private byte[] _seen = [];
    private (WorkerSpec Spec, long Since)? _due;

    /// <summary>What the next session is told, once this one is to end for it.</summary>
    public WorkerSpec? Successor { get; private set; }

    /// <summary>Looks once an interval, until it is cancelled or the session is to end.</summary>
    public async Task RunAsync(TimeSpan interval, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(interval, clock);
        while (Successor is null)
        {
            await timer.WaitForNextTickAsync(ct);
            Look();
        }
    }

    /// <summary>Looks once.</summary>
    public void Look()
    {
        var busy = _due is null || isBusy();
        if (Read() is { } told) Take(told);
        if (_due is not { } due || (busy && clock.GetElapsedTime(due.Since) < Patience)) return;
        Successor = due.Spec;
    }

    private void Take(WorkerSpec told)
    {
        var now = current.Now;
        var changes = SettingsDifference.Between(now.Settings, told.Settings);
        if (SettingsDifference.Effect(changes) == SettingEffect.Restart)
        {
            _due = (told, _due?.Since ?? clock.GetTimestamp());
            // Asked once before it counts: the chat's answer is as old as its last tick, and before it was asked it only says that it may.
            _ = isBusy();
            events.SettingsWait(told.SettingsVersion, changes);
            return;
        }

        _due = null;
        current.Now = told;
        if (changes.Count == 0) return;
        take(told.Settings);
        events.SettingsApplied(told.SettingsVersion, changes);
    }

    /// <returns>What the file tells, where that is news and can be used.</returns>
    private WorkerSpec? Read()
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes) return null;
            var bytes = File.ReadAllBytes(path);
            if (bytes.AsSpan().SequenceEqual(_seen)) return null;
            _seen = bytes;
            var told = WorkerSpec.FromJson(System.Text.Encoding.UTF8.GetString(bytes));
            if (told == (_due?.Spec ?? current.Now)) return null;
            var faults = told.Settings.Validate().Select(f => f.Message).ToList();
            if (!current.Now.DiffersInSettingsAlone(told)) faults.Add("it tells of more than settings");
            if (faults.Count == 0) return told;
            events.SettingsRefused(told.SettingsVersion, string.Join("; ", faults));
        }
        catch (JsonException e)
        {
            events.SettingsRefused("", $"'{path}' cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is read at the next look; who wrote it sees meanwhile which settings are worked by.
        }

        return null;
    }
}
