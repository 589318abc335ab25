using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace StreamClips.ClipWorker.Recording;

/// <summary>How this program speaks HTTP: one client, small answers read whole within a bound and a deadline.</summary>
internal static class StreamHttp
{
    /// <summary>How long an answer may take, from the request to its last byte.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>A client for one worker. Proxies are not used; redirects are followed five times; bodies may be compressed.</summary>
    /// <param name="around">Puts something around the network that answers some requests itself; null: nothing does.</param>
    public static HttpClient CreateClient(Func<HttpMessageHandler, HttpMessageHandler>? around = null)
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            MaxAutomaticRedirections = 5,
            MaxConnectionsPerServer = 8,
            MaxResponseHeadersLength = 64,
            // A body that nobody wants is not read to its end for the sake of the connection.
            MaxResponseDrainSize = 32 << 10,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            UseCookies = false,
            UseProxy = false,
        };
        var client = new HttpClient(around?.Invoke(handler) ?? handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("StreamClips", "0.1"));
        return client;
    }

    /// <summary>Gets what is at an address. See <see cref="SendAsync"/>.</summary>
    /// <param name="client">The worker's client.</param>
    /// <param name="address">The address.</param>
    /// <param name="maxBytes">The most that the body may have.</param>
    /// <param name="clock">The clock of the deadline.</param>
    /// <param name="ct">Ends it early.</param>
    /// <param name="known">The tag of what is known already: the answer may be <see cref="HttpAnswer.NotModified"/> (RFC 9110 section 13.1.2).</param>
    public static async Task<HttpAnswer> GetAsync(HttpClient client, Uri address, int maxBytes, TimeProvider clock, CancellationToken ct, EntityTagHeaderValue? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (known is not null) request.Headers.IfNoneMatch.Add(known);
        return await SendAsync(client, request, maxBytes, clock, ct) with { Asked = address };
    }

    /// <summary>Sends a request and reads the answer. Never throws but when cancelled.</summary>
    public static async Task<HttpAnswer> SendAsync(HttpClient client, HttpRequestMessage request, int maxBytes, TimeProvider clock, CancellationToken ct)
    {
        var address = request.RequestUri!;
        using var deadline = new CancellationTokenSource(Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            return await ReadAsync(body, maxBytes, either.Token) is { } bytes
                ? new() { Address = response.RequestMessage?.RequestUri ?? address, Status = (int)response.StatusCode, Body = bytes, Tag = response.Headers.ETag, Date = response.Headers.Date }
                : new() { Address = address, Status = (int)response.StatusCode, Fault = $"it has more than {maxBytes} bytes" };
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new() { Address = address, Fault = $"no answer within {Timeout.TotalSeconds} s" };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or InvalidOperationException)
        {
            // The last two: a body that is not compressed as its header says (gzip and Brotli).
            return new() { Address = address, Fault = e.Message };
        }
    }

    /// <returns>All of it; null where it is more than that.</returns>
    private static async Task<byte[]?> ReadAsync(Stream body, int maxBytes, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        try
        {
            var length = 0;
            while (await body.ReadAsync(buffer.AsMemory(length), ct) is var read && read > 0)
            {
                length += read;
                if (length > maxBytes) return null;
                if (length < buffer.Length) continue;
                var larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return buffer.AsSpan(0, length).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>An answer, or why there is none.</summary>
internal sealed record HttpAnswer
{
    /// <summary>Where it came from, after redirects.</summary>
    public required Uri Address { get; init; }

    /// <summary>What was asked for, before redirects; null where it was no plain question.</summary>
    public Uri? Asked { get; init; }

    /// <summary>What the server calls this version of it (ETag).</summary>
    public EntityTagHeaderValue? Tag { get; init; }

    /// <summary>Whether it is still what the question named as known.</summary>
    public bool NotModified => Status == (int)HttpStatusCode.NotModified;

    /// <summary>The status; 0 where there was no answer.</summary>
    public int Status { get; init; }

    /// <summary>The body, also of an error; null where it could not be read.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The server's time of the answer, to the second (RFC 9110 section 6.6.1); null where it tells none.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Why there is no body.</summary>
    public string? Fault { get; init; }

    /// <summary>Whether it is a success with a body.</summary>
    public bool Ok => Body is not null && Status is >= 200 and < 300;

    /// <summary>Whether the same request may succeed a little later: no connection, overload, an error of the server's.</summary>
    public bool MayPass => (Status == 0 && Fault is not null) || Status is 408 or 425 or 429 or >= 500;

    /// <summary>What happened, for people: <c>answers 404 (NotFound)</c>.</summary>
    public string Describe() => Fault is not null
        ? $"cannot be read: {Fault}"
        : $"answers {Status} ({(HttpStatusCode)Status})";
}
