using System.Net.Http.Headers;

namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Measures how long an origin keeps segments: asks for one byte of a few that left the playlist, rarely. It never reads a
/// body: an origin that ignores the range costs its headers.
/// </summary>
/// <param name="client">The worker's client.</param>
/// <param name="states">The segments.</param>
/// <param name="lookBack">Where what was found goes.</param>
/// <param name="enough">Beyond this age nobody will want a segment.</param>
/// <param name="events">Where it is told.</param>
/// <param name="uptime">The time.</param>
/// <param name="clock">The clock of its deadlines.</param>
internal sealed class LookBackProbe(HttpClient client, SegmentStates states, LookBack lookBack, TimeSpan enough, IRecordingEvents events, Uptime uptime, TimeProvider clock)
{
    /// <summary>What was measured holds for so long.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromHours(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan TryAgain = TimeSpan.FromMinutes(5);

    private string? _host;
    private TimeSpan? _measuredAge;
    private TimeSpan _again;
    private Task _measuring = Task.CompletedTask;

    /// <summary>
    /// Measures where that is due: when segments are old enough to show whether the RFC's promise is kept, again when they are
    /// as old as anybody will want them, and then once an hour; anew where the host changed. Returns at once; a fault of the
    /// last measurement that was a bug is thrown here.
    /// </summary>
    public async Task StartIfDueAsync(CancellationToken ct)
    {
        if (!_measuring.IsCompleted) return;
        await _measuring;
        var (left, listed) = states.Aged(uptime.Now);
        if (listed is null || left.Count == 0) return;
        if (_host != listed.Uri.Host)
        {
            if (_host is not null) lookBack.Forget();
            (_host, _measuredAge) = (listed.Uri.Host, null);
        }

        // Segments of another host would measure that one.
        left = [.. left.TakeWhile(s => s.Segment.Uri.Host == _host)];
        if (left.Count == 0 || !IsDue(left[^1])) return;
        _measuredAge = left[^1].Age;
        _measuring = MeasureAsync(listed, left, ct);
    }

    private bool IsDue(AgedSegment oldest)
    {
        var promised = oldest.Segment.Duration + oldest.LongestPlaylist;
        if (_measuredAge is null) return oldest.Age > promised;
        return (_measuredAge < enough && oldest.Age >= enough) || uptime.Now >= _again;
    }

    private async Task MeasureAsync(IndexedSegment listed, IReadOnlyList<AgedSegment> left, CancellationToken ct)
    {
        // Where it does not answer such a question even of a listed segment, what was assumed holds.
        var search = await AnswersAsync(listed, ct) == true ? new LookBackSearch(left) : null;
        while (search?.Next is { } next)
        {
            if (await AnswersAsync(next.Segment, ct) is { } alive) search.Answered(alive);
            else search = null;
        }

        _again = uptime.Now + (search is null ? TryAgain : GoodFor);
        if (search is null) return;
        lookBack.Found(search.Found);
        events.LookBackMeasured(_host!, search.Found, atLeast: search.Found == left[^1].Age);
    }

    /// <returns>Whether the segment is there: a byte of it, or all of it, but not a page that says something else; null: that cannot be told now.</returns>
    private async Task<bool?> AnswersAsync(IndexedSegment segment, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        var first = segment.Range?.Offset ?? 0;
        using var request = new HttpRequestMessage(HttpMethod.Get, segment.Uri) { Headers = { Range = new RangeHeaderValue(first, first) } };
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return (int)response.StatusCode switch
            {
                200 or 206 => response.Content.Headers.ContentType?.MediaType?.StartsWith("text/", StringComparison.OrdinalIgnoreCase) != true,
                403 or 404 or 410 => false,
                _ => null,
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
