using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using StreamClips.LiveSite.Playlists;
using StreamClips.Testing;
using static StreamClips.LiveSite.Tests.LiveSiteFixture;

namespace StreamClips.LiveSite.Tests.Playlists;

/// <summary>Channels that are wrapped otherwise: a strange client reads them, and what is not right is refused.</summary>
[TestFixture]
internal sealed class PackagingTests
{
    [TestCase(Packed)]
    [TestCase(Uneven)]
    public async Task A_strange_client_plays_what_is_encrypted_and_ranged(string channel)
    {
        await PlaylistAsync(channel, 6);
        string[] arguments = ["-v", "error", "-nostdin", "-allowed_extensions", "ALL", "-live_start_index", "0", "-i", $"{Addresses.Url}/hls/{channel}/chunked/index.m3u8", "-t", "4", "-f", "null", "-", "-progress", "pipe:1"];
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = ffmpeg.StandardError.ReadToEndAsync();
        var progress = await ffmpeg.StandardOutput.ReadToEndAsync();
        await ffmpeg.WaitForExitAsync();
        Assert.That(progress, Does.Contain("frame=80\n"), await said);
    }

    [Test]
    public async Task Ranges_follow_each_other_and_nothing_is_had_without_one()
    {
        var playlist = await PlaylistAsync(Packed, 3);
        Assert.That(playlist.Text, Does.Match("#EXT-X-MAP:URI=\"[^\"]*run-0.m4s\",BYTERANGE=\"[0-9]+@0\"\n").And.Match("\n#EXT-X-BYTERANGE:[0-9]+\n"));
        Assert.That(await StatusAsync(playlist.Segments[0].Address, null), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await StatusAsync(playlist.Segments[0].Address, new(0, 99)), Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(await StatusAsync(playlist.Segments[0].Address, new(1L << 40, 1L << 41)), Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Keys_change_and_name_their_vector_in_turn()
    {
        var playlist = await PlaylistAsync(Uneven, Packaging.KeySegments + 1);
        var keys = playlist.Text.Split('\n').Where(l => l.StartsWith("#EXT-X-KEY", StringComparison.Ordinal)).ToList();
        Assert.That(keys, Has.Count.GreaterThan(1));
        Assert.That(keys.Select(k => k.Contains(",IV=0x", StringComparison.Ordinal)).Distinct(), Has.Exactly(2).Items);
        Assert.That(playlist.Segments.Select(s => s.Seconds).Distinct(), Is.SubsetOf(new[] { 2.0, 4.0, 6.0 }));
        Assert.That(await Http.GetByteArrayAsync(new Uri($"/segments/{Uneven}/1/chunked/key-1.bin", UriKind.Relative)), Has.Length.EqualTo(16));
        Assert.That(await StatusAsync(new($"{Addresses.Url}/segments/{Steady}/1/chunked/key-1.bin"), null), Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public void Words_that_are_none_are_refused_and_the_vector_without_a_name_is_the_number()
    {
        Assert.That(Packaging.Read("fmp4+zip"), Is.Null);
        var segment = new Segment(default, TimeSpan.FromSeconds(2), false, null, new Dictionary<string, string>()) { Id = 7, Sequence = 258 };
        var sent = SegmentCrypt.Segment(Packaging.Read("aes")!, "a/1", segment, [1, 2, 3]);
        byte[] vector = [.. new byte[14], 1, 2];
        var expected = SegmentCrypt.Encrypt([1, 2, 3], SegmentCrypt.Key("a/1", 1), vector);
        Assert.That(sent.SequenceEqual(expected), Is.True);
    }

    private static async Task<HttpStatusCode> StatusAsync(Uri address, RangeItemHeaderValue? range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (range is not null) request.Headers.Range = new(range.From, range.To);
        using var response = await Http.SendAsync(request);
        return response.StatusCode;
    }
}
