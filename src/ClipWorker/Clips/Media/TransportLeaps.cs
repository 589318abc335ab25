using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>Leaps of the time stamps within a plan's segments.</summary>
internal static class TransportLeaps
{
    // Encoders leave out some pictures where they are overloaded.
    private static readonly TimeSpan MaxLeap = TimeSpan.FromSeconds(1);

    /// <summary>Finds the segments whose time stamps do not go on from those before, though the playlist does not say so: the encoder was started anew.</summary>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    public static async Task<IReadOnlySet<long>> FindAsync(SegmentRing ring, ClipPlan plan, CancellationToken ct)
    {
        var leaps = new HashSet<long>();
        using var reader = new SegmentReader(ring);
        (TimedSegment Timed, TransportSegment Segment)? last = null;
        foreach (var timed in plan.Lead.Reverse().Concat(plan.Segments))
        {
            if (await reader.ReadAsync(timed, last?.Segment.LastPts, ct) is not { } segment) continue;
            if (last is { } before)
            {
                // Where segments lack their dates tell, which are less exact.
                var follows = timed.Segment.Number == before.Timed.Segment.Number + 1;
                var expected = follows ? before.Segment.LastPts + before.Segment.PictureTicks : before.Segment.FirstPts + TransportPour.Ticks(timed.Start - before.Timed.Start);
                if (Math.Abs(segment.FirstPts - expected) > TransportPour.Ticks(follows ? MaxLeap : ClipWindow.MaxHole)) leaps.Add(timed.Segment.Number);
            }

            last = (timed, segment);
        }

        return leaps;
    }
}
