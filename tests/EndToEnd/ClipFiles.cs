using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using StreamClips.Testing;

namespace StreamClips.EndToEnd.Tests;

/// <summary>A clip's files as a browser gets them, and whether they agree with each other and with the row.</summary>
internal sealed record ClipFiles(string Video, byte[] Poster, JsonObject Sidecar)
{
    /// <summary>Downloads the files of a clip; the video in two ranges, as a player does.</summary>
    public static async Task<ClipFiles> DownloadAsync(ApiClient api, string id, string directory)
    {
        Directory.CreateDirectory(directory);
        var head = await RangeAsync(api, $"/clips/{id}/video", 0, 99_999);
        var rest = await RangeAsync(api, $"/clips/{id}/video", head.Length, null);
        var video = Path.Combine(directory, $"{id}.mp4");
        await File.WriteAllBytesAsync(video, [.. head, .. rest]);
        var row = JsonNode.Parse(await api.Http.GetStringAsync($"/clips/{id}"))!;
        return new ClipFiles(video, await api.Http.GetByteArrayAsync($"/clips/{id}/poster"), row["sidecar"]!.AsObject());
    }

    /// <summary>Asserts that the row, the sidecar, the poster and the decoded video tell the same.</summary>
    public void AgreesWith(ClipContent content, JsonObject row)
    {
        var start = DateTimeOffset.Parse(Sidecar["start"]!.ToString());
        var end = DateTimeOffset.Parse(Sidecar["end"]!.ToString());
        Assert.That(start, Is.EqualTo(content.First).Within(TimeSpan.FromMilliseconds(100)));
        Assert.That(end, Is.EqualTo(content.Last).Within(TimeSpan.FromMilliseconds(200)));
        Assert.That(Sidecar["duration_s"]!.GetValue<double>(), Is.EqualTo(content.Duration.TotalSeconds).Within(0.1));
        Assert.That(Sidecar["lost_s"]!.GetValue<double>(), Is.EqualTo(0).Within(0.1));
        Assert.That(Sidecar["score"]!.GetValue<double>(), Is.GreaterThanOrEqualTo(2.5));
        foreach (var field in (string[])["score", "reason", "duration_s"])
            Assert.That(row[field]!.ToJsonString(), Is.EqualTo(Sidecar[field]!.ToJsonString()), field);
        Assert.That(DateTimeOffset.Parse(row["started_at"]!.ToString()), Is.EqualTo(start).Within(TimeSpan.FromMilliseconds(1)));

        var files = Sidecar["files"]!.AsArray().ToDictionary(f => f!["kind"]!.ToString(), f => f!);
        Assert.That(files["video"]["sha256"]!.ToString(), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Video)))));
        Assert.That(files["poster"]["sha256"]!.ToString(), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(Poster))));
        Assert.That(Poster.AsSpan(0, 3).ToArray(), Is.EqualTo(new byte[] { 0xFF, 0xD8, 0xFF }), "a JPEG");
        Assert.That(StartsPlayingAtOnce(), Is.True, "the index (moov) comes before the data (mdat)");
    }

    private bool StartsPlayingAtOnce()
    {
        var head = File.ReadAllBytes(Video).AsSpan();
        return head.IndexOf("moov"u8) is > 0 and var moov && moov < head.IndexOf("mdat"u8);
    }

    private static async Task<byte[]> RangeAsync(ApiClient api, string path, long from, long? to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Range = new System.Net.Http.Headers.RangeHeaderValue(from, to);
        using var response = await api.Http.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        return await response.Content.ReadAsByteArrayAsync();
    }
}
