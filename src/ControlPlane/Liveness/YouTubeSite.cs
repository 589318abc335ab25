using System.Net;
using System.Text;
using System.Text.Json;

namespace StreamClips.ControlPlane.Liveness;

/// <summary>
/// YouTube as its own pages ask it: the page of what a channel sends just now names a video, and the player says whether that is live.
/// A look costs a page of a megabyte or two.
/// </summary>
public sealed class YouTubeSite(StatusHttp http, Uri site) : IStatusSource
{
    private const int MostPageBytes = 8 << 20;
    private const int MostAnswerBytes = 4 << 20;
    private const int VideoLength = 11;

    // "None of the cookies": the answer to the question for consent, which pages ask in some countries.
    private const string NoConsent = "SOCS=CAI";

    // The client that the workers ask as, too.
    private static readonly object Context = new { client = new { clientName = "ANDROID", clientVersion = "19.45.36", hl = "en" } };

    /// <inheritdoc/>
    public string Platform => PlatformName.YouTube;

    /// <inheritdoc/>
    public int MostChannels => 1;

    /// <inheritdoc/>
    public double CallsPerS => 4;

    /// <inheritdoc/>
    public int MostAtOnce => 4;

    /// <inheritdoc/>
    public async Task<StatusAnswer> AskAsync(IReadOnlyList<string> channels, CancellationToken cancellation)
    {
        var channel = channels[0];
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(site, $"/{channel}"));
        request.Headers.Add("Cookie", NoConsent);
        request.Headers.AcceptLanguage.ParseAdd("en");
        var page = await http.SendAsync(request, MostPageBytes, cancellation);
        if (page.Status == HttpStatusCode.NotFound) return StatusAnswer.Of(channel, ChannelAnswer.Missing("YouTube", channel.Replace("/live", "", StringComparison.Ordinal)));
        if (page.Fault is not null) return page.ToFailure();
        if (After(page.Body, "\"INNERTUBE_API_KEY\":\""u8, 100) is not { } key) return StatusAnswer.Failed("YouTube's page is none that programs know: it may ask for consent to cookies first");
        var video = After(page.Body, "<link rel=\"canonical\" href=\"https://www.youtube.com/watch?v="u8, VideoLength);
        return video is { Length: VideoLength } ? await PlayerAsync(channel, key, video, cancellation) : StatusAnswer.Of(channel, new(Live: false));
    }

    private async Task<StatusAnswer> PlayerAsync(string channel, string key, string video, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(site, $"/youtubei/v1/player?key={key}&prettyPrint=false"))
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new { context = Context, videoId = video, contentCheckOk = true, racyCheckOk = true })),
        };
        request.Content.Headers.ContentType = new("application/json");
        var reply = await http.SendAsync(request, MostAnswerBytes, cancellation);
        if (reply.Fault is not null) return reply.ToFailure();
        using var json = reply.Json();
        if (json?.RootElement is not { ValueKind: JsonValueKind.Object } root || Text(root, "playabilityStatus", "status") is not { } status) return StatusAnswer.Failed("YouTube's player does not answer as it used to");
        return status switch
        {
            "OK" => StatusAnswer.Of(channel, new(Text(root, "streamingData", "hlsManifestUrl") is not null)),
            "LIVE_STREAM_OFFLINE" or "UNPLAYABLE" or "ERROR" => StatusAnswer.Of(channel, new(Live: false)),
            // An account is wanted, and what else there may be: the worker says of it what there is to say. Others may be asked.
            _ => StatusAnswer.Failed($"YouTube's player says {PlainWord(status)}", ofPlatform: false),
        };
    }

    /// <summary>What stands behind a mark, up to what is no letter, digit, - or _.</summary>
    private static string? After(ReadOnlySpan<byte> page, ReadOnlySpan<byte> mark, int most)
    {
        var at = page.IndexOf(mark);
        if (at < 0) return null;
        var rest = page[(at + mark.Length)..];
        var length = 0;
        while (length < rest.Length && length < most && (char.IsAsciiLetterOrDigit((char)rest[length]) || rest[length] is (byte)'-' or (byte)'_')) length++;
        return length == 0 ? null : Encoding.ASCII.GetString(rest[..length]);
    }

    private static string? Text(JsonElement root, string first, string second) =>
        root.TryGetProperty(first, out var inner) && inner.ValueKind == JsonValueKind.Object && inner.TryGetProperty(second, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string PlainWord(string text) => new([.. text.Take(40).Where(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ' ')]);
}
