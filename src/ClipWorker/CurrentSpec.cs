using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker;

/// <summary>What the worker is told now. Some settings change while it runs, so whoever needs one asks when it is needed. Any thread reads, one writes.</summary>
/// <param name="spec">What it is told at first.</param>
internal sealed class CurrentSpec(WorkerSpec spec)
{
    private volatile WorkerSpec _now = spec;

    /// <summary>The spec.</summary>
    public WorkerSpec Now
    {
        get => _now;
        set => _now = value;
    }

    /// <summary>For parts that are told once.</summary>
    public static implicit operator CurrentSpec(WorkerSpec spec) => new(spec);
}
