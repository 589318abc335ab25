using System.Net;
using System.Text;

namespace StreamClips.ControlPlane.Liveness;

/// <summary>A stream that is a playlist: it is live while the playlist is there, lists segments, and does not say that it has ended (RFC 8216 section 4.3.3.4).</summary>
public sealed class HlsPlaylists(StatusHttp http) : IStatusSource
{
    private const int MostBytes = 2 << 20;

    /// <inheritdoc/>
    public string Platform => PlatformName.Hls;

    /// <inheritdoc/>
    public int MostChannels => 1;

    /// <inheritdoc/>
    public double CallsPerS => 20;

    /// <inheritdoc/>
    public int MostAtOnce => 8;

    /// <inheritdoc/>
    public async Task<StatusAnswer> AskAsync(IReadOnlyList<string> channels, CancellationToken cancellation)
    {
        var address = new Uri(channels[0]);
        // A master playlist leads to the playlists of its variants: one of them speaks for all.
        for (var step = 0; step < 2; step++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            var reply = await http.SendAsync(request, MostBytes, cancellation);
            if (reply.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone) return StatusAnswer.Of(channels[0], new(Live: false));
            // Every address may be another server's: what is wrong here says nothing of the others.
            if (reply.Fault is not null) return reply.ToFailure(ofPlatform: false);
            var text = Encoding.UTF8.GetString(reply.Body).TrimStart('\uFEFF');
            if (!text.StartsWith("#EXTM3U", StringComparison.Ordinal)) return StatusAnswer.Failed($"what {address.Host} answers with is not an HLS playlist", ofPlatform: false);
            if (!text.Contains("#EXT-X-STREAM-INF", StringComparison.Ordinal)) return StatusAnswer.Of(channels[0], new(IsLive(text)));
            if (Variant(text) is not { } variant || !Uri.TryCreate(address, variant, out var next) || next.Scheme is not ("http" or "https")) break;
            address = next;
        }

        return StatusAnswer.Failed($"the master playlist of {address.Host} leads to no variant", ofPlatform: false);
    }

    private static bool IsLive(string playlist) => playlist.Contains("#EXTINF", StringComparison.Ordinal) && !playlist.Contains("#EXT-X-ENDLIST", StringComparison.Ordinal);

    private static string? Variant(string master)
    {
        var lines = master.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SkipWhile(l => !l.StartsWith("#EXT-X-STREAM-INF", StringComparison.Ordinal));
        return lines.FirstOrDefault(l => !l.StartsWith('#'));
    }
}
