using System.Globalization;
using System.Net;
using System.Text.Json;

namespace StreamClips.ControlPlane.Liveness;

/// <summary>An answer of a platform, read whole.</summary>
/// <param name="Status">The HTTP status; null: there was none.</param>
/// <param name="Body">The body.</param>
/// <param name="Fault">What went wrong, without secrets; null: the status is a success.</param>
/// <param name="Wait">How long it asks to be left alone.</param>
public sealed record StatusReply(HttpStatusCode? Status, byte[] Body, string? Fault, TimeSpan? Wait)
{
    /// <summary>As an answer that says nothing.</summary>
    public StatusAnswer ToFailure(bool ofPlatform = true) => StatusAnswer.Failed(Fault!, Wait, ofPlatform);

    /// <summary>The body as JSON; null where it is none.</summary>
    public JsonDocument? Json()
    {
        try
        {
            return JsonDocument.Parse(Body, new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Asks over HTTP: with a deadline, and no more of an answer than it may have.</summary>
public sealed class StatusHttp(TimeProvider clock) : IDisposable
{
    // As browsers name themselves: the sites' own interfaces refuse what does not.
    private const string UserAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    // The body is bound while it is read; a compressed one is counted as it comes out.
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AutomaticDecompression = DecompressionMethods.All, MaxAutomaticRedirections = 5, UseCookies = false, ConnectTimeout = Deadline, PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Asks. Only cancelling throws.</summary>
    /// <param name="request">The question.</param>
    /// <param name="mostBytes">Most of the answer.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<StatusReply> SendAsync(HttpRequestMessage request, int mostBytes, CancellationToken cancellation)
    {
        var host = request.RequestUri!.Host;
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        using var deadline = new CancellationTokenSource(Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await ReadAsync(response, mostBytes, either.Token);
            if (body is null) return new(response.StatusCode, [], $"{host} answers with more than {mostBytes >> 10} KiB", null);
            return new(response.StatusCode, body, response.IsSuccessStatusCode ? null : $"{host} answers {(int)response.StatusCode}", WaitOf(response));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(null, [], $"{host} does not answer within {Deadline.TotalSeconds:0} s", null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or NotSupportedException)
        {
            return new(null, [], $"{host} cannot be reached: {(e.InnerException ?? e).Message}", null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<byte[]?> ReadAsync(HttpResponseMessage response, int most, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var whole = new MemoryStream();
        var piece = new byte[32 << 10];
        while (await stream.ReadAsync(piece, cancellation) is > 0 and var read)
        {
            if (whole.Length + read > most) return null;
            await whole.WriteAsync(piece.AsMemory(0, read), cancellation);
        }

        return whole.ToArray();
    }

    /// <summary>Retry-After (RFC 9110 section 10.2.3), or Twitch's Ratelimit-Reset: the second, since 1970, at which the bucket is full.</summary>
    private TimeSpan? WaitOf(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode) return null;
        var now = clock.GetUtcNow();
        if (response.Headers.RetryAfter is { } after) return after.Delta ?? after.Date - now;
        if (response.StatusCode != HttpStatusCode.TooManyRequests || !response.Headers.TryGetValues("Ratelimit-Reset", out var reset)) return null;
        return long.TryParse(reset.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var second) && second < 253402300800 ? DateTimeOffset.FromUnixTimeSeconds(second) - now : null;
    }
}
