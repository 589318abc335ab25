using System.Globalization;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Commands;

/// <summary>
/// What <c>recording: auto</c> would have done with a recorded chat, beside a playlist of a given length whose origin keeps its
/// segments as long as RFC 8216 section 6.2.2 demands and no longer: how much of the time it would have been armed, and whether
/// each clip's segments could still be had. Pure; its memory depends on the settings alone.
/// </summary>
/// <param name="settings">The settings of detector and clips.</param>
/// <param name="playlist">The length of the playlist, in segments of two seconds.</param>
internal sealed class ArmingReplay(ClipSettings settings, TimeSpan playlist)
{
    // As Twitch's: the playlist is read again once a segment.
    private static readonly TimeSpan Segment = TimeSpan.FromSeconds(2);

    // What is fetched when a clip is decided is there so much later.
    private static readonly TimeSpan FetchTakes = TimeSpan.FromSeconds(1);

    private readonly IChatDetector _detector = ChatDetector.For(settings);
    private readonly RecordingNeeds _needs = new(ChatDetector.LooksBack(settings), ChatDetector.RisesAfter(settings));
    private readonly TimeSpan _reach = RecordingControl.Reach(playlist, Segment, Segment + playlist);
    private readonly SortedSet<long> _fetched = [];
    private RecordingDecision? _decision;
    private bool _rested;
    private long _next = long.MinValue;
    private long _ticks;
    private long _armed;
    private long _everFetched;
    private int _clips;
    private int _inReach;

    /// <summary>Takes in the next message.</summary>
    public void Observe(in ChatMessage message)
    {
        if (_next == long.MinValue) _next = Number(message.At) + 1;
        while (At(_next) <= message.At) Reload();
        foreach (var clip in _detector.Observe(message)) Clip(clip);
    }

    /// <summary>Takes back what was removed.</summary>
    public void Forget(in ChatMessage removed)
    {
        while (_next != long.MinValue && At(_next) <= removed.At) Reload();
        foreach (var clip in _detector.Forget(removed)) Clip(clip);
    }

    /// <summary>The stream goes on a little after its last message.</summary>
    /// <returns>What it comes to.</returns>
    public ArmingResult End()
    {
        var until = _next + (long)(_detector.DecidesWithin / Segment);
        while (_ticks > 0 && _next <= until) Reload();
        return new(playlist.TotalSeconds, _ticks * Segment.TotalSeconds, Share(_armed), Share(_everFetched), _clips, _inReach);
    }

    private double Share(long part) => _ticks == 0 ? 0 : Math.Round(part / (double)_ticks, 4);

    /// <summary>A new segment is listed: decides how to record, as <see cref="RecordingControl"/> does.</summary>
    private void Reload()
    {
        var now = At(_next);
        foreach (var clip in _detector.Advance(now)) Clip(clip);
        // As the recorder: while nothing is fetched and the chat is calm, every other playlist is passed over.
        _rested = !_rested && _decision?.Mode == RecordingMode.Lazy && playlist >= 6 * Segment && _detector.Rise(_reach) < RecordingControl.RestBelow;
        if (_rested)
        {
            _ticks++;
            _next++;
            return;
        }

        _decision = RecordingPolicy.Decide(new()
        {
            Setting = RecordingModes.Auto,
            Needs = _needs,
            Reach = _reach,
            Rise = _detector.Rise(_reach),
            Now = now - DateTimeOffset.UnixEpoch,
            Last = _decision,
        });
        _ticks++;
        if (_decision.Mode != RecordingMode.Lazy)
        {
            _armed++;
            var armed = _decision.Mode == RecordingMode.Armed;
            Fetch(armed ? Number(now - _needs.ClipBack) : _next - 1, now, armed ? RecordingPolicy.FetchAhead : TimeSpan.MaxValue);
        }

        _next++;
        var oldest = Number(now - 2 * _needs.ClipBack);
        while (_fetched.Count > 0 && _fetched.Min < oldest) _fetched.Remove(_fetched.Min);
    }

    private void Clip(DetectedSurge clip)
    {
        _clips++;
        var all = true;
        for (var number = Number(clip.Start); number <= Number(clip.End - TimeSpan.FromTicks(1)); number++)
            all &= _fetched.Contains(number) || Dies(number) >= clip.TriggeredAt + FetchTakes;
        if (all) _inReach++;
        Fetch(Number(clip.Start), clip.TriggeredAt, TimeSpan.MaxValue);
    }

    private void Fetch(long from, DateTimeOffset now, TimeSpan dyingWithin)
    {
        for (var number = from; number < Number(now); number++)
            if (Dies(number) - now is var left && left >= FetchTakes && left <= dyingWithin && _fetched.Add(number)) _everFetched++;
    }

    // It is listed when it is over, leaves when the playlist is full of later ones, and then lives as long as the RFC says.
    private DateTimeOffset Dies(long number) => At(number + 1) + playlist + Segment + playlist;

    private static long Number(DateTimeOffset at) => (long)Math.Floor((at - DateTimeOffset.UnixEpoch) / Segment);

    private static DateTimeOffset At(long number) => DateTimeOffset.UnixEpoch + number * Segment;
}

/// <summary>What a replay of arming comes to.</summary>
/// <param name="PlaylistS">The length of the playlist, seconds.</param>
/// <param name="Seconds">The length of the chat, seconds.</param>
/// <param name="ArmedShare">The part of that time in which all was fetched as it came, 0 to 1.</param>
/// <param name="FetchedShare">The part of the video that was fetched at all, for clips too.</param>
/// <param name="Clips">Clips that were decided.</param>
/// <param name="ClipsInReach">Those whose segments could all be had.</param>
internal sealed record ArmingResult(double PlaylistS, double Seconds, double ArmedShare, double FetchedShare, int Clips, int ClipsInReach)
{
    /// <summary>As one JSON object.</summary>
    public string ToJson() => string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"playlist_s\":{PlaylistS},\"seconds\":{Seconds},\"armed_share\":{ArmedShare},\"fetched_share\":{FetchedShare},\"clips\":{Clips},\"clips_in_reach\":{ClipsInReach}}}");

    /// <summary>For people.</summary>
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"with a playlist of {PlaylistS:0.#} s: armed {ArmedShare:0.0%} of the time, {FetchedShare:0.0%} of the video fetched, {ClipsInReach} of {Clips} clips in reach");
}

/// <summary>Prints what arming would have done.</summary>
internal sealed class ArmingOutput(ClipSettings settings, double playlistS, TextWriter output, bool json) : IReplayOutput
{
    private readonly ArmingReplay _replay = new(settings, TimeSpan.FromSeconds(playlistS));

    /// <inheritdoc/>
    public void Clip(DetectedSurge surge)
    {
        // It finds them itself, as it must also know what is between them.
    }

    /// <inheritdoc/>
    public void Heard(in ChatMessage message, RateSample? sample) => _replay.Observe(message);

    /// <inheritdoc/>
    public void Removed(in ChatMessage removed) => _replay.Forget(removed);

    /// <inheritdoc/>
    public void End()
    {
        var result = _replay.End();
        output.WriteLine(json ? result.ToJson() : result.ToText());
        output.Flush();
    }
}
