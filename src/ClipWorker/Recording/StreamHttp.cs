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
    public static async Task<HttpAnswer> GetAsync(HttpClient client, Uri address, int maxBytes, TimeProvider clock, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        return await SendAsync(client, request, maxBytes, clock, ct);
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
            var bytes = new ArrayBufferWriter<byte>();
            var buffer = new byte[16 << 10];
            while (await body.ReadAsync(buffer, either.Token) is var read && read > 0)
            {
                bytes.Write(buffer.AsSpan(0, read));
                if (bytes.WrittenCount > maxBytes)
                    return new() { Address = address, Status = (int)response.StatusCode, Fault = $"it has more than {maxBytes} bytes" };
            }

            return new() { Address = response.RequestMessage?.RequestUri ?? address, Status = (int)response.StatusCode, Body = bytes.WrittenSpan.ToArray(), Date = response.Headers.Date };
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
}

/// <summary>An answer, or why there is none.</summary>
internal sealed record HttpAnswer
{
    /// <summary>Where it came from, after redirects.</summary>
    public required Uri Address { get; init; }

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
