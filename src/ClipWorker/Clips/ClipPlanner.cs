using StreamClips.ClipWorker.Clips.Media;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips;

/// <summary>A clip as it will be cut.</summary>
/// <param name="Plan">Which segments.</param>
/// <param name="Source">Where their times come from.</param>
internal sealed record PlannedClip(ClipPlan Plan, TimeSource Source);

/// <summary>Plans clips of what is recorded, and brings the segments before a clip where only they hold the keyframe that it begins with.</summary>
internal sealed class ClipPlanner(ChannelRecording recording, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Plans a clip of what is held.</summary>
    /// <param name="request">The clip.</param>
    /// <param name="leaps">Segments whose time stamps do not go on from those before; null: none is known.</param>
    /// <returns>Null where nothing of it is held.</returns>
    public PlannedClip? Plan(ClipRequest request, IReadOnlySet<long>? leaps = null)
    {
        if (recording.Pictures.Index.Newest is not { } newest) return null;
        var (source, window) = (ClipWindow.SourceOf(newest, request.ClockAhead), request.Surge);
        var pictures = ClipWindow.Timed(recording.Pictures.Index.Snapshot(), source, request.ClockAhead);
        var (sound, heardBy) = Sound(request, recording.Sound.Ring.Holds);
        var (mute, breaks) = SoundWindow.Mute(pictures, sound, heardBy);
        var parted = leaps is null || breaks.Count == 0 ? leaps ?? breaks : leaps.Union(breaks).ToHashSet();
        var plan = ClipWindow.Choose(pictures, n => recording.Pictures.Ring.Holds(n) && !mute.Contains(n), window.Start, window.End, window.Peak, parted);
        return plan is null ? null : new(SoundWindow.With(plan, sound, heardBy), source);
    }

    /// <summary>Plans a clip, and fetches what comes before it as far as no keyframe is held at or before its start.</summary>
    /// <param name="request">The clip.</param>
    /// <param name="hurry">Whether to be content with what is held: a clip that begins later is better than none.</param>
    /// <param name="changed">Ends when that changes.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Null where nothing of it is held.</returns>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    public async Task<PlannedClip?> PlanAsync(ClipRequest request, Func<bool> hurry, Func<Task> changed, CancellationToken ct)
    {
        while (true)
        {
            if (Plan(request) is not { } planned) return null;
            var plan = planned.Plan;
            if (plan.Start > plan.WantedStart || plan.Lead.Count >= ClipWindow.MaxLead || await BeginsInTimeAsync(plan, ct)) return planned;
            var first = plan.Lead.Count > 0 ? plan.Lead[^1].Segment : plan.Segments[0].Segment;
            if (!await FetchAsync(request, first.Number - 1, hurry, changed, ct) || Plan(request) is not { } more || more.Plan.Lead.Count <= plan.Lead.Count) return planned;
        }
    }

    private (IReadOnlyList<TimedSegment> Sound, TimeSource Source) Sound(ClipRequest request, Predicate<long> which)
    {
        if (recording.Sound.Index.Newest is not { } newest) return ([], TimeSource.Arrival);
        var source = ClipWindow.SourceOf(newest, request.ClockAhead);
        var timed = ClipWindow.Timed(recording.Sound.Index.Snapshot(), source, request.ClockAhead);
        return ([.. timed.Where(s => which(s.Segment.Number))], source);
    }

    private async Task<bool> BeginsInTimeAsync(ClipPlan plan, CancellationToken ct)
    {
        using var pour = await TransportPour.OpenAsync(recording.Pictures.Ring, plan, ct);
        return pour is null || pour.Start <= plan.WantedStart + TimeSpan.FromMilliseconds(20);
    }

    /// <summary>Fetches a segment of pictures, with its sound where that is apart.</summary>
    /// <returns>Whether its pictures are held.</returns>
    private async Task<bool> FetchAsync(ClipRequest request, long number, Func<bool> hurry, Func<Task> hurried, CancellationToken ct)
    {
        var (pictures, sound, began) = (recording.Pictures.States, recording.Sound.States, clock.GetTimestamp());
        var source = ClipWindow.SourceOf(recording.Pictures.Index.Newest!, request.ClockAhead);
        var wanted = ClipWindow.Timed(recording.Pictures.Index.Snapshot().Where(s => s.Number == number), source, request.ClockAhead);
        if (wanted.Count == 0) return false;
        var heard = wanted[0].Segment.SoundApart ? Sound(request, _ => true).Sound.Where(s => s.End > wanted[0].Start && s.Start < wanted[0].End).Select(s => s.Segment.Number).ToList() : [];
        pictures.Want(number, urgent: true);
        foreach (var one in heard) sound.Want(one, urgent: true);
        while (true)
        {
            var changed = Task.WhenAny(pictures.Changed, sound.Changed, hurried());
            if (hurry()) return false;
            if (pictures.Settled(number) && heard.TrueForAll(sound.Settled)) return recording.Pictures.Ring.Holds(number);
            var left = Patience - clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return false;
            await Pulse.WaitAsync(changed, left, clock, ct);
        }
    }
}
