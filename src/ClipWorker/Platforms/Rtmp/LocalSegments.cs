using System.Net;
using System.Net.Http.Headers;

namespace StreamClips.ClipWorker.Platforms.Rtmp;

/// <summary>
/// Answers requests for <see cref="Address"/> and its neighbours from a folder of this machine, so that segments which ffmpeg makes are
/// followed, fetched and measured as those of a server. All other requests go on to the network.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="network">What answers everything else.</param>
internal sealed class LocalSegments(string folder, HttpMessageHandler network) : DelegatingHandler(network)
{
    /// <summary>The name of the playlist.</summary>
    public const string Playlist = "live.m3u8";

    /// <summary>Segments in the playlist.</summary>
    public const int ListedSegments = 15;

    /// <summary>Segments that are kept after they left the playlist: as RFC 8216 section 6.2.2 wants, its length and one more.</summary>
    public const int KeptSegments = 16;

    private const string Host = "segments.invalid";

    /// <summary>Where the playlist is; a name that no server can have (RFC 2606).</summary>
    public static Uri Address { get; } = new($"http://{Host}/{Playlist}");

    /// <summary>
    /// Makes the folder, or prepares it for another run: the playlist goes, and of the segments the newest stay, as clips may
    /// still want them. Each run numbers from the second in which it begins, so no two runs use a name.
    /// </summary>
    public static string Prepare(string folder)
    {
        Directory.CreateDirectory(folder);
        File.Delete(Path.Combine(folder, Playlist));
        foreach (var old in Directory.GetFiles(folder).OrderDescending(StringComparer.Ordinal).Skip(ListedSegments + KeptSegments)) File.Delete(old);
        return folder;
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri?.Host != Host) return await base.SendAsync(request, cancellationToken);
        try
        {
            // The last part of the path only: no name leads out of the folder.
            var file = File.OpenRead(Path.Combine(folder, Path.GetFileName(request.RequestUri.LocalPath)));
            return Answer(request, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(HttpStatusCode.NotFound) { RequestMessage = request };
        }
    }

    private static HttpResponseMessage Answer(HttpRequestMessage request, FileStream file)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new StreamContent(file) };
        if (request.Headers.Range?.Ranges.FirstOrDefault() is not { From: { } from } range) return answer;
        var to = Math.Min(range.To ?? long.MaxValue, file.Length - 1);
        if (from > to)
        {
            answer.Dispose();
            return new(HttpStatusCode.RequestedRangeNotSatisfiable) { RequestMessage = request };
        }

        using (file)
        {
            var part = new byte[to - from + 1];
            file.Position = from;
            file.ReadExactly(part);
            answer.StatusCode = HttpStatusCode.PartialContent;
            answer.Content = new ByteArrayContent(part);
            answer.Content.Headers.ContentRange = new ContentRangeHeaderValue(from, to, file.Length);
            return answer;
        }
    }
}
