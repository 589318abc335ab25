using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace StreamClips.Storage.Tests.S3;

/// <summary>
/// The S3-compatible server behind a front that is as strict as Amazon's: the server itself believes every signature of the fourth version, the front checks each request by
/// <see cref="SignatureV4"/>, and what it carries by Content-MD5, and passes on what is right.
/// </summary>
internal sealed class StrictServer : IAsyncDisposable
{
    /// <summary>The key that the server behind knows.</summary>
    public const string AccessKey = "S3RVER";

    public const string SecretKey = "a secret/with+signs=";

    private readonly S3Server _server;
    private readonly WebApplication _app;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly SignatureV4 _signatures = new(AccessKey, SecretKey, "us-east-1");
    private long _received;
    private int _breaks;

    private StrictServer(S3Server server, TimeProvider clock)
    {
        (_server, _clock) = (server, clock);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k =>
        {
            k.Limits.MaxRequestBodySize = 64 << 20;
            k.Limits.MinRequestBodyDataRate = null;
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public Uri Endpoint => new(_app.Urls.First());

    /// <summary>Bytes of bodies that came, of refused requests too.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>The codes of what was refused.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>Cuts the connections of so many requests with a body, after a part of it.</summary>
    public int Breaks
    {
        set => Interlocked.Exchange(ref _breaks, value);
    }

    public static async Task<StrictServer> StartAsync(TimeProvider clock)
    {
        var server = new StrictServer(await S3Server.StartAsync(), clock);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
        await _server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, stop) = (context.Request, context.RequestAborted);
        var body = await ReadAsync(context, stop);
        if (body is null) return;
        var now = _clock.GetUtcNow();
        // As it was sent: the server's own reading of the path must not decide what was signed.
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?', 2);
        var query = QueryHelpers.ParseQuery(target.Length > 1 ? target[1] : "").SelectMany(q => q.Value.Select(v => KeyValuePair.Create(q.Key, v ?? ""))).ToList();
        var signed = new SignedRequest(request.Method, target[0], query, request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(',', h.Value.ToArray())), Convert.ToHexStringLower(SHA256.HashData(body)));
        var refusal = _signatures.Refusal(signed, now);
        if (refusal is null && request.Headers.ContentMD5.ToString() is { Length: > 0 } md5 && md5 != Md5Of(body)) refusal = "BadDigest";
        if (refusal is not null)
        {
            Refused.Enqueue(refusal);
            context.Response.StatusCode = refusal switch { "AccessDenied" or "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "RequestTimeTooSkewed" => 403, "NotImplemented" => 501, _ => 400 };
            context.Response.ContentType = "application/xml";
            await context.Response.WriteAsync($"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{refusal}</Code><Message>refused</Message><ServerTime>{now.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}</ServerTime></Error>", stop);
            return;
        }

        await PassOnAsync(context, string.Join('?', target), body, stop);
    }

    // RFC 1864.
    private static string Md5Of(byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        hash.AppendData(body);
        return Convert.ToBase64String(hash.GetHashAndReset());
    }

    private async Task<byte[]?> ReadAsync(HttpContext context, CancellationToken stop)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (await context.Request.Body.ReadAsync(buffer, stop) is > 0 and var read)
        {
            Interlocked.Add(ref _received, read);
            body.Write(buffer, 0, read);
            if (body.Length < 100_000 || Interlocked.Decrement(ref _breaks) < 0) continue;
            context.Abort();
            return null;
        }

        return body.ToArray();
    }

    private async Task PassOnAsync(HttpContext context, string target, byte[] body, CancellationToken stop)
    {
        using var onward = new HttpRequestMessage(new(context.Request.Method), new Uri(_server.Endpoint.ToString().TrimEnd('/') + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (body.Length > 0 || context.Request.ContentLength is not null) onward.Content = new ByteArrayContent(body);
        foreach (var (name, values) in context.Request.Headers)
        {
            // The server behind gives bytes that were compared already. It reads the time of who asks by the real clock.
            if (name is "Connection" or "Expect" or "Host" or "Content-Length" || name.StartsWith(':')) continue;
            if (!onward.Headers.TryAddWithoutValidation(name, values.ToArray())) onward.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }

        onward.Headers.Host = context.Request.Host.Value;
        using var answer = await _http.SendAsync(onward, HttpCompletionOption.ResponseHeadersRead, stop);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat<KeyValuePair<string, IEnumerable<string>>>(answer.Content.Headers))
            if (name is not ("Date" or "Transfer-Encoding" or "Connection" or "Keep-Alive")) context.Response.Headers[name] = values.ToArray();
        if (!HttpMethods.IsHead(context.Request.Method) && answer.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified)) await answer.Content.CopyToAsync(context.Response.Body, stop);
    }
}
