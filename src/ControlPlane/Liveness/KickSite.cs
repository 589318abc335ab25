using System.Net;
using System.Text.Json;

namespace StreamClips.ControlPlane.Liveness;

/// <summary>Kick as its own pages ask it: the livestream of one channel a call.</summary>
public sealed class KickSite(StatusHttp http, Uri site) : IStatusSource
{
    private const int MostBytes = 512 << 10;

    /// <inheritdoc/>
    public string Platform => PlatformName.Kick;

    /// <inheritdoc/>
    public int MostChannels => 1;

    /// <inheritdoc/>
    public double CallsPerS => 4;

    /// <inheritdoc/>
    public int MostAtOnce => 4;

    /// <inheritdoc/>
    public async Task<StatusAnswer> AskAsync(IReadOnlyList<string> channels, CancellationToken cancellation)
    {
        var slug = channels[0];
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{site.AbsoluteUri.TrimEnd('/')}/api/v2/channels/{slug}/livestream"));
        request.Headers.Add("Accept", "application/json");
        request.Headers.Add("Accept-Language", "en-US");
        request.Headers.Referrer = new Uri($"https://kick.com/{slug}");
        var reply = await http.SendAsync(request, MostBytes, cancellation);
        if (reply.Status == HttpStatusCode.NotFound) return StatusAnswer.Of(slug, ChannelAnswer.Missing("Kick", slug));
        if (reply.Status is HttpStatusCode.Forbidden) return StatusAnswer.Failed("Kick answers 403: it checks for robots and took this control plane for one", reply.Wait);
        if (reply.Fault is not null) return reply.ToFailure();
        using var json = reply.Json();
        return json?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("data", out var data) && data.ValueKind is JsonValueKind.Object or JsonValueKind.Null
            ? StatusAnswer.Of(slug, new(data.ValueKind == JsonValueKind.Object))
            : StatusAnswer.Failed("Kick does not answer as it used to");
    }
}
