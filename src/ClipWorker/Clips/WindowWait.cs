using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Reporting;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// Sees to it that the segments of a clip's window are fetched, and waits until they are there, cannot come any more, or no
/// longer come.
/// </summary>
internal sealed class WindowWait(ChannelRecording recording, TimeProvider clock)
{
    /// <summary>Nothing came for so long, and for the length of three segments: nothing will.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait for bytes beyond the time that the stream needs to reach the window's end.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan HurriedPatience = TimeSpan.FromSeconds(5);

    /// <summary>Asks for the bytes of all segments of the window that are known. Returns at once.</summary>
    public void Ask(ClipRequest request) => Look(request);

    /// <summary>The window's segments as they come.</summary>
    public SegmentFeed Feed(ClipRequest request) => new(request, recording.Pictures.Index, recording.Pictures.States);

    /// <summary>Waits.</summary>
    /// <param name="request">The clip.</param>
    /// <param name="over">Whether no more video comes: then the stream's end is the window's.</param>
    /// <param name="hurry">Whether to be content with what is listed: then only bytes are waited for, and not for long.</param>
    /// <param name="changed">Ends when one of those two changes.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task WaitAsync(ClipRequest request, Func<bool> over, Func<bool> hurry, Func<Task> changed, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        var (progress, seen, hurried) = (began, default(WindowState), (long?)null);
        while (true)
        {
            var (segments, sound, asked) = (recording.Pictures.States.Changed, recording.Sound.States.Changed, changed());
            var state = Look(request);
            if (state.Settled == state.Wanted && (state.Complete || over() || hurry())) return;
            if (hurry()) hurried ??= clock.GetTimestamp();
            if (state != seen) (seen, progress) = (state, clock.GetTimestamp());

            // Far behind the chat, the stream may take its time until it comes to the window's end.
            var still = 3 * state.Newest + Patience - clock.GetElapsedTime(progress);
            var whole = state.Behind + 3 * state.Newest + Longest - clock.GetElapsedTime(began);
            var left = Min(still, whole);
            if (hurried is { } at) left = Min(left, HurriedPatience - clock.GetElapsedTime(at));
            if (left <= TimeSpan.Zero) return;
            await Pulse.WaitAsync(Task.WhenAny(segments, sound, asked), left, clock, ct);
        }
    }

    private WindowState Look(ClipRequest request)
    {
        var (start, end) = (request.Surge.Start, request.Surge.End);
        var pictures = Look(request, start, end, recording.Pictures.Index, recording.Pictures.States);
        if (Heard(request) is not var (from, until, goesOn)) return pictures;
        var sound = Look(request, from, until, recording.Sound.Index, recording.Sound.States);
        return new(
            pictures.Wanted + sound.Wanted, pictures.Settled + sound.Settled, pictures.Complete && (sound.Complete || !goesOn), pictures.NewestNumber + sound.NewestNumber,
            pictures.Newest > sound.Newest ? pictures.Newest : sound.Newest, pictures.Behind > sound.Behind ? pictures.Behind : sound.Behind);
    }

    /// <summary>
    /// The time within the window whose sound is in a playlist of its own, and whether that playlist goes on. The stream may have been
    /// found again with another kind of variant. Null: none is.
    /// </summary>
    private (DateTimeOffset From, DateTimeOffset Until, bool GoesOn)? Heard(ClipRequest request)
    {
        var (index, start, end) = (recording.Pictures.Index, request.Surge.Start, request.Surge.End);
        if (index.Newest is not { } newest) return null;
        var window = ClipWindow.Timed(index.Snapshot(), ClipWindow.SourceOf(newest, request.ClockAhead), request.ClockAhead)
            .Where(s => s.End + s.Segment.Duration > start && s.Start < end).ToList();
        var apart = window.FindAll(s => s.Segment.SoundApart);
        var whole = window.Count > 0 && window[^1].End >= end;
        if (apart.Count == 0) return newest.SoundApart && !whole ? (window.Count > 0 ? window[^1].End : start, end, true) : null;
        var from = apart[0] == window[0] ? start : apart[0].Start;
        return (from, newest.SoundApart && !whole ? end : apart[^1].End < end ? apart[^1].End : end, newest.SoundApart);
    }

    private static WindowState Look(ClipRequest request, DateTimeOffset start, DateTimeOffset end, SegmentIndex index, SegmentStates states)
    {
        if (index.Newest is not { } newest) return default;
        var source = ClipWindow.SourceOf(newest, request.ClockAhead);
        var timed = ClipWindow.Timed(index.Snapshot(), source, request.ClockAhead);
        var (wanted, settled) = (0, 0);
        foreach (var segment in timed)
        {
            // The one before too: the window may begin before the first keyframe of its segment.
            if (segment.End + segment.Segment.Duration <= start || segment.Start >= end) continue;
            states.Want(segment.Segment.Number, urgent: true);
            wanted++;
            if (states.Settled(segment.Segment.Number)) settled++;
        }

        var edge = timed.Count == 0 ? start : timed[^1].End;
        var behind = end - edge;
        return new(wanted, settled, behind <= TimeSpan.Zero, newest.Number, newest.Duration, behind > TimeSpan.Zero ? Min(behind, Longest) : TimeSpan.Zero);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>How far the segments of a window are: those of the pictures, and those of the sound where it is apart.</summary>
    private readonly record struct WindowState(int Wanted, int Settled, bool Complete, long NewestNumber, TimeSpan Newest, TimeSpan Behind);
}
